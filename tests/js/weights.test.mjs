/** Weights: what fits, who makes room, what is refused. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { manualClock, REASONS, recorder } from './lib/tools.mjs';

const { TTLCache } = await load();

function makeCache(options = {}) {
  const { told, onEvicted } = recorder();
  const weigh = (value) => value;
  const cache = new TTLCache({ maxWeight: 10, weigh, onEvicted, notifyOn: REASONS, ...options });
  return { cache, told };
}

test('entries are held up to maxWeight, itself included', async () => {
  const { cache, told } = makeCache();
  await cache.setMany({ a: 4, b: 6 });
  assert.equal(cache.getStats().weight, 10);
  await cache.set('c', 1);
  assert.deepEqual(told, [['a', 4, 'evicted']]);
  assert.equal(cache.getStats().weight, 7);
});

test('as many leave as must, and no more', async () => {
  const { cache, told } = makeCache();
  await cache.setMany({ a: 1, b: 2, c: 3, d: 4 });
  await cache.set('e', 5);
  assert.deepEqual(
    told.map(([key]) => key),
    ['a', 'b', 'c'],
  );
});

test('an entry as heavy as the cache may be is alone in it', async () => {
  const { cache } = makeCache();
  await cache.setMany({ a: 1, b: 2 });
  assert.equal(await cache.set('c', 10), true);
  assert.deepEqual(await cache.items(), [['c', 10]]);
});

test('an entry heavier than that is refused and nobody leaves for it', async () => {
  const { cache, told } = makeCache();
  await cache.setMany({ a: 1, b: 2 });
  assert.equal(await cache.set('c', 10.5), false);
  assert.equal(cache.sync.set('c', 11), false);
  assert.deepEqual(told, [
    ['c', 10.5, 'refused'],
    ['c', 11, 'refused'],
  ]);
  assert.equal(cache.size, 2);
  assert.equal(await cache.has('c'), false);
});

test('a refused value takes the older one of its key with it', async () => {
  const { cache, told } = makeCache();
  await cache.setMany({ a: 1, b: 2 });
  assert.equal(await cache.set('a', 11), false);
  assert.deepEqual(told, [
    ['a', 1, 'replaced'],
    ['a', 11, 'refused'],
  ]);
  assert.deepEqual(await cache.items(), [['b', 2]]);
  assert.equal(cache.getStats().weight, 2);
  assert.equal(cache.getStats().evictions, 0);
});

test('what is refused in a batch is left out', async () => {
  const { cache } = makeCache();
  await cache.setMany({ a: 1, b: 11, c: 2 });
  assert.deepEqual(new Map(await cache.items()), new Map(Object.entries({ a: 1, c: 2 })));
});

test('a heavier value of a held key makes others leave, never itself', async () => {
  for (const evictionPolicy of ['lru', 'lfu', 'fifo']) {
    const { cache, told } = makeCache({ evictionPolicy });
    await cache.setMany({ a: 2, b: 4, c: 4 });
    assert.equal(await cache.set('a', 7), true);
    assert.equal(await cache.get('a'), 7);
    assert.deepEqual(
      told.filter(([, , reason]) => reason === 'evicted'),
      [
        ['b', 4, 'evicted'],
        ['c', 4, 'evicted'],
      ],
    );
    assert.equal(cache.getStats().weight, 7);
  }
});

test('a lighter value gives room back', async () => {
  const { cache, told } = makeCache();
  await cache.setMany({ a: 8, b: 2 });
  await cache.set('a', 1);
  await cache.set('c', 7);
  assert.equal(cache.getStats().weight, 10);
  assert.deepEqual(told, [['a', 8, 'replaced']]);
});

test('entries that weigh nothing are held without number', async () => {
  const { cache } = makeCache();
  await cache.set('heavy', 10);
  for (let at = 0; at < 1_000; at++) {
    await cache.set(`k${at}`, 0);
  }
  assert.equal(cache.size, 1_001);
});

test('fractions add up exactly enough', async () => {
  const { cache, told } = makeCache({ maxWeight: 1 });
  for (let at = 0; at < 10; at++) {
    await cache.set(`k${at}`, 0.1);
  }
  assert.deepEqual(told, []);
  assert.ok(Math.abs(cache.getStats().weight - 1) < 1e-9);
  await cache.set('more', 0.1);
  assert.equal(told.length, 1);
});

test('weights of any size are kept', async () => {
  for (const unit of [1e-300, 1e-9, 1, 2 ** 40, 1e300]) {
    const { cache, told } = makeCache({ maxWeight: 3 * unit });
    await cache.setMany({ a: unit, b: unit, c: unit });
    assert.equal(cache.size, 3, `of ${unit}`);
    await cache.set('d', unit);
    assert.deepEqual(told, [['a', unit, 'evicted']]);
    assert.ok(Math.abs(cache.getStats().weight / unit - 3) < 1e-6);
  }
});

test('both limits hold at once', async () => {
  const { cache } = makeCache({ maxSize: 3 });
  await cache.setMany({ a: 1, b: 1, c: 1, d: 1 });
  assert.equal(cache.size, 3);
  await cache.set('e', 9);
  assert.deepEqual(new Map(await cache.items()), new Map(Object.entries({ d: 1, e: 9 })));
});

test('weigh without maxWeight only counts', async () => {
  const { cache, told } = makeCache({ maxWeight: undefined });
  for (let at = 1; at <= 100; at++) {
    await cache.set(`k${at}`, at);
  }
  assert.equal(cache.getStats().weight, 5_050);
  assert.deepEqual(told, []);
});

test('weigh sees the value and the key, once for each set, as a method of its options', async () => {
  const weighed = [];
  const options = {
    maxWeight: 10,
    weigh(value, key) {
      weighed.push([value, key, this === options]);
      return 1;
    },
  };
  const cache = new TTLCache(options);
  await cache.set('a', 'x');
  await cache.setMany({ b: 'y' });
  await cache.get('a');
  await cache.touch('a');
  assert.deepEqual(weighed, [
    ['x', 'a', true],
    ['y', 'b', true],
  ]);
});

test('an expired entry weighs until it is freed, and is freed before a living one leaves', async () => {
  const clock = manualClock();
  const { cache, told } = makeCache({ clock, cleanupInterval: false });
  await cache.set('living', 5);
  await cache.set('dying', 5, 10);
  clock.advance(10);
  await cache.set('new', 5);
  assert.deepEqual(told, [['dying', 5, 'expired']]);
  assert.equal(cache.getStats().weight, 10);
});

for (const [name, weigh] of Object.entries({
  throws: () => {
    throw new RangeError('mine');
  },
  'gives NaN': () => NaN,
  'gives -1': () => -1,
  'gives Infinity': () => Infinity,
  'gives a string': () => '1',
  'gives nothing': () => undefined,
})) {
  test(`when weigh ${name}, nothing has changed`, async () => {
    let isRight = true;
    const { cache, told } = makeCache({ weigh: (value) => (isRight ? value : weigh()) });
    await cache.setMany({ a: 5, b: 5 });
    isRight = false;
    await assert.rejects(cache.set('a', 1), name === 'throws' ? { message: 'mine' } : wrongWeight);
    await assert.rejects(cache.setMany({ c: 1, d: 1 }));
    await assert.rejects(cache.transaction((tx) => tx.set('c', 1)));
    assert.throws(() => cache.sync.set('c', 1));
    assert.deepEqual(told, []);
    assert.deepEqual(new Map(await cache.items()), new Map(Object.entries({ a: 5, b: 5 })));
  });
}

function wrongWeight(error) {
  const isRight = error instanceof TypeError || error instanceof RangeError;
  return isRight && error.code === 'ERR_CACHE_INVALID_ARGUMENT' && /weigh/.test(error.message);
}
