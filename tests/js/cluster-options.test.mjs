/** What a distributed cache is told, and what it refuses before anything is sent. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';

const { CacheError, CacheKeyError, DistributedCache } = await load('tidecache/cluster');
const { TTLCache } = await load();

const wrong = (name) => ({ name, code: 'ERR_CACHE_INVALID_ARGUMENT' });
const unsupported = { name: 'CacheError', code: 'ERR_CACHE_UNSUPPORTED' };

/** Returns so many addresses at which nobody is. */
const nodes = (count) => Array.from({ length: count }, (_, at) => ['127.0.0.1', at + 1]);
const make = (options, count = 3) => new DistributedCache({ nodes: nodes(count), ...options });

/** A cache whose nodes are never asked: every call in these tests fails before. */
const cache = make();

test('quorums overlap, or the cache is not made', () => {
  const good = [
    [1, {}],
    [2, {}],
    [7, {}],
    [3, { readQuorum: 1, writeQuorum: 3 }],
    [4, { replicationFactor: 4, readQuorum: 2, writeQuorum: 3 }],
    [5, { replicationFactor: 5, readQuorum: 3, writeQuorum: 3 }],
    [5, { replicationFactor: 1 }],
    [4, { replicationFactor: 4, readQuorum: 3 }],
  ];
  for (const [count, options] of good) make(options, count);
  const bad = [
    [3, { readQuorum: 1, writeQuorum: 2 }],
    [4, { replicationFactor: 4, readQuorum: 3, writeQuorum: 2 }],
    [3, { replicationFactor: 4 }],
    [3, { replicationFactor: 0 }],
    [3, { readQuorum: 0 }],
    [3, { readQuorum: 4 }],
    [3, { writeQuorum: 4 }],
    [3, { readQuorum: 1.5 }],
    [3, { writeQuorum: NaN }],
  ];
  for (const [count, options] of bad) {
    assert.throws(() => make(options, count), wrong('RangeError'), JSON.stringify(options));
  }
  assert.throws(() => make({ readQuorum: '2' }), wrong('TypeError'));
});

test('every option is checked, and unknown ones are refused', () => {
  const types = [
    { node: [] },
    { engine: {} },
    { epoch: '1' },
    { hedge: 1 },
    { readRepair: true },
    { readRepair: 'sync' },
    { defaultTtl: '5 minutes' },
    { timeout: {} },
    { token: '' },
    { token: 'a b' },
    { token: 'ä' },
    { token: 7 },
    { near: {} },
    { near: 'near' },
    { codec: {} },
    { codec: { encode: () => new Uint8Array() } },
    { WebSocket: 'ws' },
  ];
  for (const options of types) {
    assert.throws(() => make(options), wrong('TypeError'), JSON.stringify(options));
  }
  const ranges = [
    { epoch: 0 },
    { epoch: 1.5 },
    { epoch: 2 ** 53 },
    { defaultTtl: Infinity },
    { defaultTtl: 0 },
    { defaultTtl: '25h' },
    { maxTtl: '1m' },
    { maxTtl: Infinity },
    { timeout: Infinity },
    { timeout: -1 },
    { timeout: NaN },
  ];
  for (const options of ranges) {
    assert.throws(() => make(options), wrong('RangeError'), JSON.stringify(options));
  }
  assert.throws(() => new DistributedCache(), wrong('TypeError'));
  assert.throws(() => new DistributedCache({}), wrong('TypeError'));
  make({ readRepair: false, hedge: false, near: new TTLCache(), token: async () => 'a' });
});

test('a token is not shown', () => {
  for (const token of [['s3cr3t'], { token: 's3cr3t' }]) {
    assert.throws(
      () => make({ token }),
      (error) => !error.message.includes('s3cr3t'),
    );
  }
});

