/** What counts as a hit, a miss and a use, and who leaves because of it. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { manualClock } from './lib/tools.mjs';

const { TTLCache, TTLFIFOCache, TTLLFUCache, TTLLRUCache } = await load();

/** Returns a cache of each kind that is full with a, b, c, set in this order. */
async function fullCaches() {
  const caches = {
    lru: new TTLLRUCache({ maxSize: 3 }),
    lfu: new TTLLFUCache({ maxSize: 3 }),
    fifo: new TTLFIFOCache({ maxSize: 3 }),
  };
  for (const cache of Object.values(caches)) {
    await cache.setMany({ a: 1, b: 2, c: 3 });
  }
  return caches;
}

let newcomers = 0;

/** Returns the key that leaves when another one comes. */
async function victimOf(cache) {
  const before = await cache.items();
  await cache.set(`new${++newcomers}`, 0);
  const [victim] = await Promise.all(
    before.map(async ([key]) => ((await cache.has(key)) ? undefined : key)),
  ).then((keys) => keys.filter((key) => key !== undefined));
  return victim;
}

/** What marks the entry as used, each as a user would write it. */
const USES = {
  get: (cache, key) => cache.get(key),
  'get with a default': (cache, key) => cache.get(key, 0),
  'sync.get': (cache, key) => cache.sync.get(key),
  getOrThrow: (cache, key) => cache.getOrThrow(key),
  getMany: (cache, key) => cache.getMany([key]),
  'getEntry with touch': (cache, key) => cache.getEntry(key, { touch: true }),
  "a transaction's get": (cache, key) => cache.transaction((tx) => tx.get(key)),
};

const NO_USES = {
  has: (cache, key) => cache.has(key),
  'sync.has': (cache, key) => cache.sync.has(key),
  'sync.peek': (cache, key) => cache.sync.peek(key),
  getEntry: (cache, key) => cache.getEntry(key),
  touch: (cache, key) => cache.touch(key),
  items: (cache) => cache.items(),
  'sync.entries': (cache) => [...cache.sync.entries()],
  'sync.keys': (cache) => [...cache.sync.keys()],
  size: (cache) => cache.size,
  async iteration(cache) {
    for await (const [key, value] of cache) {
      assert.ok(key && value);
    }
  },
  async entries(cache) {
    for await (const [key, value] of cache.entries()) {
      assert.ok(key && value);
    }
  },
  async keys(cache) {
    for await (const key of cache.keys()) {
      assert.ok(key);
    }
  },
};

for (const [name, use] of Object.entries(USES)) {
  test(`${name} counts a hit or a miss and is a use`, async () => {
    const { lru, lfu, fifo } = await fullCaches();
    for (const cache of [lru, lfu, fifo]) {
      cache.resetStats();
      await use(cache, 'a');
      const { hits, misses } = cache.getStats();
      assert.deepEqual({ hits, misses }, { hits: 1, misses: 0 });
    }
    assert.equal(await victimOf(lru), 'b');
    assert.equal(await victimOf(lfu), 'b');
    assert.equal(await victimOf(fifo), 'a');
    await Promise.resolve(use(lru, 'absent')).catch(() => undefined);
    assert.equal(lru.getStats().misses, 1);
  });
}

for (const [name, look] of Object.entries(NO_USES)) {
  test(`${name} counts nothing and is no use`, async () => {
    for (const cache of Object.values(await fullCaches())) {
      await look(cache, 'a');
      await look(cache, 'absent');
      const { hits, misses } = cache.getStats();
      assert.deepEqual({ hits, misses }, { hits: 0, misses: 0 });
      assert.equal(await victimOf(cache), 'a');
    }
  });
}

test('take counts a hit or a miss and removes the entry', async () => {
  const cache = new TTLCache();
  await cache.set('a', 1);
  assert.equal(await cache.take('a'), 1);
  assert.equal(await cache.take('a'), undefined);
  const { hits, misses, items } = cache.getStats();
  assert.deepEqual({ hits, misses, items }, { hits: 1, misses: 1, items: 0 });
});

