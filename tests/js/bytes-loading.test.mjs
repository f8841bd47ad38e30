/** Loads, windows, tags and namespaces in bytes mode. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { Random } from './lib/random.mjs';
import { manualClock, turn } from './lib/tools.mjs';

const { TTLCache } = await load();
const { bytes } = await load('tidecache/bytes');

const EVICTION_POLICIES = ['lru', 'lfu', 'fifo', 'sieve', 's3-fifo', 'w-tinylfu', 'adaptive'];
const serialization = { code: 'ERR_CACHE_SERIALIZATION' };
const make = (options) => {
  const clock = manualClock();
  const cache = new TTLCache({ storage: bytes(), clock, defaultTtl: 100, ...options });
  return { cache, clock };
};

test('a load gives copies, to those who join as well', async () => {
  const { cache } = make();
  const calls = [1, 2].map(() => cache.getOrSet('a', async () => Uint8Array.of(1, 2)));
  const [first] = await Promise.all(calls);
  first[0] = 9;
  const held = await cache.getOrSet('a', () => assert.fail('not called'));
  assert.deepEqual(held, Uint8Array.of(1, 2));
  held[0] = 9;
  assert.deepEqual(await cache.get('a'), Uint8Array.of(1, 2));
});

test('a load of what bytes cannot hold rejects, and nothing is stored', async () => {
  const { cache } = make();
  await assert.rejects(
    cache.getOrSet('a', () => 5),
    serialization,
  );
  assert.equal(cache.size, 0);
  assert.equal(await cache.getOrSet('a', () => 'text'), 'text');
});

test('stale entries are served in their windows, and absent otherwise', async () => {
  const { cache, clock } = make({ staleWhileRevalidate: 100, staleIfError: 300 });
  await cache.set('a', 'old');
  clock.advance(150);
  assert.deepEqual([await cache.get('a'), cache.size], [undefined, 0]);
  const shown = await cache.getEntry('a', { allowStale: true });
  assert.deepEqual([shown.value, shown.state], ['old', 'stale']);
  assert.deepEqual(await cache.getOrSetEntry('a', () => 'new'), { value: 'old', status: 'stale' });
  await turn();
  assert.equal(await cache.get('a'), 'new');
  clock.advance(250);
  const down = () => Promise.reject(new Error('down'));
  assert.equal(await cache.getOrSet('a', down), 'new');
  clock.advance(150);
  await assert.rejects(cache.getOrSet('a', down), /down/);
});

test('a kept error is a miss, takes room, and gives way to a value', async () => {
  const { cache, clock } = make({ maxWeight: 100 });
  const down = () => Promise.reject(new Error('down'));
  await assert.rejects(cache.getOrSet('a', down, { cacheErrors: 50 }), /down/);
  assert.deepEqual([await cache.get('a'), await cache.has('a'), cache.size], [undefined, false, 0]);
  assert.deepEqual(await cache.items(), []);
  assert.equal(cache.getStats().weight, 9);
  await assert.rejects(
    cache.getOrSet('a', () => 'up'),
    /down/,
  );
  for (let at = 0; at < 20; at++) await cache.set(`k${at}`, 'x'.repeat(10));
  assert.equal(await cache.getOrSet('a', () => 'up'), 'up');
  await assert.rejects(cache.getOrSet('b', down, { cacheErrors: 50 }), /down/);
  await cache.set('b', 'set');
  assert.equal(await cache.get('b'), 'set');
  clock.advance(200);
  assert.equal(await cache.get('b'), undefined);
});

test('tags, namespaces, expire, update and compareAndSet work', async () => {
  const { cache, clock } = make({ staleIfError: 50 });
  const space = cache.namespace('n', { tags: ['all'] });
  await space.set('a', 'one');
  await cache.set('a', 'plain', { tags: ['other'] });
  assert.deepEqual([await space.get('a'), await cache.get('a')], ['one', 'plain']);
  assert.deepEqual([space.size, cache.size], [1, 2]);
  const { weight, items } = space.getStats();
  assert.ok(weight > 8 + 'a'.length + 'one'.length);
  assert.equal(items, 1);
  assert.equal(await cache.update('a', (old) => `${old}!`), 'plain!');
  const { version } = await cache.getEntry('a');
  assert.equal(await cache.compareAndSet('a', version, 'swapped', { tags: ['other'] }), true);
  assert.equal(await cache.compareAndSet('a', version, 'lost'), false);
  assert.equal(await cache.expire('a'), true);
  assert.equal(await cache.get('a'), undefined);
  const down = () => Promise.reject(new Error('down'));
  assert.equal(await cache.getOrSet('a', down), 'swapped');
  assert.equal(await cache.invalidateTags('other', 'all'), 2);
  await assert.rejects(cache.getOrSet('a', down), /down/);
  assert.equal(space.size, 0);
  await space.set('b', 'two');
  await space.clear();
  assert.deepEqual(await space.items(), []);
  clock.advance(1_000);
});

test('increment is refused, as numbers are', async () => {
  const { cache } = make();
  await assert.rejects(cache.increment('a'), serialization);
  await cache.set('a', '5');
  await assert.rejects(cache.increment('a'), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
  assert.deepEqual(await cache.items(), [['a', '5']]);
});

for (const evictionPolicy of EVICTION_POLICIES) {
  test(`slots that change hands keep no tags or windows of others (${evictionPolicy})`, async () => {
    const chance = new Random(7);
    const clock = manualClock();
    const options = { clock, evictionPolicy, maxSize: 20, defaultTtl: 50 };
    const caches = [new TTLCache(options), new TTLCache({ ...options, storage: bytes() })];
    const down = () => Promise.reject(new Error('down'));
    for (let step = 0; step < 2_000; step++) {
      const key = `k${chance.below(60)}`;
      const tags = [[], [`t${chance.below(5)}`], ['t1', 't2']][chance.below(3)];
      const windows = chance.happens(0.5) ? { staleIfError: 30, staleWhileRevalidate: 10 } : {};
      const kind = chance.below(8);
      for (const cache of caches) {
        if (kind < 4) await cache.set(key, `${step}`, { tags, ...windows });
        else if (kind === 4) await cache.invalidateTags(...tags);
        else if (kind === 5) await cache.getOrSet(key, down, { cacheErrors: 20 }).catch(() => {});
        else if (kind === 6) await cache.delete(key);
        else clock.advance(chance.below(5));
        for (const [held, value] of await cache.items()) {
          const entry = await cache.getEntry(held);
          assert.equal(entry.value, value);
          for (const tag of entry.tags) assert.match(tag, /^t\d$/);
        }
      }
      const tagged = new Set();
      for (const cache of caches) {
        for (const [held] of await cache.items()) {
          if ((await cache.getEntry(held)).tags.includes('t1')) tagged.add(held);
        }
      }
      if (step % 100 === 0) {
        for (const cache of caches) {
          await cache.invalidateTags('t1');
          for (const key of tagged) assert.equal(await cache.has(key), false);
        }
      }
    }
  });
}