test('wrong keys are told before anything is sent', async () => {
  const calls = [
    (key) => cache.get(key),
    (key) => cache.getEntry(key),
    (key) => cache.set(key, 1),
    (key) => cache.has(key),
    (key) => cache.delete(key),
    (key) => cache.touch(key),
    (key) => cache.getMany([key]),
    (key) => cache.setMany([[key, 1]]),
    (key) => cache.deleteMany([key]),
    (key) => cache.getOrSet(key, () => 1),
  ];
  for (const call of calls) {
    for (const key of [undefined, null, 7, {}, Symbol('a')]) {
      await assert.rejects(call(key), { name: 'CacheKeyError', code: 'ERR_CACHE_INVALID_KEY' });
    }
    for (const key of ['\ud800', 'a\udc00b', '\udc00\ud800']) {
      const half = { name: 'CacheKeyError', code: 'ERR_CACHE_INVALID_KEY', key };
      await assert.rejects(call(key), half);
    }
    for (const key of ['a'.repeat(1025), 'é'.repeat(513)]) {
      const long = { name: 'CacheKeyError', code: 'ERR_CACHE_TOO_LARGE', key };
      await assert.rejects(call(key), long);
    }
  }
  for (const keys of ['abc', 7, undefined, {}]) {
    await assert.rejects(cache.getMany(keys), wrong('TypeError'));
    await assert.rejects(cache.deleteMany(keys), wrong('TypeError'));
  }
});

test('wrong values are told before anything is sent', async () => {
  await assert.rejects(cache.set('a', undefined), wrong('TypeError'));
  await assert.rejects(cache.setMany({ a: 1, b: undefined }), wrong('TypeError'));
  await assert.rejects(cache.setMany(['ab']), wrong('TypeError'));
  await assert.rejects(cache.setMany('ab'), wrong('TypeError'));
  const carries = { name: 'CacheSerializationError', code: 'ERR_CACHE_SERIALIZATION', key: 'a' };
  await assert.rejects(
    cache.set('a', () => 1),
    carries,
  );
  await assert.rejects(cache.setMany({ a: Symbol('a') }), carries);
  const large = { name: 'CacheConnectionError', code: 'ERR_CACHE_TOO_LARGE', key: 'a' };
  await assert.rejects(cache.set('a', new Uint8Array(2 ** 20 + 1)), large);
  await assert.rejects(cache.set('a', 'é'.repeat(2 ** 19 + 1)), large);
});

test('wrong options of a call are told before anything is sent', async () => {
  const ttls = [0, -1, NaN, Infinity, '25h', 86_400_001];
  for (const ttl of ttls) {
    await assert.rejects(cache.set('a', 1, ttl), wrong('RangeError'));
    await assert.rejects(cache.set('a', 1, { ttl }), wrong('RangeError'));
    await assert.rejects(cache.touch('a', ttl), wrong('RangeError'));
    await assert.rejects(
      cache.getOrSet('a', () => 1, { ttl }),
      wrong('RangeError'),
    );
  }
  const types = [
    () => cache.set('a', 1, 'soon'),
    () => cache.set('a', 1, null),
    () => cache.set('a', 1, { tll: 1 }),
    () => cache.set('a', 1, { signal: 'a' }),
    () => cache.get('a', null, { consistency: 'most' }),
    () => cache.get('a', null, { consistency: 1 }),
    () => cache.get('a', null, { ttl: 1 }),
    () => cache.get('a', null, { timeout: '1 s' }),
    () => cache.get('a', null, 'one'),
    () => cache.delete('a', { consistency: 'one' }),
    () => cache.touch('a', '1m', { timeout: {} }),
    () => cache.clear({ consistency: 'all' }),
    () => cache.connect({ timeout: 1 }),
    () => cache.getOrSet('a'),
    () => cache.getOrSet('a', 1),
    () => cache.getOrSet('a', () => 1, { shouldCache: 1 }),
    () => cache.getOrSet('a', () => 1, { consistency: 'one' }),
  ];
  for (const call of types) {
    await assert.rejects(call(), wrong('TypeError'), String(call));
  }
  for (const timeout of [0, -1, Infinity, NaN]) {
    await assert.rejects(cache.get('a', null, { timeout }), wrong('RangeError'));
  }
});

