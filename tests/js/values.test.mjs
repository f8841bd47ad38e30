/** Values: null and undefined, references and copies, versions and conditions, batches. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { manualClock, recorder } from './lib/tools.mjs';

const { CacheKeyError, TTLCache } = await load();

test('a miss is undefined, and null is a value like others', async () => {
  const cache = new TTLCache();
  assert.equal(await cache.get('a'), undefined);
  await cache.set('a', null);
  assert.equal(await cache.get('a'), null);
  assert.equal(await cache.get('a', 'default'), null);
  assert.equal(cache.sync.get('a'), null);
  assert.equal(await cache.getOrThrow('a'), null);
  assert.equal(await cache.has('a'), true);
  assert.equal((await cache.getEntry('a')).value, null);
  assert.equal(await cache.take('a'), null);
});

test('values that look like nothing are held like others', async () => {
  const cache = new TTLCache();
  for (const value of [0, -0, NaN, '', false, 0n, [], () => 1, Symbol('s')]) {
    await cache.set('a', value);
    assert.ok(Object.is(await cache.get('a', 'default'), value));
  }
});

test('get gives the default on a miss only', async () => {
  const cache = new TTLCache();
  await cache.set('a', 1);
  assert.equal(await cache.get('a', 2), 1);
  assert.equal(await cache.get('b', 2), 2);
  assert.equal(await cache.get('b', null), null);
  assert.deepEqual(await cache.getMany(['a', 'b'], 0), new Map(Object.entries({ a: 1, b: 0 })));
});

test('getOrThrow says which key is missing', async () => {
  const cache = new TTLCache();
  await assert.rejects(cache.getOrThrow('absent'), (error) => {
    assert.ok(error instanceof CacheKeyError);
    assert.deepEqual([error.code, error.key], ['ERR_CACHE_KEY_NOT_FOUND', 'absent']);
    assert.match(error.message, /"absent"/);
    return true;
  });
});

test('values are kept by reference', async () => {
  const cache = new TTLCache();
  const value = { list: [] };
  await cache.set('a', value);
  value.list.push(1);
  assert.equal(await cache.get('a'), value);
});

/** Ways to see the value of the key a. */
const SIGHTS = {
  get: (cache) => cache.get('a'),
  'sync.get': (cache) => cache.sync.get('a'),
  'sync.peek': (cache) => cache.sync.peek('a'),
  getOrThrow: (cache) => cache.getOrThrow('a'),
  getMany: async (cache) => (await cache.getMany(['a'])).get('a'),
  getEntry: async (cache) => (await cache.getEntry('a')).value,
  'getEntry with touch': async (cache) => (await cache.getEntry('a', { touch: true })).value,
  items: async (cache) => (await cache.items())[0][1],
  'sync.entries': (cache) => [...cache.sync.entries()][0][1],
  "a transaction's get": (cache) => cache.transaction((tx) => tx.get('a')),
  "a transaction's get of its own set": (cache) =>
    cache.transaction(async (tx) => {
      await tx.set('a', await tx.get('a'));
      return tx.get('a');
    }),
};

for (const [name, see] of Object.entries(SIGHTS)) {
  test(`with clone, nobody can change what is held: ${name}`, async () => {
    const cache = new TTLCache({ clone: true });
    const value = { list: [1] };
    await cache.set('a', value);
    value.list.push(2);
    const seen = await see(cache);
    assert.deepEqual(seen, { list: [1] });
    seen.list.push(3);
    assert.deepEqual(await cache.get('a'), { list: [1] });
  });
}

test('with clone, setMany and transactions copy what they are given', async () => {
  const cache = new TTLCache({ clone: true });
  const value = { list: [1] };
  await cache.setMany({ a: value });
  await cache.transaction((tx) => tx.set('b', value));
  value.list.push(2);
  assert.deepEqual([...(await cache.getMany(['a', 'b'])).values()], [{ list: [1] }, { list: [1] }]);
});

test("what a transaction's reader changes is not what the transaction commits", async () => {
  const cache = new TTLCache({ clone: true });
  await cache.transaction(async (tx) => {
    await tx.set('a', { list: [1] });
    (await tx.get('a')).list.push(2);
  });
  assert.deepEqual(await cache.get('a'), { list: [1] });
});

test('clone may be a function, called on the way in and out', async () => {
  const copied = [];
  const clone = (value) => {
    copied.push(value);
    return { ...value };
  };
  const cache = new TTLCache({ clone });
  await cache.set('a', { at: 1 });
  assert.equal(copied.length, 1);
  await cache.get('a');
  assert.equal(copied.length, 2);
  await cache.get('absent');
  await cache.has('a');
  assert.equal(copied.length, 2);
});

test('a value that cannot be cloned is refused, and nothing has changed', async () => {
  const { told, onEvicted } = recorder();
  const cache = new TTLCache({ clone: true, maxSize: 1, onEvicted });
  await cache.set('a', 1);
  await assert.rejects(
    cache.set('a', () => 1),
    { name: 'DataCloneError' },
  );
  await assert.rejects(
    cache.setMany([
      ['b', 1],
      ['c', () => 1],
    ]),
    { name: 'DataCloneError' },
  );
  assert.deepEqual(await cache.items(), [['a', 1]]);
  assert.deepEqual(told, []);
});

