/** Transactions: what they see, what they apply, and what counts as a conflict. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { manualClock, REASONS, recorder } from './lib/tools.mjs';

const { CacheConflictError, TTLCache } = await load();

async function cacheWith(entries, options) {
  const cache = new TTLCache(options);
  await cache.setMany(entries);
  return cache;
}

const entriesOf = async (cache) => Object.fromEntries(await cache.items());

test('the function form commits when the function returns, and gives what it gave', async () => {
  const cache = await cacheWith({ from: 10, to: 0 });
  const moved = await cache.transaction(async (tx) => {
    const amount = await tx.get('from');
    await tx.set('from', 0);
    await tx.set('to', amount);
    return amount;
  });
  assert.equal(moved, 10);
  assert.deepEqual(await entriesOf(cache), { from: 0, to: 10 });
  assert.equal(await cache.transaction(() => 'at once'), 'at once');
});

test('the function form rolls back when the function throws, and throws the same', async () => {
  const failure = new Error('mine');
  for (const fail of [() => Promise.reject(failure), failAtOnce]) {
    const cache = await cacheWith({ a: 1 });
    const run = cache.transaction(async (tx) => {
      await tx.set('a', 2);
      await tx.delete('a');
      return fail();
    });
    await assert.rejects(run, failure);
    await assert.rejects(cache.transaction(failAtOnce), failure);
    assert.deepEqual(await entriesOf(cache), { a: 1 });
  }
  function failAtOnce() {
    throw failure;
  }
});

test('the object form rolls back when it is disposed of, unless commit was called', async () => {
  const cache = await cacheWith({ a: 1 });
  const left = cache.transaction();
  await left.set('a', 2);
  await left[Symbol.asyncDispose]();
  assert.equal(await cache.get('a'), 1);
  const kept = cache.transaction();
  await kept.set('a', 3);
  await kept.commit();
  await kept[Symbol.asyncDispose]();
  assert.equal(await cache.get('a'), 3);
});

test('a transaction that has ended does nothing more', async () => {
  const cache = new TTLCache();
  for (const [end, how] of [
    ['commit', /committed/],
    ['rollback', /rolled back/],
  ]) {
    const tx = cache.transaction();
    await tx[end]();
    const expected = { code: 'ERR_CACHE_CLOSED', message: how };
    await assert.rejects(tx.get('a'), expected);
    await assert.rejects(tx.set('a', 1), expected);
    await assert.rejects(tx.has('a'), expected);
    await assert.rejects(tx.delete('a'), expected);
    await assert.rejects(tx.commit(), expected);
    await tx.rollback();
    await tx[Symbol.asyncDispose]();
  }
  assert.equal(cache.size, 0);
});

test('a function may end its transaction by itself', async () => {
  const cache = new TTLCache();
  await cache.transaction(async (tx) => {
    await tx.set('a', 1);
    await tx.rollback();
  });
  await cache.transaction(async (tx) => {
    await tx.set('b', 1);
    await tx.commit();
  });
  assert.deepEqual(await entriesOf(cache), { b: 1 });
});

test('reads see the own writes, others see none before the commit', async () => {
  const cache = await cacheWith({ a: 1, b: 2 });
  await cache.transaction(async (tx) => {
    assert.equal(await tx.set('a', 10), true);
    assert.equal(await tx.set('c', 30), true);
    assert.equal(await tx.delete('b'), true);
    assert.equal(await tx.delete('b'), false);
    assert.equal(await tx.delete('absent'), false);
    assert.deepEqual([await tx.get('a'), await tx.get('c')], [10, 30]);
    assert.deepEqual([await tx.get('b'), await tx.get('b', 'none')], [undefined, 'none']);
    assert.deepEqual(
      [await tx.has('a'), await tx.has('b'), await tx.has('c')],
      [true, false, true],
    );
    assert.deepEqual(await entriesOf(cache), { a: 1, b: 2 });
    await tx.set('b', 20);
    assert.equal(await tx.get('b'), 20);
    await tx.delete('c');
    assert.equal(await tx.has('c'), false);
  });
  assert.deepEqual(await entriesOf(cache), { a: 10, b: 20 });
});

test('sets have a TTL and conditions of their own', async () => {
  const clock = manualClock();
  const cache = await cacheWith({ a: 1 }, { clock });
  await cache.transaction(async (tx) => {
    assert.equal(await tx.set('a', 2, { ifAbsent: true }), false);
    assert.equal(await tx.set('b', 2, { ifAbsent: true, ttl: 10 }), true);
    assert.equal(await tx.set('b', 3, { ifAbsent: true }), false);
    await tx.set('c', 3, '5s');
    await assert.rejects(tx.set('d', 1, { ifVersion: {} }), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
  });
  assert.deepEqual(await entriesOf(cache), { a: 1, b: 2, c: 3 });
  assert.equal((await cache.getEntry('b')).expiresAt, clock.now() + 10);
  assert.equal((await cache.getEntry('c')).expiresAt, clock.now() + 5_000);
});

test('a life begins at the commit', async () => {
  const clock = manualClock();
  const cache = new TTLCache({ clock, defaultTtl: 100 });
  await cache.transaction(async (tx) => {
    await tx.set('a', 1);
    clock.advance(60);
  });
  const { createdAt, expiresAt } = await cache.getEntry('a');
  assert.deepEqual([createdAt, expiresAt], [1_060, 1_160]);
});

/** What may happen to the key a, which the transaction has read, before it commits. */
const CHANGES = {
  'is set': (cache) => cache.set('a', 2),
  'is set to the same value': (cache) => cache.set('a', 1),
  'is set and set back': async (cache) => {
    await cache.set('a', 2);
    await cache.set('a', 1);
  },
  'is deleted': (cache) => cache.delete('a'),
  'is taken': (cache) => cache.take('a'),
  'is deleted and set again': async (cache) => {
    await cache.delete('a');
    await cache.set('a', 1);
  },
  'is set by setMany': (cache) => cache.setMany({ a: 1 }),
  'is set by sync': (cache) => cache.sync.set('a', 1),
  'is set by another transaction': (cache) => cache.transaction((tx) => tx.set('a', 1)),
  'is cleared': (cache) => cache.clear(),
  expires: (cache, clock) => clock.advance(100),
  'expires and is set again': async (cache, clock) => {
    clock.advance(100);
    await cache.set('a', 1);
  },
  'is evicted': (cache) => cache.setMany({ x: 1, y: 1, z: 1 }),
  'is evicted and set again': (cache) => cache.setMany({ x: 1, y: 1, z: 1, a: 1 }),
  'is refused a new value': (cache) => cache.set('a', 1_000),
};

