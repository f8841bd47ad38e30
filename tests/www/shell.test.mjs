/** The page around the panels: fits, themes, keyboard, first load, no network. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { firstLoad, gzipBytes } from '../../xtask/js/www.mjs';
import { assertAccessible, assertKeyboardReachesAll, visit } from './visit.mjs';

const PANELS = ['', 'live', 'policies', 'cluster', 'response', 'benchmarks'];
const FIRST_LOAD_BYTES_MAX = 150_000;

for (const panel of PANELS) {
  test(`#/${panel}: axe finds nothing, all is reached by keyboard, 320 to 2560 pixels fit`, async () => {
    const work = async (page) => {
      // What is drawn later is looked at too.
      await page.waitForTimeout(600);
      for (const width of [2560, 768, 320, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        const content = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(content <= width, `${content} at ${width}`);
      }
      await assertAccessible(page);
      await page.emulateMedia({ colorScheme: 'dark' });
      // Colours take a moment from one to the other.
      await page.waitForTimeout(400);
      await assertAccessible(page);
      await assertKeyboardReachesAll(page);
    };
    await visit(panel, work, { colorScheme: 'light', bypassCSP: true });
  });
}

test('the first load is small and holds no panel but the first', async () => {
  const files = firstLoad();
  assert.ok(files.length >= 3, `${files}`);
  assert.ok(!files.some((file) => /panel/.test(file)), `${files}`);
  const bytes = gzipBytes(files);
  assert.ok(bytes <= FIRST_LOAD_BYTES_MAX, `${bytes}`);
});

test('the browser asks for no script or style that the first load is not said to have', async () => {
  const asked = [];
  const prepare = (page) => page.on('request', (request) => asked.push(request.url()));
  const isOfPage = (name) => /\.(?:js|css)$/.test(name) && !name.includes('service-worker');
  await visit('', (page) => page.locator('.surface').waitFor({ state: 'attached' }), { prepare });
  const names = new Set(asked.filter(isOfPage).map((name) => new URL(name).pathname.slice(1)));
  assert.deepEqual([...names].sort(), firstLoad().filter(isOfPage).sort());
});

test('the page says when it became interactive', async (context) => {
  await visit('', async (page) => {
    const ms = await page.evaluate(() => performance.getEntriesByName('interactive')[0].startTime);
    assert.ok(ms > 0);
    context.diagnostic(`interactive after ${ms.toFixed(0)} ms`);
  });
});

test('the first screen shows a hit rate that rises from nothing', async () => {
  await visit('', async (page) => {
    await page.waitForFunction(() => Number(document.querySelector('.rate').textContent) > 30);
    assert.match(await page.getAttribute('.surface', 'd'), /^M[\d.]+ [\d.]+/);
    await page.getByText('The same as a table').click();
    await page.waitForFunction(() => document.querySelectorAll('.numbers tbody tr').length > 0);
    await page.getByRole('button', { name: 'Pause' }).click();
    assert.equal(await page.getAttribute('.pause', 'aria-pressed'), 'true');
  });
});

test('a link shows its panel, names the page and moves the focus', async () => {
  await visit('', async (page) => {
    await page.getByRole('link', { name: 'Cluster', exact: true }).press('Enter');
    await page.locator('cluster-panel').waitFor();
    assert.equal(await page.title(), 'Cluster - tidecache');
    assert.equal(await page.evaluate(() => document.activeElement.localName), 'main');
    assert.equal(await page.locator('start-panel').count(), 0);
    await page.goBack();
    await page.locator('start-panel').waitFor();
  });
});

test('the link over the navigation skips it', async () => {
  await visit('live', async (page) => {
    await page.locator('live-panel').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.localName === 'main');
    assert.match(page.url(), /#\/live$/);
  });
});

test('who wants less motion gets a drawing a second', async () => {
  const watch = (page) =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          let drawings = 0;
          const observer = new MutationObserver(() => drawings++);
          observer.observe(document.querySelector('.surface'), { attributes: true });
          setTimeout(() => resolve(drawings), 3_000);
        }),
    );
  const drawings = await visit('', watch, { reducedMotion: 'reduce' });
  assert.ok(drawings >= 1 && drawings <= 4, `${drawings} in three seconds`);
});

test('a page that may not compile WebAssembly says what is missing', async () => {
  const prepare = (page) =>
    page.route(
      (asked) => asked.pathname === '/',
      async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace(" 'wasm-unsafe-eval'", '');
        await route.fulfill({ response, body });
      },
    );
  const work = async (page) => {
    const text = await page.getByRole('alert').textContent();
    assert.match(text, /ERR_CACHE_WASM.*wasm-unsafe-eval/);
  };
  await visit('', work, { prepare, quiet: false });
});
