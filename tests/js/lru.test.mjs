/** What of `tidecache/lru` is not lru-cache's, and what needs real time. */
import assert from 'node:assert/strict';
import test from 'node:test';

import sinon from 'sinon';

import { load } from './lib/package.mjs';

const { EvictionPolicy, LRUCache } = await load('tidecache/lru');

test('every policy keeps to the limits, with keys of all types', () => {
  for (const evictionPolicy of Object.values(EvictionPolicy)) {
    for (const max of [8, 5_000]) {
      const cache = new LRUCache({ max, evictionPolicy });
      const keys = Array.from({ length: 3 * max }, (_, at) =>
        [`k${at}`, at, { at }, Symbol(String(at)), BigInt(at)].at(at % 5),
      );
      keys.forEach((key, at) => {
        cache.set(key, at);
        cache.get(keys[at >> 1]);
        assert.ok(cache.size <= max);
      });
      assert.equal(cache.size, max);
      const held = keys.filter((key) => cache.has(key));
      assert.equal(held.length, max, evictionPolicy);
      for (const [key, value] of cache) {
        assert.equal(keys[value], key);
        assert.equal(cache.peek(key), value);
      }
      cache.clear();
      assert.equal(cache.size, 0);
    }
  }
});

test('fifo leaves what is used where it is', () => {
  const cache = new LRUCache({ max: 2, evictionPolicy: 'fifo' });
  cache.set('a', 1).set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  assert.deepEqual([...cache.keys()], ['c', 'b']);
});

test('an unknown policy is refused', () => {
  assert.throws(() => new LRUCache({ max: 2, evictionPolicy: 'mru' }), TypeError);
});

test('a callback may use the cache, and one that throws leaves it whole', () => {
  const cache = new LRUCache({
    max: 2,
    dispose: (value, key, reason) => {
      if (key === 'bad') throw new Error('dispose');
      if (reason === 'evict') cache.delete('b');
    },
  });
  cache.set('a', 1).set('b', 2).set('c', 3);
  assert.deepEqual([...cache.keys()], ['c']);
  cache.set('bad', 4);
  assert.throws(() => cache.delete('bad'), /dispose/);
  assert.equal(cache.size, 1);
  cache.set('d', 5);
  assert.deepEqual([...cache.keys()], ['d', 'c']);
});

test('undefined is no key', () => {
  const cache = new LRUCache({ max: 2 });
  assert.throws(() => cache.set(undefined, 1), TypeError);
  assert.equal(cache.get(undefined), undefined);
  assert.equal(cache.size, 0);
});

test('what comes and goes while one iterates is met at most once', () => {
  const cache = new LRUCache({ max: 5 });
  for (const key of 'abcde') cache.set(key, key);
  const met = [];
  for (const key of cache.keys()) {
    met.push(key);
    if (key === 'e') cache.delete('c');
    if (key === 'd') cache.get('a');
    cache.set(`new ${key}`, 1);
    cache.delete(`new ${key}`);
  }
  assert.equal(new Set(met).size, met.length);
  assert.ok(!met.includes('c'));
});

test('with ttlAutopurge what is stale is removed by a timer', () => {
  const clock = sinon.useFakeTimers();
  try {
    // As in lru-cache, what began at 0 has no TTL.
    clock.tick(1);
    const told = [];
    const cache = new LRUCache({
      ttl: 100,
      ttlAutopurge: true,
      dispose: (_, key, reason) => void told.push([key, reason]),
    });
    cache.set('a', 1).set('b', 2, { ttl: 300 }).set('c', 3);
    clock.tick(50);
    cache.set('a', 4);
    cache.delete('c');
    clock.tick(60);
    assert.equal(cache.size, 2);
    clock.tick(100);
    assert.deepEqual([...cache.keys()], ['b']);
    clock.tick(200);
    assert.equal(cache.size, 0);
    const reasons = ['set', 'delete', 'expire', 'expire'];
    assert.deepEqual(
      told.map(([, reason]) => reason),
      reasons,
    );
  } finally {
    clock.restore();
  }
});

test('one reading of the clock serves for ttlResolution', () => {
  const clock = sinon.useFakeTimers();
  let readings = 0;
  const perf = { now: () => 1_000 + readings++ };
  const cache = new LRUCache({ max: 2, ttl: 100, ttlResolution: 5, perf });
  cache.set('a', 1);
  for (let at = 0; at < 50; at++) cache.get('a');
  assert.equal(readings, 2);
  clock.tick(6);
  cache.get('a');
  clock.restore();
  assert.equal(readings, 3);
});