const READS = {
  get: (tx) => tx.get('a'),
  has: (tx) => tx.has('a'),
  delete: (tx) => tx.delete('a'),
  'set with ifAbsent': (tx) => tx.set('a', 9, { ifAbsent: true }),
};

for (const [name, change] of Object.entries(CHANGES)) {
  test(`a conflict: a key that was read ${name}`, async () => {
    for (const read of Object.values(READS)) {
      const clock = manualClock();
      const options = {
        clock,
        defaultTtl: 100,
        maxSize: 3,
        maxWeight: 100,
        weigh: (value) => value,
      };
      const cache = await cacheWith({ a: 1 }, options);
      const tx = cache.transaction();
      await read(tx);
      await tx.set('b', 2);
      await change(cache, clock);
      const before = await entriesOf(cache);
      await assert.rejects(tx.commit(), (error) => {
        assert.ok(error instanceof CacheConflictError);
        assert.deepEqual([error.code, error.key], ['ERR_CACHE_CONFLICT', 'a']);
        return true;
      });
      assert.deepEqual(await entriesOf(cache), before, 'nothing was applied');
      await assert.rejects(tx.commit(), { code: 'ERR_CACHE_CLOSED' });
    }
  });
}

for (const [name, change] of Object.entries({
  'is set': (cache) => cache.set('a', 1),
  'is set and deleted': async (cache) => {
    await cache.set('a', 1);
    await cache.delete('a');
  },
  'is set and expires': async (cache, clock) => {
    await cache.set('a', 1, 1);
    clock.advance(1);
  },
  'is set and evicted': (cache) => cache.setMany({ a: 1, x: 1, y: 1, z: 1 }),
  'is set and cleared': async (cache) => {
    await cache.set('a', 1);
    await cache.clear();
  },
})) {
  test(`a conflict: a key that was read as absent ${name}`, async () => {
    const clock = manualClock();
    const cache = new TTLCache({ clock, maxSize: 3 });
    const tx = cache.transaction();
    assert.equal(await tx.get('a'), undefined);
    await tx.set('b', 2);
    await change(cache, clock);
    await assert.rejects(tx.commit(), { code: 'ERR_CACHE_CONFLICT' });
    assert.equal(await cache.has('b'), false);
  });
}

