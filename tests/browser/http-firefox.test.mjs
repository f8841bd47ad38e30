/** `tidecache/http` in Firefox: the same worker as in Chromium. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startFirefox } from './lib/browsers.mjs';
import { startHttpSite } from './lib/http-site.mjs';

const site = await startHttpSite('http-firefox');
const browser = await startFirefox();
after(async () => {
  await browser.close();
  await site.close();
});

const page = await browser.newPage();
await page.goto(site.url);
await page.evaluate(() => globalThis.started);

const get = (url, init = {}) =>
  page.evaluate(
    async (url, init) => {
      const response = await fetch(url, init);
      const { status, headers } = response;
      return { status, body: await response.text(), said: headers.get('cache-status') };
    },
    url,
    init,
  );

test('Firefox: a response is stored, and a part is cut from it', { timeout: 60_000 }, async () => {
  const first = await get('/first/a');
  assert.equal(first.said, 'tidecache;fwd=uri-miss;fwd-status=200;stored;detail=CacheFirst');
  await page.evaluate(() => globalThis.ask('stats'));
  const again = await get('/first/a');
  assert.deepEqual([again.body, again.said], [first.body, 'tidecache;hit;detail=CacheFirst']);
  const part = await get('/first/a', { headers: { range: 'bytes=1-5' } });
  assert.deepEqual([part.status, part.body], [206, 'first']);
});

test('Firefox: without a network the page loads again', { timeout: 60_000 }, async () => {
  const seen = await get('/data/a');
  await page.evaluate(() => globalThis.ask('stats'));
  site.isDown = true;
  await page.reload();
  await page.evaluate(() => globalThis.started);
  assert.equal(await page.$eval('#version', (element) => element.textContent), '1');
  assert.equal((await get('/data/a')).body, seen.body);
});
