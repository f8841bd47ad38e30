/** The platform's clock, which is not asked for every hit, and still lets nothing live longer. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load, loadFresh } from './lib/package.mjs';
import { turn } from './lib/tools.mjs';

const { TTLCache } = await load();

/** Ways to ask, in a loop that never ends its turn. */
const QUESTIONS = {
  get: (cache) => cache.sync.get('a') !== undefined,
  has: (cache) => cache.sync.has('a'),
  peek: (cache) => cache.sync.peek('a') !== undefined,
  size: (cache) => cache.size === 1,
  entries: (cache) => [...cache.sync.entries()].length === 1,
  'get between sets': (cache) => {
    cache.sync.set('other', 1, Infinity);
    return cache.sync.get('a') !== undefined;
  },
};

for (const evictionPolicy of ['lru', 'lfu', 'fifo']) {
  for (const [name, isThere] of Object.entries(QUESTIONS)) {
    test(`a long synchronous loop sees entries die: ${evictionPolicy}, ${name}`, async () => {
      // In a new turn nothing is kept: the entry's life begins now.
      await turn();
      const cache = new TTLCache({ evictionPolicy, cleanupInterval: false });
      const start = performance.now();
      cache.sync.set('a', 1, 15);
      let rounds = 0;
      while (isThere(cache)) {
        rounds++;
        assert.ok(performance.now() - start < 10_000, 'it would have lived for ever');
      }
      const livedMs = performance.now() - start;
      assert.ok(livedMs >= 13, `it died too early, after ${livedMs} ms`);
      assert.ok(rounds > 0);
    });
  }
}

/** Lets real time pass within this turn. */
function wait(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    Math.sqrt(end);
  }
}

test('an entry that died while another turn ran is dead at the first look', async () => {
  const cache = new TTLCache({ cleanupInterval: false });
  for (let round = 0; round < 3; round++) {
    cache.sync.set('a', 1, 40);
    for (let at = 0; at < 100; at++) {
      assert.equal(cache.sync.get('a'), 1);
    }
    await turn();
    wait(41);
    assert.equal(cache.sync.get('a'), undefined);
  }
});

test('an entry that died while timers were faked is dead at the first look', async (t) => {
  const { TTLCache: Fresh } = await loadFresh();
  const cache = new Fresh({ cleanupInterval: false });
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'setInterval'] });
  cache.sync.set('a', 1, Infinity);
  for (let at = 0; at < 100; at++) {
    cache.sync.get('a');
  }
  t.mock.timers.reset();
  await turn();
  cache.sync.set('b', 1, 40);
  for (let at = 0; at < 100; at++) {
    assert.equal(cache.sync.get('b'), 1);
  }
  await turn();
  wait(41);
  assert.equal(cache.sync.get('b'), undefined);
});

test('a read after a busy wait is at most a few readings behind', async () => {
  await turn();
  const cache = new TTLCache({ cleanupInterval: false });
  cache.sync.set('a', 1, 5);
  for (let at = 0; at < 1_000; at++) {
    cache.sync.get('a');
  }
  wait(41);
  let late = 0;
  while (cache.sync.get('a') !== undefined) {
    late++;
  }
  assert.ok(late <= 32, `${late} reads too late`);
});

test('writes at the very uses that would ask the clock do not keep it from being asked', async () => {
  for (let phase = 0; phase < 33; phase++) {
    await turn();
    const { sync } = new TTLCache({ cleanupInterval: false });
    sync.set('a', 1, 5);
    sync.set('b', 1, Infinity);
    for (let at = 0; at < 1_000 + phase; at++) {
      sync.get('b');
    }
    wait(6);
    let late = 0;
    while (sync.get('a') !== undefined) {
      late++;
      if (late % 31 === phase % 31) {
        sync.set('b', 1, Infinity);
      }
    }
    assert.ok(late <= 64, `${late} reads too late in phase ${phase}`);
  }
});

test('many caches that share the clock see it move as well', async () => {
  await turn();
  const caches = Array.from({ length: 50 }, () => new TTLCache({ cleanupInterval: false }));
  const start = performance.now();
  caches.forEach((cache) => cache.sync.set('a', 1, 15));
  while (caches.some((cache) => cache.sync.get('a') !== undefined)) {
    assert.ok(performance.now() - start < 10_000, 'they would have lived for ever');
  }
  assert.ok(performance.now() - start >= 13);
});

test('a value that was made for long after a miss lives as long as others', async () => {
  await turn();
  const { sync } = new TTLCache({ cleanupInterval: false, defaultTtl: 400 });
  sync.set('a', 1, Infinity);
  for (let at = 0; at < 1_000; at++) {
    sync.get('a');
  }
  assert.equal(sync.get('b'), undefined);
  wait(450); // The value is made.
  sync.set('b', 1);
  await turn();
  assert.equal(sync.get('b'), 1);
});
