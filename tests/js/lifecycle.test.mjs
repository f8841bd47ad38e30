/** Making, stopping, starting and closing a cache. */
import assert from 'node:assert/strict';
import test from 'node:test';

import sinon from 'sinon';

import { load } from './lib/package.mjs';
import { recorder } from './lib/tools.mjs';

const { CacheError, TTLCache, TTLFIFOCache, TTLLFUCache, TTLLRUCache } = await load();

/** Calls of each method that needs an open cache. */
const CALLS = {
  get: (cache) => cache.get('a'),
  'get of a key that was missed': (cache) => cache.get('missed'),
  getOrThrow: (cache) => cache.getOrThrow('a'),
  getEntry: (cache) => cache.getEntry('a'),
  set: (cache) => cache.set('a', 1),
  'set of the key that was missed last': (cache) => cache.set('missed', 1),
  has: (cache) => cache.has('a'),
  delete: (cache) => cache.delete('a'),
  clear: (cache) => cache.clear(),
  touch: (cache) => cache.touch('a'),
  take: (cache) => cache.take('a'),
  getMany: (cache) => cache.getMany(['a']),
  'getMany of nothing': (cache) => cache.getMany([]),
  setMany: (cache) => cache.setMany({ a: 1 }),
  'setMany of nothing': (cache) => cache.setMany({}),
  deleteMany: (cache) => cache.deleteMany(['a']),
  'deleteMany of nothing': (cache) => cache.deleteMany([]),
  items: (cache) => cache.items(),
  entries: (cache) => cache.entries().next(),
  keys: (cache) => cache.keys().next(),
  iteration: (cache) => cache[Symbol.asyncIterator]().next(),
  'transaction with a function': (cache) => cache.transaction((tx) => tx.get('a')),
  'transaction with a function that does nothing': (cache) => cache.transaction(() => 1),
  'transaction as an object': (cache) => cache.transaction().get('a'),
  start: (cache) => cache.start(),
  getStats: async (cache) => cache.getStats(),
  resetStats: async (cache) => cache.resetStats(),
  sync: async (cache) => cache.sync,
};

const SYNC_CALLS = {
  get: (sync) => sync.get('a'),
  set: (sync) => sync.set('a', 1),
  'set of the key that was missed last': (sync) => sync.set('missed', 1),
  has: (sync) => sync.has('a'),
  peek: (sync) => sync.peek('a'),
  delete: (sync) => sync.delete('a'),
  clear: (sync) => sync.clear(),
  keys: (sync) => sync.keys().next(),
  entries: (sync) => sync.entries().next(),
};

for (const maxSize of [10, 16_384]) {
  test(`after close everything says so (maxSize ${maxSize})`, async () => {
    const cache = new TTLCache({ maxSize });
    const { sync } = cache;
    sync.set('a', 1);
    sync.get('missed');
    await cache.close();
    for (const [name, call] of Object.entries(CALLS)) {
      await assert.rejects(call(cache), { code: 'ERR_CACHE_CLOSED' }, name);
    }
    for (const [name, call] of Object.entries(SYNC_CALLS)) {
      assert.throws(() => call(sync), { code: 'ERR_CACHE_CLOSED' }, name);
    }
    assert.deepEqual([cache.closed, cache.size, sync.size], [true, 0, 0]);
  });
}

test('a cache that was closed before its first use says so too', async () => {
  for (const [name, call] of Object.entries(CALLS)) {
    const cache = new TTLCache();
    await cache.close();
    await assert.rejects(call(cache), { code: 'ERR_CACHE_CLOSED' }, name);
    assert.equal(cache.size, 0);
  }
});

test('the error says what to do', async () => {
  const cache = new TTLCache();
  await cache.close();
  await assert.rejects(cache.get('a'), (error) => {
    assert.ok(error instanceof CacheError);
    assert.match(error.message, /make a new one/);
    return true;
  });
});

test('close may be called again, stop after it, and in any order with the first use', async () => {
  const cache = new TTLCache();
  const set = cache.set('a', 1);
  await cache.close();
  await cache.close();
  await cache.stop();
  await cache[Symbol.asyncDispose]();
  assert.equal(await set, true);
  const early = new TTLCache();
  await early.stop();
  await early.close();
  assert.equal(early.closed, true);
});

test('a call that is under way when the cache closes settles', async () => {
  const cache = new TTLCache();
  const calls = [cache.getMany(['a', 'b']), cache.set('a', 1), cache.items(), cache.close()];
  const settled = await Promise.allSettled([...calls, cache.get('a')]);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  );
});

