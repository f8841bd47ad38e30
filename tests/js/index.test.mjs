/** Key to slot: the table of our own and the maps, alone and in the cache, under keys that collide. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { LRUCache } from 'lru-cache';

import { load } from './lib/package.mjs';
import { forSeeds } from './lib/random.mjs';
import { loadSource } from './lib/source.mjs';

const { TTLCache } = await load();
const { HashIndex, PROBES_MAX } = await loadSource('hash-index.ts', ['PROBES_MAX']);
const { hashOf } = await loadSource('hash.ts');
const { HASH_INDEX_FROM } = await loadSource('key-index.ts');
const { MapIndex } = await loadSource('map-index.ts');

const SEED = 123_456_789;

/** Puts, finds and deletes keys at random, and compares each answer with that of a `Map`. */
function compareWithMap(random, index, pairs, { steps, keys, keyOf }) {
  const map = new Map();
  const free = Array.from({ length: keys }, (_, slot) => slot);
  for (let step = 0; step < steps; step++) {
    const key = keyOf(random.below(keys));
    const slot = map.get(key);
    assert.equal(index.find(key), slot, `${key} at step ${step}`);
    if (slot === undefined) {
      const taken = free.splice(random.below(free.length), 1)[0];
      pairs[2 * taken] = key;
      index.put(key, taken);
      map.set(key, taken);
    } else if (random.happens(0.7)) {
      index.delete(key, slot);
      pairs[2 * slot] = undefined;
      map.delete(key);
      free.push(slot);
    }
    if (random.happens(0.001)) {
      index.clear();
      map.forEach((held) => free.push(held));
      map.clear();
      pairs.length = 0;
    }
  }
  for (const [key, slot] of map) {
    assert.equal(index.find(key), slot);
  }
}

/** Returns `count` keys whose own places are among the same 64. */
function crowdedKeys(count, mask) {
  const keys = [];
  for (let at = 0; keys.length < count; at++) {
    const key = `crowd${at}`;
    if ((hashOf(key, SEED) & mask) >>> 6 === 77) {
      keys.push(key);
    }
  }
  return keys;
}

/** Returns pairs of keys with equal hashes. */
function collidingKeys(count) {
  const found = [];
  const keyOf = new Map();
  for (let at = 0; found.length < count; at++) {
    const key = `c${at}`;
    const hash = hashOf(key, SEED);
    if (keyOf.has(hash)) {
      found.push([keyOf.get(hash), key]);
    }
    keyOf.set(hash, key);
  }
  return found;
}

/** Makes a cache whose table has the seed that the keys were crafted for. */
function cacheWithSeed() {
  const { random } = Math;
  Math.random = () => SEED / 2 ** 32;
  try {
    const cache = new TTLCache({ maxSize: 4 * HASH_INDEX_FROM });
    assert.equal(cache.sync.size, 0);
    assert.equal(cache.sync.index.seed, SEED, 'the cache uses the table, with this seed');
    return cache;
  } finally {
    Math.random = random;
  }
}

test('the table does as a Map does, however small it began', () =>
  forSeeds(8, (random, seed) => {
    const pairs = [];
    const index = new HashIndex(4, pairs, seed);
    compareWithMap(random, index, pairs, { steps: 6_000, keys: 300, keyOf: (at) => `k${at}` });
  }));

test('the table does as a Map does while keys wrap around its end', () =>
  forSeeds(8, (random) => {
    const pairs = [];
    const index = new HashIndex(8, pairs, SEED);
    const last = [];
    for (let at = 0; last.length < 9; at++) {
      if ((hashOf(`end${at}`, SEED) & index.mask) >= index.mask - 1) {
        last.push(`end${at}`);
      }
    }
    compareWithMap(random, index, pairs, { steps: 4_000, keys: 9, keyOf: (at) => last[at] });
  }));

test('keys with equal hashes are told apart', () => {
  const cache = cacheWithSeed();
  for (const [one, other] of collidingKeys(3)) {
    cache.sync.set(one, 1);
    assert.equal(cache.sync.get(other), undefined);
    cache.sync.set(other, 2);
    assert.deepEqual([cache.sync.get(one), cache.sync.get(other)], [1, 2]);
    assert.equal(cache.sync.delete(one), true);
    assert.deepEqual([cache.sync.get(one), cache.sync.get(other)], [undefined, 2]);
  }
});

test('a full cache finds what it holds by hashes that it kept', () =>
  forSeeds(3, (random) => {
    const maxSize = HASH_INDEX_FROM;
    const cache = new TTLCache({ maxSize }).sync;
    const model = new LRUCache({ max: maxSize });
    for (let step = 0; step < 40_000; step++) {
      const key = `k${random.below(2 * maxSize)}`;
      const what = random.below(20);
      if (what === 0) assert.equal(cache.delete(key), model.delete(key));
      else if (what < 8) assert.equal(cache.get(key), model.get(key));
      else assert.ok(cache.set(key, step) && model.set(key, step));
    }
    assert.equal(cache.size, model.size);
    for (const [key, value] of model) assert.equal(cache.peek(key), value);
    cache.clear();
    assert.equal(cache.index.size, 0, 'no place is left behind');
  }));

test('a table that keys crowd turns into a Map and loses none', () => {
  const cache = cacheWithSeed();
  const keys = crowdedKeys(PROBES_MAX + 70, cache.sync.index.mask);
  for (let at = 0; at < 5_000; at++) {
    cache.sync.set(`other${at}`, at);
  }
  assert.equal(cache.sync.index.map, undefined);
  keys.forEach((key, at) => cache.sync.set(key, at));
  assert.notEqual(cache.sync.index.map, undefined, 'the walk was too long');
  keys.forEach((key, at) => assert.equal(cache.sync.get(key), at));
  for (let at = 0; at < 5_000; at++) {
    assert.equal(cache.sync.get(`other${at}`), at);
  }
  keys.forEach((key, at) => at % 2 === 0 && cache.sync.delete(key));
  keys.forEach((key, at) => assert.equal(cache.sync.get(key), at % 2 === 0 ? undefined : at));
  cache.sync.clear();
  assert.equal(cache.sync.get(keys[1]), undefined);
  cache.sync.set(keys[1], 'again');
  assert.equal(cache.sync.get(keys[1]), 'again');
});

test('keys that crowd, but not too much, stay in the table and are found', () =>
  forSeeds(4, (random) => {
    const pairs = [];
    const index = new HashIndex(HASH_INDEX_FROM, pairs, SEED);
    const keys = crowdedKeys(110, index.mask);
    compareWithMap(random, index, pairs, { steps: 4_000, keys: 110, keyOf: (at) => keys[at] });
    assert.equal(index.map, undefined);
  }));

test('a Map that is full is followed by another, and what it holds is found', () =>
  forSeeds(8, (random) => {
    const pairs = [];
    const index = new MapIndex(16);
    compareWithMap(random, index, pairs, { steps: 6_000, keys: 120, keyOf: (at) => `k${at}` });
  }));

test('no map ever holds more than it may', () =>
  forSeeds(4, (random) => {
    const index = new MapIndex(10);
    const held = new Set();
    for (let step = 0; step < 3_000; step++) {
      const key = `k${random.below(60)}`;
      if (held.has(key)) {
        index.delete(key, 0);
        held.delete(key);
      } else {
        index.put(key, 0);
        held.add(key);
      }
      const sizes = [index.map, ...index.full].map(({ size }) => size);
      assert.ok(Math.max(...sizes) <= 10);
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        held.size,
      );
    }
  }));