test('a set of a held key is a use in LRU and moves nothing in LFU and FIFO', async () => {
  const { lru, lfu, fifo } = await fullCaches();
  for (const cache of [lru, lfu, fifo]) {
    await cache.set('a', 'again');
  }
  assert.equal(await victimOf(lru), 'b');
  assert.equal(await victimOf(lfu), 'a');
  assert.equal(await victimOf(fifo), 'a');
});

test('a set keeps the frequency of a held key in LFU', async () => {
  const { lfu } = await fullCaches();
  for (const key of ['a', 'a', 'b', 'c']) {
    await lfu.get(key);
  }
  await lfu.set('a', 'again');
  assert.equal(await victimOf(lfu), 'b');
  assert.equal(await lfu.get('a'), 'again');
});

test('LFU breaks ties by recency, and an entry that comes anew starts anew', async () => {
  const { lfu } = await fullCaches();
  await lfu.getMany(['c', 'a', 'b']);
  assert.equal(await victimOf(lfu), 'c');
  const [newcomer] = [...lfu.sync.keys()].filter((key) => !['a', 'b'].includes(key));
  await lfu.getMany(['b', 'b', 'b', newcomer]);
  await lfu.delete('b');
  await lfu.set('b', 2);
  assert.equal(await victimOf(lfu), 'b');
});

test('LFU counts also more hits than its log holds, and forgets none before an eviction', () => {
  const cache = new TTLLFUCache({ maxSize: 3 });
  for (const key of ['a', 'b', 'c']) {
    cache.sync.set(key, key);
  }
  for (let at = 0; at < 5_000; at++) {
    cache.sync.get('a');
  }
  for (let at = 0; at < 1_100; at++) {
    cache.sync.get('b');
  }
  cache.sync.get('c');
  cache.sync.set('d', 'd');
  assert.equal(cache.sync.has('c'), false);
  for (let at = 0; at < 1_200; at++) {
    cache.sync.get('d');
  }
  cache.sync.set('e', 'e');
  assert.equal(cache.sync.has('b'), false);
});

test('the hit rate is hits by reads, and 0 before the first read', async () => {
  const cache = new TTLCache();
  assert.equal(cache.getStats().hitRate, 0);
  await cache.set('a', 1);
  assert.equal(cache.getStats().hitRate, 0);
  await cache.getMany(['a', 'a', 'a', 'b']);
  assert.equal(cache.getStats().hitRate, 0.75);
});

test('stats are a frozen snapshot', async () => {
  const cache = new TTLCache({ maxSize: 1, clock: manualClock() });
  await cache.set('a', 1);
  const before = cache.getStats();
  assert.ok(Object.isFrozen(before));
  await cache.get('a');
  await cache.set('b', 1);
  assert.deepEqual([before.hits, before.evictions], [0, 0]);
  const { hits, evictions, wasmBytes } = cache.getStats();
  assert.deepEqual([hits, evictions], [1, 1]);
  assert.ok(wasmBytes > 0);
});

test('resetStats sets every counter back and touches no entry', async () => {
  const clock = manualClock();
  const cache = new TTLCache({ maxSize: 1, clock, defaultTtl: 5 });
  await cache.set('a', 1);
  await cache.set('b', 1);
  await cache.get('b');
  await cache.get('a');
  clock.advance(5);
  assert.equal(await cache.has('b'), false);
  await cache.set('c', 1);
  cache.resetStats();
  const { hits, misses, evictions, expirations, items, hitRate } = cache.getStats();
  assert.deepEqual([hits, misses, evictions, expirations, items, hitRate], [0, 0, 0, 0, 1, 0]);
});

test('a cache that nobody has used has counted nothing', () => {
  const { wasmBytes, ...counts } = new TTLCache().getStats();
  assert.equal(wasmBytes, 0);
  assert.ok(Object.values(counts).every((count) => count === 0));
});
