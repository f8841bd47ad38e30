/** `tidecache/http` in Node: each strategy, against a real origin. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { reply, startOrigin } from './lib/origin.mjs';
import { load } from './lib/package.mjs';
import { deferred } from './lib/tools.mjs';

const http = await load('tidecache/http');
const { CacheFirst, CacheOnly, createCache, HttpSemantics } = http;
const { NetworkFirst, NetworkOnly, StaleWhileRevalidate } = http;

/** An origin that counts: each response is another one. */
const counting = (t, headers = {}) => {
  let count = 0;
  return startOrigin(t, (_, response) => reply(response, headers, `${++count}`));
};

/** Returns a fetch by a strategy, and its cache. */
function cached(strategy, options = {}) {
  const cache = createCache({ storage: 'memory', ...options });
  const get = cache.fetch(globalThis.fetch, strategy);
  const text = async (...args) => {
    const response = await get(...args);
    const body = await response.text();
    await cache.settled();
    return body;
  };
  return { cache, get, text };
}

test('CacheFirst asks once, whatever the response says of its freshness', async (t) => {
  const origin = await counting(t, { 'cache-control': 'max-age=0' });
  const { text, cache } = cached(new CacheFirst());
  assert.deepEqual([await text(origin.url), await text(origin.url)], ['1', '1']);
  assert.equal(origin.asked.length, 1);
  assert.equal(cache.stats().hits, 1);
});

test('CacheFirst asks again for what is older than maxAgeSeconds', async (t) => {
  const origin = await counting(t);
  let now = Date.now();
  const { text } = cached(new CacheFirst({ maxAgeSeconds: 60 }), { clock: { now: () => now } });
  assert.equal(await text(origin.url), '1');
  now += 60_000;
  assert.equal(await text(origin.url), '1');
  now += 1;
  assert.equal(await text(origin.url), '2');
});

test('NetworkFirst asks each time, and serves what it has when the origin is gone', async (t) => {
  const origin = await counting(t);
  const { text, get } = cached(new NetworkFirst());
  assert.deepEqual([await text(origin.url), await text(origin.url)], ['1', '2']);
  await origin.stop();
  assert.equal(await text(origin.url), '2');
  await assert.rejects(get(`${origin.url}/never-seen`), TypeError);
});

test('the timeout of NetworkFirst covers the first byte of the body', async (t) => {
  const held = deferred();
  let isSlow = false;
  const origin = await startOrigin(t, async (_, response) => {
    response.writeHead(200);
    response.flushHeaders();
    if (isSlow) await held.promise;
    response.end(isSlow ? 'late' : 'early');
  });
  const { get, text, cache } = cached(new NetworkFirst({ networkTimeoutSeconds: 0.05 }));
  // Nothing is stored: it is waited for.
  assert.equal(await text(origin.url), 'early');
  isSlow = true;
  const response = await get(origin.url);
  assert.equal(await response.text(), 'early');
  assert.match(response.headers.get('cache-status'), /hit/);
  held.resolve();
  await cache.settled();
  await origin.stop();
  assert.equal(await text(origin.url), 'late', 'what came late was stored');
});

test('StaleWhileRevalidate serves the old one and gets a new one', async (t) => {
  const origin = await counting(t);
  const { text } = cached(new StaleWhileRevalidate());
  assert.deepEqual(
    [await text(origin.url), await text(origin.url), await text(origin.url)],
    ['1', '1', '2'],
  );
});

test('NetworkOnly stores nothing, and CacheOnly asks nobody', async (t) => {
  const origin = await counting(t);
  const network = cached(new NetworkOnly());
  assert.deepEqual([await network.text(origin.url), await network.text(origin.url)], ['1', '2']);
  assert.equal(network.cache.stats().entries, 0);
  const { cache, get } = cached(new CacheOnly());
  assert.equal((await get(origin.url)).status, 504);
  await cache.warm([origin.url], new CacheFirst());
  assert.equal(await (await get(origin.url)).text(), '3');
  assert.equal(origin.asked.length, 3);
});

test('NetworkOnly fails after its timeout', async (t) => {
  const origin = await startOrigin(t, () => undefined);
  const { get } = cached(new NetworkOnly({ networkTimeoutSeconds: 0.02 }));
  await assert.rejects(get(origin.url), { name: 'TimeoutError' });
});

