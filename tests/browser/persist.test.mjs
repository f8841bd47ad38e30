/** `tidecache/persist` and `tidecache/channel` in Chromium: IndexedDB, kills, tabs and a worker. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Random, seeds } from '../js/lib/random.mjs';
import { makeProject } from '../package/lib/project.mjs';
import { startChromium } from './lib/browsers.mjs';
import { serve } from './lib/server.mjs';

const KILLS = Number(process.env.KILLS ?? 15);
const FROM = '/node_modules/tidecache';

const SETUP = `
import { TTLCache } from '${FROM}/index.js';
import { broadcast } from '${FROM}/channel.js';
import { dump, indexedDb, load } from '${FROM}/persist.js';
Object.assign(globalThis, { TTLCache, broadcast, dump, indexedDb, load });
`;
const WORKER = `${SETUP}
const cache = new TTLCache({ channel: broadcast('tabs') });
addEventListener('message', async ({ data: [method, ...args] }) => {
  postMessage((await cache[method](...args)) ?? null);
});
`;
/** Counts up in a cache that is kept, until the page is killed. */
const COUNT = `${SETUP}
const errors = [];
const cache = new TTLCache({ persist: indexedDb('kills', { delay: 5 }) });
cache.on('error', ({ error }) => errors.push(String(error)));
const start = (await cache.get('count')) ?? 0;
const parts = [(await cache.get('first'))?.count ?? 0, (await cache.get('second'))?.count ?? 0];
globalThis.begun = { start, parts, errors };
const filling = 'x'.repeat(50_000);
for (let count = start + 1; location.hash !== '#look'; count++) {
  await cache.set('first', { count, filling });
  await cache.set('second', { count });
  await cache.set('count', count);
  if (count % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
`;
const page = (source) => `<!doctype html>
<meta charset="utf-8" />
<link rel="icon" href="data:," />
<title>tidecache</title>
<script type="module" src="${source}"></script>
`;

const folder = await makeProject('persist', {
  'page.html': page('/page.js'),
  'page.js': `${SETUP} globalThis.ready = true;`,
  'worker.js': WORKER,
  'count.html': page('/count.js'),
  'count.js': COUNT,
});
const site = await serve(folder);
const browser = await startChromium();
after(async () => {
  await browser.close();
  await site.close();
});

/** Opens a page of the site and waits until its script has run so far. */
async function open(context, path, name) {
  const tab = await context.newPage();
  await tab.goto(site.url + path);
  await tab.waitForFunction((name) => globalThis[name] !== undefined, name);
  return tab;
}

test('a cache outlives its page, also without being closed', async () => {
  const context = await browser.newContext();
  const first = await open(context, '/page.html', 'ready');
  await first.evaluate(async () => {
    globalThis.cache = new TTLCache({ persist: indexedDb('pages', { delay: '1h' }) });
    await cache.set('k', new Map([['a', 1n]]));
    // What a page does when it is left: the write has begun when the listeners have run.
    dispatchEvent(new Event('pagehide'));
  });
  await first.close();
  const second = await open(context, '/page.html', 'ready');
  const found = await second.evaluate(async () => {
    const cache = new TTLCache({ persist: indexedDb('pages') });
    return (await cache.get('k'))?.get('a') === 1n;
  });
  assert.equal(found, true);
  await context.close();
});

test(`after ${KILLS} kills of the renderer the state is whole, and never older`, async () => {
  const [seed] = seeds(1);
  const chance = new Random(seed);
  const context = await browser.newContext();
  let last = 0;
  for (let kill = 0; kill <= KILLS; kill++) {
    const tab = await open(context, '/count.html', 'begun');
    const { start, parts, errors } = await tab.evaluate(() => globalThis.begun);
    const where = `kill ${kill}, SEED=${seed}: ${start} ${parts}, before ${last}`;
    assert.deepEqual(errors, [], where);
    const [first, second] = parts;
    assert.ok(first >= second && second >= start && first <= start + 1, where);
    assert.ok(start >= last, where);
    last = start;
    await tab.waitForTimeout(chance.below(150));
    const client = await context.newCDPSession(tab);
    const crashed = new Promise((resolve) => tab.once('crash', resolve));
    client.send('Page.crash').catch(() => undefined);
    await crashed;
    await tab.close();
  }
  assert.ok(last > 0);
  console.log(`# ${KILLS} kills, SEED=${seed}: ${last} counted`);
  await context.close();
});

test('two tabs and a worker hear of one another', async () => {
  const context = await browser.newContext();
  const tabs = [
    await open(context, '/page.html', 'ready'),
    await open(context, '/page.html', 'ready'),
  ];
  for (const tab of tabs) {
    await tab.evaluate(async () => {
      globalThis.cache = new TTLCache({ channel: broadcast('tabs') });
      await cache.set('k', 'old');
    });
  }
  const [one, other] = tabs;
  await one.evaluate(async () => {
    const worker = new Worker('/worker.js', { type: 'module' });
    globalThis.ask = (...call) =>
      new Promise((resolve) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.postMessage(call);
      });
    await ask('set', 'w', 1);
  });
  await one.evaluate(() => cache.set('k', 'new'));
  await other.waitForFunction(() => !cache.sync.has('k'));
  assert.equal(await one.evaluate(() => cache.get('k')), 'new');
  await other.evaluate(() => cache.delete('w'));
  await one.waitForFunction(async () => (await ask('get', 'w')) === null);
  await one.evaluate(() => ask('clear'));
  await one.waitForFunction(() => cache.size === 0);
  const warmed = await other.evaluate(async () => {
    await cache.set('warm', [1, 2]);
    const options = { warm: true, warmTimeout: '10s' };
    const next = new TTLCache({ channel: broadcast('tabs', options) });
    return next.get('warm');
  });
  assert.deepEqual(warmed, [1, 2]);
  await context.close();
});
