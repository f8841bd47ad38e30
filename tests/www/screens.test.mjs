/**
 * The pictures of docs/screens, taken of the panels at work. With SCREENS=write they are written
 * there; without, they are taken and must hold more than an empty page. What work
 * has drawn by then is shown to axe, too.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';

import { assertAccessible, slide, visit } from './visit.mjs';

const FOLDER = new URL('../../docs/screens/', import.meta.url);
const PICTURE_BYTES_MIN = 10_000;

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

/** What each panel does before its picture is taken. */
const ACTS = {
  start: (page) => page.waitForTimeout(5_000),
  live: async (page) => {
    await slide(page, 'scan', 20);
    await page.waitForTimeout(6_000);
  },
  policies: async (page) => {
    await press(page, 'Run');
    await page
      .locator('.verdict')
      .filter({ hasText: /^(?:Take|Stay)/ })
      .waitFor();
  },
  cluster: async (page) => {
    await page.waitForTimeout(1_000);
    await press(page, 'Keep going');
    await page.waitForTimeout(3_000);
    await press(page, 'Cut b');
    await press(page, 'Kill c');
    await page.waitForTimeout(2_500);
  },
  response: (page) => page.locator('.time-line').waitFor(),
  benchmarks: async (page) => {
    await press(page, 'Run');
    await page.getByText('7 rounds;').waitFor({ timeout: 60_000 });
  },
};

for (const [panel, act] of Object.entries(ACTS)) {
  test(`pictures of ${panel}, wide and light, narrow and dark`, async () => {
    const work = async (page) => {
      await act(page);
      for (const [name, colorScheme, width, height] of [
        ['light', 'light', 1280, 900],
        ['dark-narrow', 'dark', 390, 844],
      ]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height });
        // A drawing or two later everything has the new size and colours.
        await page.waitForTimeout(700);
        await assertAccessible(page);
        await page.evaluate(() => scrollTo(0, 0));
        const picture = await page.screenshot();
        assert.ok(picture.length >= PICTURE_BYTES_MIN, `${picture.length} bytes`);
        if (process.env.SCREENS === 'write') {
          await mkdir(FOLDER, { recursive: true });
          await writeFile(new URL(`${panel}-${name}.png`, FOLDER), picture);
        }
      }
    };
    const options = {
      bypassCSP: true,
      colorScheme: 'light',
      viewport: { width: 1280, height: 900 },
    };
    await visit(panel === 'start' ? '' : panel, work, options);
  });
}
