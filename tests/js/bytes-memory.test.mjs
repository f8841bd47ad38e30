/**
 * Bytes mode where every call into WebAssembly moves its memory, where memory lies above 2 GiB, and
 * where there is no more of it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';

import { byteSetup } from './lib/byte-values.mjs';
import { watchInstances } from './lib/growing.mjs';
import { loadFresh } from './lib/package.mjs';
import { Random, forSeeds } from './lib/random.mjs';
import { ManualTime, Pair, runScript } from './model/pair.mjs';
import { drawSetup, REASONS } from './model/script.mjs';

const PAGES_MAX = 65_536;

/** Returns caches of bytes in fresh memory, and what grows it before calls. */
async function loadWatched() {
  const state = { grow: () => {}, memory: undefined };
  const restore = watchInstances((memory) => {
    state.memory = memory;
    state.grow(memory);
  });
  const { TTLCache } = await loadFresh();
  const { bytes, CacheError } = await loadFresh('bytes.js');
  new TTLCache({ storage: bytes() }).sync.set('first', 'use');
  restore();
  return { TTLCache, bytes, CacheError, state };
}

async function runScripts({ TTLCache, bytes }, seeds, steps) {
  await forSeeds(seeds, async (random) => {
    const limits = random.happens(0.5)
      ? { maxSize: random.below(24) + 1 }
      : { maxWeight: random.below(600) + 40 };
    const setup = { ...drawSetup(random, byteSetup(bytes, limits)), notifyOn: REASONS };
    const pair = new Pair(TTLCache, setup, new ManualTime(), random);
    await runScript(pair, setup, random, steps);
    await pair.cache.close();
  });
}

test('a cache of bytes does as its twin when each call moves the memory', async () => {
  const watched = await loadWatched();
  let calls = 0;
  watched.state.grow = (memory) => memory.grow(calls++ % 4096 === 0 ? 1 : 0);
  await runScripts(watched, 20, 600);
  assert.ok(calls > 10_000 || process.env.SEED !== undefined, `only ${calls} calls`);
});

test('a cache of bytes does as its twin above 2 GiB', async () => {
  const watched = await loadWatched();
  watched.state.memory.grow(33_000);
  await runScripts(watched, 8, 600);
});

/** Returns a cache in memory that is full but for a little, filled by `set` until it throws. */
async function fill(options = {}) {
  const { TTLCache, bytes, CacheError, state } = await loadWatched();
  const cache = new TTLCache({ storage: bytes(), ...options });
  const store = cache.sync;
  store.set('early', 'bird');
  // The memory of bytes mode was called last.
  state.memory.grow(PAGES_MAX - state.memory.buffer.byteLength / 2 ** 16 - 64);
  const held = new Map([['early', 'bird']]);
  const isFull = (error) => {
    assert.ok(error instanceof CacheError, String(error.stack));
    assert.equal(error.code, 'ERR_CACHE_MEMORY');
    return true;
  };
  const random = new Random(7);
  for (;;) {
    const [key, value] = [`key ${held.size}`, 'v'.repeat(random.below(9_000))];
    try {
      store.set(key, value);
      held.set(key, value);
    } catch (error) {
      isFull(error);
      return { cache, store, held, isFull, refused: key };
    }
  }
}

function compare({ store, held }) {
  assert.equal(store.size, held.size);
  assert.deepEqual(new Map(store.entries()), held);
  for (const [key, value] of held) {
    assert.equal(store.get(key), value);
  }
  const weight = [...held].reduce((sum, [key, value]) => sum + 8 + key.length + value.length, 0);
  assert.equal(store.counts().weight, weight);
}

test('where memory cannot grow, a set is ERR_CACHE_MEMORY and nothing has changed', async () => {
  const full = await fill();
  const { cache, store, held, isFull, refused } = full;
  assert.ok(held.size > 150, `only ${held.size} are held`);
  assert.equal(store.has(refused), false);
  compare(full);
  const large = 'x'.repeat(1_000_000);
  for (const [key] of [...held].slice(0, 50)) {
    assert.throws(() => store.set(key, large), isFull);
  }
  compare(full);
  await assert.rejects(cache.setMany({ tiny: '', other: large, early: 'worm' }), isFull);
  const work = async (tx) => {
    await tx.delete('early');
    await tx.set('tiny', '');
    for (let at = 0; at < 99; at++) {
      await tx.set(`in ${at}`, 'y'.repeat(9_000));
    }
  };
  await assert.rejects(cache.transaction(work), isFull);
  compare(full);
  await assert.rejects(cache.set('y'.repeat(5_000_000), ''), isFull);
  compare(full);
});

test('a cache whose memory was full works on as soon as something has left', async () => {
  const full = await fill();
  const { cache, store, held } = full;
  for (const key of [...held.keys()].slice(0, 100)) {
    assert.equal(store.delete(key), true);
    held.delete(key);
  }
  for (let at = 0; at < 60; at++) {
    store.set(`again ${at}`, 'z'.repeat(3_000));
    held.set(`again ${at}`, 'z'.repeat(3_000));
  }
  compare(full);
  store.clear();
  held.clear();
  for (let at = 0; at < 300; at++) {
    store.set(`anew ${at}`, 'z'.repeat(4_000));
    held.set(`anew ${at}`, 'z'.repeat(4_000));
  }
  compare(full);
  await cache.close();
});

test('entries are not evicted for a value that there is no memory for', async () => {
  const left = [];
  const { store, held, isFull } = await fill({
    maxWeight: 2 ** 31,
    notifyOn: REASONS,
    onEvicted: (key) => left.push(key),
  });
  assert.throws(() => store.set('large', new Uint8Array(2 ** 23)), isFull);
  assert.deepEqual(left, []);
  assert.equal(store.size, held.size);
});