test('what plain nodes cannot do is refused, never ignored', async () => {
  const options = [
    { sliding: true },
    { tags: ['a'] },
    { ifAbsent: true },
    { ifVersion: 'a' },
    { staleWhileRevalidate: '1s' },
    { staleIfError: '1s' },
  ];
  for (const one of options) {
    await assert.rejects(cache.set('a', 1, one), unsupported);
    await assert.rejects(cache.setMany({ a: 1 }, one), unsupported);
    await assert.rejects(
      cache.getOrSet('a', () => 1, one),
      unsupported,
    );
  }
  for (const one of [
    { refreshAhead: 1 },
    { softTimeout: 1 },
    { cacheErrors: 1 },
    { fresh: true },
  ]) {
    await assert.rejects(
      cache.getOrSet('a', () => 1, one),
      unsupported,
    );
  }
  const error = await cache.compareAndSet('a', {}, 1).then(assert.fail, (one) => one);
  assert.ok(error instanceof CacheError && !(error instanceof CacheKeyError));
  assert.equal(error.code, 'ERR_CACHE_UNSUPPORTED');
});

test('a signal that has aborted ends a call before it begins', async () => {
  const signal = AbortSignal.abort(new Error('given up'));
  for (const call of [
    () => cache.get('a', null, { signal }),
    () => cache.set('a', 1, { signal }),
    () => cache.delete('a', { signal }),
    () => cache.touch('a', 1, { signal }),
    () => cache.clear({ signal }),
    () => cache.connect({ signal }),
    () => cache.getOrSet('a', () => assert.fail('loads'), { signal }),
  ]) {
    await assert.rejects(call(), { message: 'given up' });
  }
});

test('a cache that nobody has used has counted nothing, and knows its nodes', () => {
  const { nodes, getStats } = cache;
  assert.deepEqual(
    nodes,
    [1, 2, 3].map((port) => ({ id: `127.0.0.1:${port}`, state: 'down', rttMs: 0 })),
  );
  const stats = getStats.call(cache);
  assert.ok(Object.isFrozen(stats));
  assert.deepEqual(new Set(Object.values(stats)), new Set([0]));
});

test('a cache that nobody has used can be closed, and is closed then', async () => {
  const closed = make();
  await closed.close();
  await closed.close();
  const use = { name: 'CacheError', code: 'ERR_CACHE_CLOSED' };
  await assert.rejects(closed.get('a'), use);
  await assert.rejects(closed.set('a', 1), use);
  await assert.rejects(closed.clear(), use);
  await assert.rejects(closed.connect(), use);
  await assert.rejects(
    closed.getOrSet('a', () => assert.fail('loads')),
    use,
  );
  await assert.rejects(closed.reconfigure(nodes(3), 2), use);
  assert.throws(() => closed.getStats(), use);
  assert.throws(() => closed.nodes, use);
});

test('another epoch is higher, and other nodes need another epoch', async () => {
  const client = make({ epoch: 5 });
  await assert.rejects(client.reconfigure(nodes(3), 4), wrong('RangeError'));
  await assert.rejects(client.reconfigure(nodes(2), 5), wrong('RangeError'));
  await assert.rejects(client.reconfigure(nodes(3), '6'), wrong('TypeError'));
  await client.reconfigure(nodes(3).reverse(), 5);
  await client.reconfigure(nodes(2), 6);
  // What is under way counts already.
  const next = client.reconfigure(nodes(2), 8);
  await assert.rejects(client.reconfigure(nodes(2), 7), wrong('RangeError'));
  await next;
  assert.equal(client.nodes.length, 2);
});