for (const strategy of [new CacheFirst(), new NetworkFirst(), new StaleWhileRevalidate()]) {
  test(`${strategy.constructor.name} keeps neither no-store nor errors nor parts`, async (t) => {
    const origin = await startOrigin(t, (_, response, { pathname }) => {
      const [status, headers] = {
        '/no-store': [200, { 'cache-control': 'max-age=9, no-store' }],
        '/missing': [404, {}],
        '/part': [206, { 'content-range': 'bytes 0-3/10' }],
        '/any': [200, { vary: '*' }],
      }[pathname];
      reply(response, headers, 'body', status);
    });
    const { text, cache } = cached(strategy);
    for (const path of ['/no-store', '/missing', '/part', '/any']) {
      await text(origin.url + path);
      await text(origin.url + path);
    }
    assert.equal(origin.asked.length, 8);
    assert.equal(cache.stats().entries, 0);
  });
}

test('a handler answers by its routes, those registered, and its fallback', async (t) => {
  const origin = await counting(t);
  const cache = createCache({ storage: 'memory' });
  const { registerRoute, route } = http;
  registerRoute(({ url }) => url.pathname === '/registered', new CacheFirst());
  const handler = cache.handler({
    routes: [
      route('/assets/*', new CacheFirst({ cacheName: 'assets' })),
      route(/\/x\d+$/, new CacheFirst()),
      route(`${origin.url}/whole?*`, new CacheFirst()),
      route('/post', new NetworkOnly(), 'POST'),
    ],
    fallback: async () => new Response('fallback'),
  });
  const ask = async (path, init) => {
    const response = await handler(new Request(origin.url + path, init));
    const text = await response.text();
    await cache.settled();
    return text;
  };
  for (const path of ['/assets/a.js', '/x12', '/whole?a=1', '/registered']) {
    const first = await ask(path);
    assert.match(first, /^\d+$/, path);
    assert.equal(await ask(path), first, path);
  }
  for (const path of ['/', '/assets', '/x', '/whole', '/post']) {
    assert.equal(await ask(path), 'fallback', path);
  }
  assert.notEqual(await ask('/post', { method: 'POST' }), 'fallback');
});

test('plugins are called as in Workbox', async (t) => {
  const origin = await startOrigin(t, (_, response, { pathname }) =>
    reply(response, {}, pathname, pathname === '/bad' ? 500 : 200),
  );
  const seen = [];
  const plugin = {
    cacheKeyWillBeUsed: ({ request, mode }) => (seen.push(mode), request.url.split('?')[0]),
    cacheWillUpdate: ({ response }) => (seen.push(response.status), response),
    cachedResponseWillBeUsed: ({ cachedResponse }) => (seen.push('used'), cachedResponse),
    fetchDidFail: ({ error }) => void seen.push(error.name),
    handlerDidError: () => (seen.push('error'), new Response('rescued')),
  };
  const { text } = cached(new CacheFirst({ plugins: [plugin] }));
  assert.equal(await text(`${origin.url}/a?1`), '/a');
  assert.equal(await text(`${origin.url}/a?2`), '/a');
  assert.deepEqual(seen.splice(0), ['read', 200, 'write', 'read', 'used']);
  await origin.stop();
  assert.equal(await text(`${origin.url}/b`), 'rescued');
  assert.deepEqual(seen, ['read', 'TypeError', 'error']);
});

test('a plugin may refuse to store, change what is stored, and refuse to serve', async (t) => {
  const origin = await counting(t);
  const refusing = cached(new CacheFirst({ plugins: [{ cacheWillUpdate: () => null }] }));
  assert.deepEqual([await refusing.text(origin.url), await refusing.text(origin.url)], ['1', '2']);
  const cacheWillUpdate = async ({ response }) => new Response(`<${await response.text()}>`);
  const changing = cached(new CacheFirst({ plugins: [{ cacheWillUpdate }] }));
  assert.deepEqual(
    [await changing.text(origin.url), await changing.text(origin.url)],
    ['3', '<3>'],
  );
  const strict = cached(new CacheFirst({ plugins: [{ cachedResponseWillBeUsed: () => null }] }));
  assert.deepEqual([await strict.text(origin.url), await strict.text(origin.url)], ['4', '5']);
});

test('HttpSemantics is the default, and says in Cache-Status what it did', async (t) => {
  const origin = await counting(t, { 'cache-control': 'max-age=60' });
  const cache = createCache({ storage: 'memory', cacheStatus: 'edge' });
  const get = cache.fetch(globalThis.fetch);
  const first = await get(origin.url);
  await first.text();
  await cache.settled();
  const second = await get(origin.url);
  assert.equal(first.headers.get('cache-status'), 'edge;fwd=uri-miss;fwd-status=200;stored');
  assert.match(second.headers.get('cache-status'), /^edge;hit;ttl=(59|60)$/);
  assert.equal(second.headers.get('age'), '0');
  assert.deepEqual([second.url, second.status, await second.text()], [`${origin.url}/`, 200, '1']);
  const silent = cached(new HttpSemantics(), { cacheStatus: false });
  const { headers } = await silent.get(origin.url);
  assert.equal(headers.get('cache-status'), null);
});