test('close tells of each live entry as cleared, once', async () => {
  const { told, onEvicted } = recorder();
  const cache = new TTLCache({ notifyOn: ['cleared'], onEvicted });
  await cache.setMany({ a: 1, b: 2 });
  await cache.close();
  await cache.close();
  assert.deepEqual(told, [
    ['a', 1, 'cleared'],
    ['b', 2, 'cleared'],
  ]);
});

test('an iteration ends when the cache closes', async () => {
  const cache = new TTLCache();
  await cache.setMany({ a: 1, b: 2, c: 3 });
  const seen = [];
  for await (const [key] of cache) {
    seen.push(key);
    await cache.close();
  }
  assert.deepEqual(seen, ['a']);
});

test('the calls of a new cache run in their order, sync among them', async () => {
  const cache = new TTLCache();
  const order = [];
  const note = (name) => () => order.push(name);
  const calls = [
    cache.set('a', 1).then(note('set')),
    cache.get('a').then((value) => order.push(value)),
    cache.delete('a').then(note('delete')),
  ];
  assert.equal(cache.sync.get('a'), undefined);
  cache.sync.set('a', 2);
  await Promise.all(calls);
  assert.deepEqual(order, ['set', 1, 'delete']);
  assert.equal(await cache.get('a'), 2);
});

test('stop ends sweeping, data stays, what is dead is a miss, and use does not start it', async () => {
  const clock = sinon.useFakeTimers({ toNotFake: ['nextTick', 'queueMicrotask'] });
  try {
    const { told, onEvicted } = recorder();
    const cache = new TTLCache({ defaultTtl: '1s', cleanupInterval: '1s', onEvicted });
    await cache.setMany({ a: 1, b: 2 });
    await cache.stop();
    await cache.stop();
    await cache.set('c', 3, '1h');
    clock.tick(60_000);
    assert.deepEqual(told, []);
    assert.equal(await cache.get('a'), undefined);
    assert.equal(await cache.get('c'), 3);
    assert.equal(cache.size, 1);
    await cache.set('d', 4);
    clock.tick(60_000);
    assert.deepEqual(told, [['a', 1, 'expired']]);
    await cache.start();
    await cache.start();
    clock.tick(2_000);
    assert.deepEqual(
      told
        .slice(1)
        .map(([key]) => key)
        .sort(),
      ['b', 'd'],
    );
    assert.equal(clock.countTimers(), 1);
    await cache.close();
    assert.equal(clock.countTimers(), 0);
  } finally {
    clock.restore();
  }
});

test('a cache that was stopped before its first use does not sweep until it is started', async () => {
  const clock = sinon.useFakeTimers({ toNotFake: ['nextTick', 'queueMicrotask'] });
  try {
    const { told, onEvicted } = recorder();
    const cache = new TTLCache({ defaultTtl: '1s', cleanupInterval: '1s', onEvicted });
    await cache.stop();
    await cache.set('a', 1);
    clock.tick(60_000);
    assert.deepEqual(told, []);
    await cache.start();
    clock.tick(2_000);
    assert.deepEqual(told, [['a', 1, 'expired']]);
    await cache.close();
  } finally {
    clock.restore();
  }
});

test('stopped caches still evict, and what is dead and evicted counts as expired', async () => {
  let now = 0;
  const { told, onEvicted } = recorder();
  const cache = new TTLCache({ maxSize: 2, clock: { now: () => now }, onEvicted });
  await cache.stop();
  await cache.set('living', 1, Infinity);
  await cache.set('dying', 1, 5);
  now = 5;
  await cache.set('c', 1, Infinity);
  await cache.set('d', 1, Infinity);
  assert.deepEqual(told, [
    ['living', 1, 'evicted'],
    ['dying', 1, 'expired'],
  ]);
});

test('the named caches have their policy and insist on a limit', async () => {
  for (const [Cache, name] of [
    [TTLLRUCache, 'TTLLRUCache'],
    [TTLLFUCache, 'TTLLFUCache'],
    [TTLFIFOCache, 'TTLFIFOCache'],
  ]) {
    assert.equal(Cache.name, name);
    assert.ok(new Cache({ maxSize: 1 }) instanceof TTLCache);
    const weighing = new Cache({ maxWeight: 1, weigh: () => 1 });
    await weighing.setMany({ a: 1, b: 2 });
    assert.equal(weighing.size, 1);
  }
});
