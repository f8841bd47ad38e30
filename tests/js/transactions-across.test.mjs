/** Transactions beside tags, windows, loads, namespaces, and the writes that read. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { deferred, manualClock, turn } from './lib/tools.mjs';

const { CacheConflictError, TTLCache } = await load();
const { bytes } = await load('tidecache/bytes');

for (const storage of ['values', 'bytes']) {
  const make = () => {
    const clock = manualClock();
    const own = storage === 'bytes' ? { storage: bytes() } : {};
    return { cache: new TTLCache({ clock, defaultTtl: 100, ...own }), clock };
  };

  /** What others may do to the key a, which is held with the tag t. */
  const CHANGES = {
    'another set': ({ cache }) => cache.set('a', 'new'),
    'a set of the same value': ({ cache }) => cache.set('a', 'old'),
    update: ({ cache }) => cache.update('a', (old) => `${old}!`),
    compareAndSet: async ({ cache }) => {
      await cache.compareAndSet('a', (await cache.getEntry('a')).version, 'new');
    },
    'a load': ({ cache }) => cache.getOrSet('a', () => 'new', { fresh: true }),
    delete: ({ cache }) => cache.delete('a'),
    'delete and set': async ({ cache }) => {
      await cache.delete('a');
      await cache.set('a', 'old');
    },
    expire: ({ cache }) => cache.expire('a'),
    'its tag': ({ cache }) => cache.invalidateTags('t'),
    clear: ({ cache }) => cache.clear(),
    'the end of its freshness': async ({ clock }) => clock.advance(100),
    'another commit': ({ cache }) => cache.transaction((tx) => tx.set('a', 'new')),
  };

  for (const [name, change] of Object.entries(CHANGES)) {
    test(`${name} of a key that was read is a conflict, and nothing is applied (${storage})`, async () => {
      const { cache, clock } = make();
      await cache.set('a', 'old', { tags: ['t'], staleIfError: 100 });
      const tx = cache.transaction();
      assert.equal(await tx.get('a'), 'old');
      await tx.set('b', 'mine');
      await tx.delete('c');
      await change({ cache, clock });
      const before = new Map(await cache.items());
      await assert.rejects(tx.commit(), CacheConflictError);
      assert.deepEqual(new Map(await cache.items()), before);
      assert.equal(await cache.has('b'), false);
    });
  }

  for (const [name, change] of Object.entries(CHANGES)) {
    test(`${name} of another key is none (${storage})`, async () => {
      const { cache, clock } = make();
      await cache.set('a', 'old', { tags: ['t'], staleIfError: 100 });
      await cache.set('z', 'read', { ttl: 1_000 });
      const tx = cache.transaction();
      assert.equal(await tx.get('z'), 'read');
      await tx.set('b', 'mine');
      // That removes z too.
      if (name === 'clear') return tx.rollback();
      await change({ cache, clock });
      await tx.commit();
      assert.equal(await cache.get('b'), 'mine');
    });
  }

  test(`tags and windows of a transaction's sets hold from the commit on (${storage})`, async () => {
    const { cache, clock } = make();
    const tx = cache.transaction();
    await tx.set('a', 'value', { tags: ['t'], ttl: 10, staleIfError: 100 });
    assert.equal(await cache.invalidateTags('t'), 0);
    await tx.commit();
    clock.advance(50);
    const down = () => Promise.reject(new Error('down'));
    assert.equal(await cache.get('a'), undefined);
    assert.equal(await cache.getOrSet('a', down), 'value');
    assert.equal(await cache.invalidateTags('t'), 1);
    await assert.rejects(cache.getOrSet('a', down), /down/);
  });

  test(`a commit voids the load of a key it wrote (${storage})`, async () => {
    const { cache } = make();
    const { promise, resolve } = deferred();
    const loads = ['set', 'deleted', 'other'].map((key) => cache.getOrSet(key, () => promise));
    await turn();
    await cache.transaction(async (tx) => {
      await tx.set('set', 'committed');
      await tx.delete('deleted');
    });
    resolve('loaded');
    assert.deepEqual(await Promise.all(loads), ['loaded', 'loaded', 'loaded']);
    assert.equal(await cache.get('set'), 'committed');
    assert.equal(await cache.get('deleted'), undefined);
    assert.equal(await cache.get('other'), 'loaded');
  });

  test(`a namespace has transactions of its own (${storage})`, async () => {
    const { cache } = make();
    const space = cache.namespace('n', { tags: ['n'], ttl: 50 });
    await cache.set('a', 'plain');
    await space.set('a', 'own');
    const tx = space.transaction();
    assert.equal(await tx.get('a'), 'own');
    await tx.set('b', 'mine');
    await cache.set('a', 'plain again');
    await cache.namespace('m').clear();
    await tx.commit();
    assert.deepEqual((await space.getEntry('b')).tags, ['n']);
    assert.equal(await cache.has('b'), false);
    const late = space.transaction();
    await late.get('b');
    await late.set('c', 'mine');
    await space.clear();
    await assert.rejects(late.commit(), CacheConflictError);
    assert.equal(space.size, 0);
  });
}

test('an increment of a key that was read is a conflict, and a retry sees it', async () => {
  const cache = new TTLCache();
  await cache.increment('n', 5);
  let runs = 0;
  await cache.transaction(
    async (tx) => {
      const seen = await tx.get('n');
      if (runs++ < 2) await cache.increment('n');
      await tx.set('twice', 2 * seen);
    },
    { retries: 5 },
  );
  assert.deepEqual([runs, await cache.get('n'), await cache.get('twice')], [3, 7, 14]);
});

test('of concurrent updates and increments none is lost', async () => {
  const cache = new TTLCache();
  const counts = Array.from({ length: 100 });
  await Promise.all([
    ...counts.map(() => cache.increment('n')),
    ...counts.map(() => cache.update('n', (old = 0) => old + 1)),
    ...counts.map(() =>
      cache.transaction(async (tx) => void (await tx.set('n', ((await tx.get('n')) ?? 0) + 1)), {
        retries: 1_000,
      }),
    ),
    ...counts.map(async () => {
      for (;;) {
        const entry = await cache.getEntry('n');
        if (entry === undefined) continue;
        if (await cache.compareAndSet('n', entry.version, entry.value + 1)) return;
      }
    }),
  ]);
  assert.equal(await cache.get('n'), 400);
});
