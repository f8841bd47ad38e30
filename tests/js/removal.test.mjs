/** Why entries leave, and who is told of it. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { manualClock, REASONS, recorder } from './lib/tools.mjs';

const { TTLCache } = await load();

function makeCache(options = {}) {
  const clock = manualClock();
  const { told, onEvicted } = recorder();
  const weigh = (value) => (typeof value === 'number' ? value : 0);
  const cache = new TTLCache({ clock, onEvicted, weigh, cleanupInterval: false, ...options });
  return { cache, clock, told };
}

/** One removal for each reason. */
async function loseForEachReason(cache, clock) {
  await cache.setMany({ a: 1, b: 1 });
  await cache.set('c', 1);
  await cache.set('c', 2);
  await cache.delete('c');
  await cache.set('d', 1, 10);
  clock.advance(10);
  await cache.get('d');
  await cache.set('e', 1_000);
  await cache.clear();
}

test('onEvicted is told of evicted and expired entries unless notifyOn says otherwise', async () => {
  const { cache, clock, told } = makeCache({ maxSize: 2, maxWeight: 100 });
  await loseForEachReason(cache, clock);
  assert.deepEqual(told, [
    ['a', 1, 'evicted'],
    ['d', 1, 'expired'],
  ]);
});

test('with every reason in notifyOn, onEvicted is told of all, in order', async () => {
  const { cache, clock, told } = makeCache({ maxSize: 2, maxWeight: 100, notifyOn: REASONS });
  await loseForEachReason(cache, clock);
  assert.deepEqual(told, [
    ['a', 1, 'evicted'],
    ['c', 1, 'replaced'],
    ['c', 2, 'deleted'],
    ['d', 1, 'expired'],
    ['e', 1_000, 'refused'],
    ['b', 1, 'cleared'],
  ]);
});

for (const reason of REASONS) {
  test(`with notifyOn: ['${reason}'], onEvicted is told of that alone`, async () => {
    const { cache, clock, told } = makeCache({ maxSize: 2, maxWeight: 100, notifyOn: [reason] });
    await loseForEachReason(cache, clock);
    assert.deepEqual(
      told.map(([, , why]) => why),
      [reason],
    );
  });
}

test('with an empty notifyOn, onEvicted is told of nothing', async () => {
  const { cache, clock, told } = makeCache({ maxSize: 2, maxWeight: 100, notifyOn: [] });
  await loseForEachReason(cache, clock);
  assert.deepEqual(told, []);
});

test('take and deleteMany are told as deleted', async () => {
  const { cache, told } = makeCache({ notifyOn: REASONS });
  await cache.setMany({ a: 1, b: 2, c: 3 });
  await cache.take('a');
  assert.equal(await cache.deleteMany(['b', 'absent', 'c', 'b']), 2);
  assert.deepEqual(told, [
    ['a', 1, 'deleted'],
    ['b', 2, 'deleted'],
    ['c', 3, 'deleted'],
  ]);
});

test('onEvicted runs after the operation: the new value is there', async () => {
  const seen = [];
  const cache = new TTLCache({
    maxSize: 1,
    notifyOn: REASONS,
    onEvicted: (key, value, reason) => seen.push([key, reason, cache.sync.peek('b'), cache.size]),
  });
  await cache.set('a', 1);
  await cache.set('b', 2);
  await cache.set('b', 3);
  await cache.delete('b');
  assert.deepEqual(seen, [
    ['a', 'evicted', 2, 1],
    ['b', 'replaced', 3, 1],
    ['b', 'deleted', undefined, 0],
  ]);
});

test('onEvicted runs before the operation resolves and before sync returns', async () => {
  const { cache, told } = makeCache({ maxSize: 1 });
  cache.sync.set('a', 1);
  cache.sync.set('b', 1);
  assert.equal(told.length, 1);
  const set = cache.set('c', 1);
  assert.equal(told.length, 2);
  assert.equal(await set, true);
});

test('setMany tells all it evicts when all is stored', async () => {
  const sizes = [];
  const cache = new TTLCache({
    maxSize: 2,
    onEvicted: (key) => sizes.push([key, cache.sync.has('d')]),
  });
  await cache.setMany({ a: 1, b: 2, c: 3, d: 4 });
  assert.deepEqual(sizes, [
    ['a', true],
    ['b', true],
  ]);
});

test('clear removes every entry in one step and counters go on', async () => {
  const { cache, told } = makeCache({ notifyOn: ['cleared'] });
  await cache.setMany({ a: 1, b: 2 });
  await cache.get('a');
  await cache.clear();
  assert.deepEqual(
    new Map(told.map(([key, value]) => [key, value])),
    new Map(Object.entries({ a: 1, b: 2 })),
  );
  assert.equal(cache.size, 0);
  assert.deepEqual(await cache.items(), []);
  assert.equal(cache.getStats().hits, 1);
  assert.equal(cache.getStats().weight, 0);
  await cache.set('a', 3);
  assert.equal(await cache.get('a'), 3);
});

test('dead entries that nobody has freed are cleared like others', async () => {
  for (const end of ['clear', 'close']) {
    const { cache, clock, told } = makeCache({ notifyOn: REASONS });
    await cache.set('dead', 1, 10);
    await cache.set('living', 2);
    clock.advance(10);
    await cache[end]();
    assert.deepEqual(told, [
      ['dead', 1, 'cleared'],
      ['living', 2, 'cleared'],
    ]);
  }
});

test('whoever is told that the cache was cleared finds it empty', async () => {
  const sizes = [];
  const cache = new TTLCache({ notifyOn: ['cleared'], onEvicted: () => sizes.push(cache.size) });
  await cache.setMany({ a: 1, b: 2 });
  await cache.clear();
  assert.deepEqual(sizes, [0, 0]);
});

test('the values of entries that have left are let go', async () => {
  const cache = new TTLCache({ maxSize: 2 });
  for (let at = 0; at < 10; at++) {
    cache.sync.set(`k${at}`, { at });
  }
  await cache.delete('k9');
  await cache.take('k8');
  assert.equal(
    cache.sync.pairs.filter((part) => part !== undefined).length,
    0,
    'neither key nor value is held',
  );
});

test('one that is told twice for one key is told the values in order', async () => {
  const { cache, told } = makeCache({ notifyOn: ['replaced'] });
  for (let at = 0; at < 4; at++) {
    cache.sync.set('a', at);
  }
  assert.deepEqual(
    told.map(([, value]) => value),
    [0, 1, 2],
  );
});

test('onEvicted is called as a method of its options', async () => {
  const options = {
    maxSize: 1,
    onEvicted(key) {
      this.seen.push(key);
    },
  };
  // A field of the caller's own, which is found there and is no option.
  Object.defineProperty(options, 'seen', { value: [] });
  await new TTLCache(options).setMany({ a: 1, b: 2 });
  assert.deepEqual(options.seen, ['a']);
});
