/** The page without a network: its own service worker serves every panel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { endServer, visit } from './visit.mjs';

test('once loaded, every panel works without its server', async () => {
  await visit('', async (page) => {
    await page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => active.state));
    await page.waitForFunction(async () => {
      return (await navigator.serviceWorker.ready).active.state === 'activated';
    });
    await endServer();
    for (const panel of ['', 'live', 'policies', 'cluster', 'response', 'benchmarks']) {
      await page.goto('about:blank');
      await page.goBack();
      await page.evaluate((panel) => (location.hash = `#/${panel}`), panel);
      await page.locator(`${panel === '' ? 'start' : panel}-panel`).waitFor();
    }
    await page.reload();
    assert.equal(await page.locator('benchmarks-panel').count(), 1);
  });
});
