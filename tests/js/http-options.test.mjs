/** What `tidecache/http` refuses, and what it then says. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { reply, startOrigin } from './lib/origin.mjs';
import { load } from './lib/package.mjs';

const { CacheError, CacheFirst, createCache, HttpCache, HttpSemantics, route } =
  await load('tidecache/http');

const invalid = (name) => ({ name, code: 'ERR_CACHE_INVALID_ARGUMENT' });

test('bad options of a cache are refused with a typed error', () => {
  const wrong = [
    [{ nonsense: 1 }, 'TypeError'],
    ['app', 'TypeError'],
    [{ name: '' }, 'RangeError'],
    [{ name: 1 }, 'TypeError'],
    [{ maxBytes: '50 MB' }, 'TypeError'],
    [{ maxBytes: '50MiB' }, 'TypeError'],
    [{ maxBytes: 0 }, 'RangeError'],
    [{ maxBytes: NaN }, 'RangeError'],
    [{ maxBytes: Infinity }, 'RangeError'],
    [{ maxEntries: 1.5 }, 'RangeError'],
    [{ maxEntries: '1' }, 'TypeError'],
    [{ evictionPolicy: 'arc' }, 'TypeError'],
    [{ shared: 1 }, 'TypeError'],
    [{ partition: 'user' }, 'TypeError'],
    [{ cacheStatus: true }, 'TypeError'],
    [{ cacheStatus: 'ä' }, 'TypeError'],
    [{ on: 1 }, 'TypeError'],
    [{ storage: 'disk' }, 'TypeError'],
    [{ storage: { directory: '' } }, 'TypeError'],
    [{ targets: 'CDN-Cache-Control' }, 'TypeError'],
    [{ fetch: 1 }, 'TypeError'],
    [{ clock: Date.now }, 'TypeError'],
  ];
  for (const [options, type] of wrong) {
    assert.throws(() => createCache(options), invalid(type), JSON.stringify(options));
  }
});

test('bad options of a strategy are refused with a typed error', () => {
  const wrong = [
    [{ staleIfError: '1h' }, 'TypeError'],
    [{ cacheName: '' }, 'RangeError'],
    [{ plugins: {} }, 'TypeError'],
    [{ plugins: [1] }, 'TypeError'],
    [{ maxAgeSeconds: '1' }, 'TypeError'],
    [{ maxAgeSeconds: 0 }, 'RangeError'],
    [{ networkTimeoutSeconds: -1 }, 'RangeError'],
    [{ matchOptions: { ignoreMethod: true } }, 'TypeError'],
    [{ opaque: true }, 'TypeError'],
    [{ opaque: { maxEntries: 1 } }, 'TypeError'],
    [{ tags: 'a' }, 'TypeError'],
  ];
  for (const [options, type] of wrong) {
    assert.throws(() => new CacheFirst(options), invalid(type), JSON.stringify(options));
  }
  assert.throws(() => new HttpSemantics({ staleIfError: 0 }), invalid('RangeError'));
  assert.throws(() => new HttpSemantics({ heuristicFraction: 2 }), invalid('RangeError'));
});

test('bad routes and calls are refused with a typed error', async () => {
  const cache = createCache({ storage: 'memory' });
  assert.ok(cache instanceof HttpCache);
  assert.throws(() => route('api/*', new CacheFirst()), invalid('TypeError'));
  assert.throws(() => route('/api/*', CacheFirst), invalid('TypeError'));
  assert.throws(() => cache.handler({ routes: new CacheFirst() }), invalid('TypeError'));
  assert.throws(() => cache.handler({ fallback: 1 }), invalid('TypeError'));
  assert.throws(() => cache.fetch(), invalid('TypeError'));
  assert.throws(() => cache.precache('/a'), invalid('TypeError'));
  assert.throws(() => cache.precache([{ url: 'http://a.test/' }]), invalid('TypeError'));
  await assert.rejects(cache.purge({}), invalid('TypeError'));
  await assert.rejects(cache.purge({ urls: [] }), invalid('TypeError'));
});

test('two strategies of one cache name may not give it different limits', () => {
  const cache = createCache({ storage: 'memory' });
  const one = route('/a', new CacheFirst({ cacheName: 'a', maxBytes: '1MB' }));
  const same = route('/b', new CacheFirst({ cacheName: 'a' }));
  const other = route('/c', new CacheFirst({ cacheName: 'a', maxBytes: '2MB' }));
  cache.handler({ routes: [one, same] });
  assert.throws(() => cache.handler({ routes: [other] }), invalid('RangeError'));
});

test('a listener that throws harms nothing, and is told what happens', async (t) => {
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=60' }),
  );
  const told = [];
  const on = ({ type, url, cacheName }) => {
    told.push(`${type} ${url.slice(origin.url.length)} ${cacheName}`);
    throw new Error('the listener');
  };
  const cache = createCache({ storage: 'memory', on });
  const get = cache.fetch(fetch);
  await (await get(`${origin.url}/a`)).text();
  await cache.settled();
  await get(`${origin.url}/a`);
  assert.deepEqual(told, ['miss /a default', 'stored /a default', 'hit /a default']);
});

test('statistics are a frozen snapshot', async () => {
  const stats = createCache({ storage: 'memory' }).stats();
  assert.ok(Object.isFrozen(stats));
  assert.deepEqual([stats.hits, stats.entries, stats.bytes, stats.hitRate], [0, 0, 0, 0]);
});

test('without its module a cache passes everything through', async (t) => {
  const origin = await startOrigin(t, (_, response) => reply(response));
  const { Module } = WebAssembly;
  t.after(() => (WebAssembly.Module = Module));
  WebAssembly.Module = function () {
    throw new EvalError('forbidden');
  };
  const { packageFile } = await import('./lib/package.mjs');
  const fresh = await import(`${packageFile('http.js')}?without`);
  const errors = [];
  const on = ({ type, error }) => type === 'error' && errors.push(error);
  const cache = fresh.createCache({ storage: 'memory', on });
  const answer = await cache.handler()(new Request(origin.url));
  assert.deepEqual([answer.status, await answer.text()], [200, 'body']);
  assert.ok(errors[0] instanceof CacheError);
  assert.equal(errors[0].code, 'ERR_CACHE_WASM');
  WebAssembly.Module = Module;
  await (await cache.handler()(new Request(origin.url))).text();
  assert.equal(errors.length, 1, 'the next request tries again');
});