test('a version lasts as long as the value and is equal only to itself', async () => {
  const cache = new TTLCache({ maxSize: 2 });
  const versions = [];
  const versionOf = async (key) => (await cache.getEntry(key)).version;
  await cache.set('a', 1);
  await cache.set('b', 1);
  versions.push(await versionOf('a'), await versionOf('b'));
  await cache.get('a');
  await cache.touch('a');
  assert.equal(await versionOf('a'), versions[0]);
  await cache.set('a', 1);
  versions.push(await versionOf('a'));
  await cache.delete('a');
  await cache.set('a', 1);
  versions.push(await versionOf('a'));
  await cache.clear();
  await cache.set('a', 1);
  versions.push(await versionOf('a'));
  assert.equal(new Set(versions).size, versions.length);
});

test('ifVersion sets only the value that was seen', async () => {
  const cache = new TTLCache();
  await cache.set('a', 1);
  const { version } = await cache.getEntry('a');
  assert.equal(await cache.set('a', 2, { ifVersion: version }), true);
  assert.equal(await cache.set('a', 3, { ifVersion: version }), false);
  assert.equal(cache.sync.set('a', 3, { ifVersion: version }), false);
  assert.equal(await cache.get('a'), 2);
});

test('ifVersion loses once the key has gone, even if the same value came back', async () => {
  const cache = new TTLCache();
  await cache.set('a', 1);
  const { version } = await cache.getEntry('a');
  await cache.delete('a');
  assert.equal(await cache.set('a', 2, { ifVersion: version }), false);
  await cache.set('a', 1);
  assert.equal(await cache.set('a', 2, { ifVersion: version }), false);
});

test('a version of one key is of no use for another', async () => {
  const cache = new TTLCache();
  await cache.setMany({ a: 1, b: 1 });
  const { version } = await cache.getEntry('a');
  assert.equal(await cache.set('b', 2, { ifVersion: version }), false);
  await cache.getEntry('b');
  assert.equal(await cache.set('b', 2, { ifVersion: version }), false);
});

test('ifAbsent sets only a key that is not held', async () => {
  const clock = manualClock();
  const cache = new TTLCache({ clock });
  assert.equal(await cache.set('a', 1, { ifAbsent: true, ttl: 10 }), true);
  assert.equal(await cache.set('a', 2, { ifAbsent: true }), false);
  assert.equal(cache.sync.set('a', 2, { ifAbsent: true }), false);
  assert.equal(await cache.get('a'), 1);
  clock.advance(10);
  assert.equal(await cache.set('a', 3, { ifAbsent: true }), true);
  assert.equal(await cache.get('a'), 3);
});

test('ifAbsent and ifVersion together never set', async () => {
  const cache = new TTLCache();
  await cache.set('a', 1);
  const { version } = await cache.getEntry('a');
  const conditions = { ifAbsent: true, ifVersion: version };
  assert.equal(await cache.set('a', 2, conditions), false);
  await cache.delete('a');
  assert.equal(await cache.set('a', 2, conditions), false);
});

test('a set whose condition loses is no use, starts no life and evicts nobody', async () => {
  const clock = manualClock();
  const { told, onEvicted } = recorder();
  const cache = new TTLCache({ clock, maxSize: 2, onEvicted, sliding: true, defaultTtl: 100 });
  await cache.setMany({ a: 1, b: 2 });
  clock.advance(10);
  await cache.set('a', 3, { ifAbsent: true });
  assert.equal((await cache.getEntry('a')).expiresAt, 1_100);
  await cache.set('c', 3, { ifVersion: {} });
  assert.deepEqual(told, []);
  await cache.set('c', 3);
  assert.deepEqual(told, [['a', 1, 'evicted']]);
});

test('setMany with ifAbsent sets the absent ones', async () => {
  const cache = new TTLCache();
  await cache.set('a', 1);
  await cache.setMany({ a: 2, b: 2 }, { ifAbsent: true });
  assert.deepEqual(new Map(await cache.items()), new Map(Object.entries({ a: 1, b: 2 })));
});

test('batches take objects, maps, arrays and generators', async () => {
  const cache = new TTLCache();
  await cache.setMany({ a: 1 });
  await cache.setMany(new Map([['b', 2]]));
  await cache.setMany([['c', 3]], '5m');
  await cache.setMany(
    (function* pairs() {
      yield ['d', 4];
    })(),
    { ttl: '5m' },
  );
  const keys = new Set(['d', 'c', 'b', 'a', 'x']);
  const found = await cache.getMany(keys);
  assert.deepEqual([...found], [...Object.entries({ d: 4, c: 3, b: 2, a: 1, x: undefined })]);
  assert.equal(await cache.deleteMany(keys.values()), 4);
  assert.deepEqual(await cache.getMany([]), new Map());
  assert.equal(await cache.deleteMany([]), 0);
});

test('iteration shows the live entries and may change the cache on its way', async () => {
  const cache = new TTLCache();
  await cache.setMany({ a: 1, b: 2, c: 3 });
  const seen = [];
  for await (const [key, value] of cache) {
    seen.push([key, value]);
    await cache.delete('b');
  }
  assert.deepEqual(seen, [
    ['a', 1],
    ['c', 3],
  ]);
  const keys = [];
  for await (const key of cache.keys()) {
    keys.push(key);
    await cache.clear();
  }
  assert.deepEqual(keys, ['a']);
});