/** What may happen without a conflict. */
const NO_CHANGES = {
  'another key is set': (cache) => cache.set('x', 1),
  'another key is deleted': (cache) => cache.delete('b'),
  'the key is read': (cache) => cache.get('a'),
  'the key is touched': (cache) => cache.touch('a'),
  'a set of the key loses its condition': (cache) => cache.set('a', 5, { ifAbsent: true }),
  'a transaction that wrote the key rolls back': (cache) =>
    cache
      .transaction(async (tx) => {
        await tx.set('a', 7);
        throw new Error('no');
      })
      .catch(() => undefined),
  'a key that was only written is set': (cache) => cache.set('written', 1),
  'an absent key that was read is deleted': (cache) => cache.delete('absent'),
};

for (const [name, change] of Object.entries(NO_CHANGES)) {
  test(`no conflict: ${name}`, async () => {
    const cache = await cacheWith({ a: 1, b: 1 });
    const tx = cache.transaction();
    assert.equal(await tx.get('a'), 1);
    assert.equal(await tx.get('absent'), undefined);
    await tx.set('written', 2);
    await change(cache);
    await tx.commit();
    assert.equal(await cache.get('written'), 2);
  });
}

test('a read of what the transaction itself wrote is no read of the cache', async () => {
  const cache = await cacheWith({ a: 1 });
  const tx = cache.transaction();
  await tx.set('a', 2);
  assert.equal(await tx.get('a'), 2);
  await cache.set('a', 3);
  await tx.commit();
  assert.equal(await cache.get('a'), 2);
});

test('the first read of a key is what counts', async () => {
  const cache = await cacheWith({ a: 1 });
  const tx = cache.transaction();
  await tx.get('a');
  await cache.set('a', 2);
  assert.equal(await tx.get('a'), 2);
  await assert.rejects(tx.commit(), { code: 'ERR_CACHE_CONFLICT' });
});

test('of two transactions that read and write one key, one conflicts', async () => {
  const cache = await cacheWith({ counter: 0 });
  const add = async (tx) => tx.set('counter', (await tx.get('counter')) + 1);
  const outcomes = await Promise.allSettled([cache.transaction(add), cache.transaction(add)]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal(await cache.get('counter'), 1);
  const many = Array.from({ length: 20 }, () => cache.transaction(add, { retries: 100 }));
  await Promise.all(many);
  assert.equal(await cache.get('counter'), 21);
});

test('whoever is told of the removals sees all writes applied', async () => {
  const seen = [];
  const cache = new TTLCache({
    maxSize: 2,
    notifyOn: REASONS,
    onEvicted: (key, value, reason) =>
      seen.push([key, reason, Object.fromEntries(cache.sync.entries())]),
  });
  await cache.setMany({ a: 1, b: 2 });
  await cache.transaction(async (tx) => {
    await tx.delete('a');
    await tx.set('b', 20);
    await tx.set('c', 30);
  });
  const after = { b: 20, c: 30 };
  assert.deepEqual(seen, [
    ['a', 'deleted', after],
    ['b', 'replaced', after],
  ]);
});

test('a dead entry that a conflicting commit finds is told of at once', async () => {
  const clock = manualClock();
  const { told, onEvicted } = recorder();
  const cache = await cacheWith({ a: 1 }, { clock, defaultTtl: 10, onEvicted });
  const tx = cache.transaction();
  await tx.get('a');
  clock.advance(10);
  await assert.rejects(tx.commit(), { code: 'ERR_CACHE_CONFLICT' });
  assert.deepEqual(told, [['a', 1, 'expired']]);
});

test('all that a transaction sets is there when it has committed, whoever has to leave', async () => {
  const cache = await cacheWith({ a: 1, b: 1, c: 1 }, { maxSize: 3 });
  await cache.getMany(['b', 'c']);
  await cache.transaction(async (tx) => {
    await tx.set('a', 2);
    await tx.set('x', 2);
    await tx.set('y', 2);
  });
  assert.deepEqual(await entriesOf(cache), { a: 2, x: 2, y: 2 });
});
