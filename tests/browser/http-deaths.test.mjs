/**
 * A worker of `tidecache/http` that is killed at each of its calls to Cache Storage and IndexedDB
 * while it stores, replaces, updates, evicts and purges. Not by chance: the call with a number never
 * answers, the browser ends the worker there, and the one that starts next serves the old or the
 * new.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { makeProject } from '../package/lib/project.mjs';
import { startChromium } from './lib/browsers.mjs';
import { serve } from './lib/server.mjs';

/** Counts what changes something or reads it, from when it is armed; stops at one. */
const BARRIER = `
let left = Infinity;
let seen = 0;
const never = () => new Promise(() => {});
const stops = () => {
  seen += 1;
  if (--left > 0) return false;
  if (left === 0) clients.matchAll().then((all) => all.forEach((one) => one.postMessage('stopped')));
  return true;
};
for (const name of ['put', 'delete', 'match', 'keys']) {
  const real = Cache.prototype[name];
  Cache.prototype[name] = function (...all) { return stops() ? never() : real.apply(this, all); };
}
const begin = IDBDatabase.prototype.transaction;
const nothing = () => ({});
const dead = { objectStore: () => ({ add: nothing, put: nothing, clear: nothing, get: nothing,
  getAll: nothing, getAllKeys: nothing }) };
IDBDatabase.prototype.transaction = function (...all) {
  return stops() ? { ...dead } : begin.apply(this, all);
};
`;

const WORKER = `${BARRIER}
import { createCache, CacheOnly, HttpSemantics, route } from '/node_modules/tidecache/http.js';
const cache = createCache({ name: 'deaths', maxEntries: 2, evictionPolicy: 'lru' });
const handler = cache.handler({
  routes: [route('/held/*', new CacheOnly({ plugins: [{
    cacheKeyWillBeUsed: ({ request }) => request.url.replace('/held/', '/data/') }] })),
    route('/data/*', new HttpSemantics())],
  fallback: fetch,
});
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => event.respondWith(handler(event.request, event)));
addEventListener('message', ({ data, ports: [port] }) => {
  (async () => {
    if (data.arm !== undefined) [left, seen] = [data.arm, 0];
    if (data.purge !== undefined) await cache.purge(data.purge);
    if (data.clear) await cache.clear();
    await cache.settled();
    port.postMessage({ seen, entries: cache.stats().entries });
  })();
});
`;

const PAGE = `<!doctype html><link rel="icon" href="data:," /><script type="module">
const { serviceWorker } = navigator;
globalThis.stopped = () => new Promise((resolve) => { serviceWorker.onmessage = () => resolve(true); });
globalThis.started = (async () => {
  await serviceWorker.register('/sw.mjs', { type: 'module' });
  await serviceWorker.ready;
  while (serviceWorker.controller === null) await new Promise((resolve) => setTimeout(resolve, 5));
})();
globalThis.ask = (what) => {
  const { port1, port2 } = new MessageChannel();
  serviceWorker.controller.postMessage(what, [port2]);
  return new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(data); });
};
</script>`;

const bodyOf = (name, version) => `${name}${version}`.padEnd(3_000, `${version}`);

/** From the state before each step to the one after it: the versions of body and head. */
const STEPS = [
  { does: 'stores', get: ['a', 1], before: {}, after: { a: 'a1 1' } },
  {
    does: 'replaces',
    get: ['a', 2, 'reload'],
    before: { a: 'a1 1', b: 'b1 1' },
    after: { a: 'a2 2', b: 'b1 1' },
  },
  {
    does: 'updates a head by a 304',
    get: ['b', 304, 'no-cache'],
    before: { a: 'a1 1', b: 'b1 1' },
    after: { a: 'a1 1', b: 'b1 304' },
  },
  // Which one goes is the policy's; after a death it may be another.
  {
    does: 'evicts',
    get: ['c', 1],
    before: { a: 'a1 1', b: 'b1 1' },
    after: { b: 'b1 1', c: 'c1 1' },
    mayLack: ['a', 'b'],
  },
  {
    does: 'purges',
    message: { purge: { tag: 'a' } },
    before: { a: 'a1 1', b: 'b1 1' },
    after: { b: 'b1 1' },
  },
];

let version = 1;
const project = await makeProject('http-deaths', { 'index.html': PAGE, 'sw.mjs': WORKER });
const server = await serve(project, (pathname) => {
  if (!pathname.startsWith('/data/')) return undefined;
  const name = pathname.slice('/data/'.length);
  const headers = { 'cache-control': 'max-age=600', etag: '"e"', 'x-head': `${version}` };
  return version === 304
    ? { status: 304, headers, body: '' }
    : { headers: { ...headers, 'cache-tag': name }, body: bodyOf(name, version) };
});
const browser = await startChromium();
after(async () => {
  await browser.close();
  await server.close();
});

/** Resolves with what the worker has, asked of it and nobody else. */
const look = (page) =>
  page.evaluate(async () => {
    const held = {};
    for (const name of ['a', 'b', 'c']) {
      const response = await fetch(`/held/${name}`);
      const body = await response.text();
      if (response.status === 504) continue;
      const isWhole = body === body.slice(0, 2).padEnd(3_000, body[1]);
      held[name] = `${isWhole ? body.slice(0, 2) : 'torn'} ${response.headers.get('x-head')}`;
    }
    return held;
  });

/** Fetches as the step says, which may never end. */
function act(page, { get, message }) {
  if (message !== undefined) return page.evaluate((message) => globalThis.ask(message), message);
  const [name, answered, cache = 'default'] = get;
  version = answered;
  return page.evaluate(
    async ([name, cache]) => {
      await (await fetch(`/data/${name}`, { cache })).text();
      return globalThis.ask({});
    },
    [name, cache],
  );
}

/** Clears the cache and fills it with what a step starts from. */
async function prepare(page, before) {
  version = 1;
  await page.evaluate(async (names) => {
    await globalThis.ask({ clear: true });
    for (const name of names) {
      await (await fetch(`/data/${name}`, { cache: 'reload' })).text();
      await globalThis.ask({});
    }
  }, Object.keys(before));
  assert.deepEqual(await look(page), before);
}

for (const step of STEPS) {
  test(`killed at any call while it ${step.does}`, { timeout: 30_000 }, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}/index.html`);
    await page.evaluate(() => globalThis.started);
    const client = await context.newCDPSession(page);
    await client.send('ServiceWorker.enable');
    let fatal = 1;
    for (; ; fatal++) {
      await prepare(page, step.before);
      await page.evaluate((arm) => globalThis.ask({ arm }), fatal);
      const stopped = page.evaluate(() => globalThis.stopped());
      const done = act(page, step);
      done.catch(() => undefined);
      const isStopped = await Promise.race([stopped, done.then(() => false)]);
      if (!isStopped) break;
      await client.send('ServiceWorker.stopAllWorkers');
      const held = await look(page);
      for (const name of ['a', 'b', 'c']) {
        const allowed = [step.before[name], step.after[name]];
        if (step.mayLack?.includes(name)) allowed.push(undefined);
        assert.ok(allowed.includes(held[name]), `${name} is ${held[name]} after call ${fatal}`);
      }
    }
    assert.ok(fatal > 1, `it made ${fatal - 1} calls`);
    // The calls that look must not stop.
    await page.evaluate(() => globalThis.ask({ arm: 1e9 }));
    const held = await look(page);
    for (const name of step.mayLack ?? []) delete held[name];
    const wanted = { ...step.after };
    for (const name of step.mayLack ?? []) delete wanted[name];
    assert.deepEqual(held, wanted);
    console.log(`# ${fatal - 1} deaths while it ${step.does}`);
    await context.close();
  });
}
