/** Tags, namespaces, one-step changes, and transactions across all of them. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { manualClock, recorder, turn } from './lib/tools.mjs';

const { CacheConflictError, TTLCache } = await load();

test('invalidateTags removes what has one of the tags, once, and nothing else', async () => {
  const { told, onEvicted } = recorder();
  const cache = new TTLCache({ onEvicted, notifyOn: ['invalidated'] });
  await cache.setMany({ a: 1, b: 2 }, { tags: ['x', 'y', 'x'] });
  await cache.set('c', 3, { tags: ['y'] });
  await cache.set('d', 4);
  assert.deepEqual((await cache.getEntry('a')).tags, ['x', 'y']);
  assert.equal(await cache.invalidateTags('x', 'z'), 2);
  assert.deepEqual(told, [
    ['a', 1, 'invalidated'],
    ['b', 2, 'invalidated'],
  ]);
  assert.deepEqual([...(await cache.items())].sort(), [
    ['c', 3],
    ['d', 4],
  ]);
  await cache.set('c', 5);
  assert.equal(await cache.invalidateTags('y'), 0, 'a set without tags ends those of before');
});

test('tags of what was evicted, deleted or expired are forgotten', async () => {
  const clock = manualClock();
  const cache = new TTLCache({ maxSize: 2, clock });
  await cache.set('a', 1, { tags: ['t'] });
  await cache.set('b', 1);
  await cache.set('c', 1);
  assert.equal(await cache.invalidateTags('t'), 0);
  assert.equal(await cache.has('c'), true);
  await cache.set('d', 1, { ttl: 10, tags: ['t'] });
  clock.advance(10);
  assert.equal(await cache.invalidateTags('t'), 0);
  await cache.set('d', 1, { tags: ['t'] });
  await cache.delete('d');
  await cache.set('e', 1);
  assert.equal(await cache.invalidateTags('t'), 0);
});

test('namespaces have keys of their own, whatever their spelling', async () => {
  const cache = new TTLCache();
  const names = ['', 'a', 'a:', 'ab', '__proto__', '1', '\0'];
  const spaces = names.map((name) => cache.namespace(name));
  const nested = names.map((name) => spaces[1].namespace(name));
  const all = [cache, ...spaces, ...nested];
  for (const [at, space] of all.entries()) {
    await space.set('k', at);
    await space.set('b:k', -at);
  }
  for (const [at, space] of all.entries()) {
    assert.equal(await space.get('k'), at);
    assert.deepEqual(await space.items(), [
      ['k', at],
      ['b:k', -at],
    ]);
  }
  assert.equal(await cache.namespace('a').get('k'), 2, 'the same name is the same namespace');
  assert.equal(cache.size, 2 * all.length);
  await spaces[1].clear();
  assert.equal(spaces[1].size, 0);
  assert.equal(await nested[0].get('k'), 1 + names.length);
  assert.equal(cache.size, 2 * all.length - 2);
  await cache.clear();
  assert.equal(nested[0].size, 0);
  assert.equal(cache.size, 0);
});

test('a namespace has statistics of its own, and room in common', async () => {
  const cache = new TTLCache({ maxSize: 2 });
  const [left, right] = [cache.namespace('left'), cache.namespace('right')];
  await left.set('a', 1);
  await left.get('a');
  await right.get('a');
  await left.getOrSet('a', () => 2);
  await right.getOrSet('a', () => 2);
  await right.getOrSet('b', () => 2);
  const counted = ({ hits, misses, loads, items, evictions }) => [
    hits,
    misses,
    loads,
    items,
    evictions,
  ];
  assert.deepEqual(counted(left.getStats()), [2, 0, 0, 0, 1]);
  assert.deepEqual(counted(right.getStats()), [0, 3, 2, 2, 0]);
  assert.deepEqual(counted(cache.getStats()), [2, 3, 2, 2, 1]);
  right.resetStats();
  assert.deepEqual(counted(right.getStats()), [0, 0, 0, 2, 0]);
  assert.deepEqual(counted(cache.getStats()), [2, 3, 2, 2, 1]);
});

test('a namespace has defaults; its sync, hooks and callbacks know its keys', async () => {
  const { told, onEvicted } = recorder();
  const weighed = [];
  const weigh = (value, key) => (weighed.push(key), 1);
  const cache = new TTLCache({ onEvicted, notifyOn: ['deleted'], weigh });
  const space = cache.namespace('s', { ttl: 10, tags: ['all'] }).namespace('t');
  assert.equal(space.sync.set('a', 1), true);
  const { key, expiresAt, createdAt, tags } = await space.getEntry('a');
  assert.deepEqual([key, expiresAt - createdAt, tags], ['a', 10, ['all']]);
  assert.deepEqual([[...space.sync.keys()], [...cache.sync.keys()]], [['a'], []]);
  const heard = [];
  cache.on('remove', ({ key }) => heard.push(`cache ${key}`));
  space.on('remove', ({ key }) => heard.push(`space ${key}`));
  cache.namespace('other').on('remove', ({ key }) => heard.push(`other ${key}`));
  await space.delete('a');
  assert.deepEqual(told, [['s:t:a', 1, 'deleted']]);
  assert.deepEqual(heard, ['cache s:t:a', 'space a']);
  assert.deepEqual(weighed, ['s:t:a']);
  await space.set('b', 1);
  assert.equal(await cache.invalidateTags('all'), 1);
  await assert.rejects(space.get(7), { code: 'ERR_CACHE_INVALID_KEY' });
  await space.close();
  await space.set('c', 1);
  await cache.close();
  await assert.rejects(space.get('c'), { code: 'ERR_CACHE_CLOSED' });
});

test('update and compareAndSet change in one step', async () => {
  const cache = new TTLCache();
  assert.equal(await cache.update('a', (old) => (old ?? 0) + 1), 1);
  assert.equal(await cache.update('a', (old) => old + 1, { tags: ['t'] }), 2);
  const { version } = await cache.getEntry('a');
  assert.equal(await cache.compareAndSet('a', version, 3, { ttl: 10 }), true);
  assert.equal(await cache.compareAndSet('a', version, 4), false);
  assert.equal(await cache.compareAndSet('a', undefined, 4), false);
  assert.equal(await cache.compareAndSet('b', undefined, 4), false);
  assert.equal(await cache.get('a'), 3);
  await assert.rejects(
    cache.update('a', () => undefined),
    TypeError,
  );
  assert.equal(await cache.get('a'), 3);
  const { hits, misses } = cache.getStats();
  assert.deepEqual([hits, misses], [2, 0]);
});

test('an update whose hook is slow sees what came meanwhile', async () => {
  class Slow extends TTLCache {
    async preSet() {
      await turn();
    }
  }
  const cache = new Slow();
  await cache.set('a', 1);
  const all = [1, 2, 3].map(() => cache.update('a', (old) => old * 2));
  await turn();
  await cache.delete('a');
  await cache.transaction((tx) => tx.set('a', 100));
  await Promise.all(all);
  assert.equal((await cache.get('a')) % 100, 0);
});

test('increment keeps the life of an entry unless it is told one', async () => {
  const clock = manualClock();
  const cache = new TTLCache({ clock, defaultTtl: 100 });
  assert.equal(await cache.increment('n', 1, { tags: ['t'], staleIfError: 5 }), 1);
  clock.advance(60);
  assert.equal(await cache.increment('n'), 2);
  assert.equal(await cache.increment('n', -0.5), 1.5);
  clock.advance(39);
  assert.equal(await cache.get('n'), 1.5);
  assert.deepEqual((await cache.getEntry('n')).tags, ['t']);
  clock.advance(1);
  assert.equal(await cache.increment('n'), 1);
  await cache.increment('n', 1, { ttl: 10 });
  clock.advance(10);
  assert.equal(await cache.has('n'), false);
  const sliding = new TTLCache({ clock, defaultTtl: 100, sliding: true });
  await sliding.increment('n');
  clock.advance(60);
  await sliding.increment('n');
  await sliding.get('n');
  clock.advance(99);
  assert.equal(await sliding.get('n'), 2);
  await sliding.set('s', 'text');
  await assert.rejects(sliding.increment('s'), TypeError);
  await assert.rejects(sliding.increment('n', NaN), RangeError);
  await assert.rejects(sliding.increment('n', '1'), TypeError);
});

test('a transaction sees what tags, expire, loads and increments do to what it read', async () => {
  const changes = [
    (cache) => cache.invalidateTags('t'),
    (cache) => cache.expire('a'),
    (cache) => cache.increment('a'),
    (cache) => cache.getOrSet('a', () => 5, { fresh: true }),
    (cache) => cache.update('a', () => 1),
  ];
  for (const change of changes) {
    const cache = new TTLCache({ staleIfError: '1h' });
    await cache.set('a', 1, { tags: ['t'] });
    const tx = cache.transaction();
    await tx.get('a');
    await tx.set('b', 1, { tags: ['u'] });
    await change(cache);
    await assert.rejects(tx.commit(), CacheConflictError);
    assert.equal(await cache.has('b'), false);
  }
  const cache = new TTLCache();
  const space = cache.namespace('s');
  await space.transaction(async (tx) => {
    await tx.set('a', ((await tx.get('a')) ?? 0) + 1, { tags: ['t'] });
    assert.equal(await tx.get('a'), 1);
  });
  assert.deepEqual([await space.get('a'), await cache.get('a')], [1, undefined]);
  assert.equal(await cache.invalidateTags('t'), 1);
});

test('a commit ends the load of a key that it writes', async () => {
  const cache = new TTLCache();
  const load = cache.getOrSet('a', async () => {
    await cache.transaction((tx) => tx.set('a', 'tx'));
    return 'load';
  });
  assert.equal(await load, 'load');
  assert.equal(await cache.get('a'), 'tx');
});

test('events tell of hits, misses, sets and removals, after the operation and in order', async () => {
  const clock = manualClock();
  for (const options of [{ clock }, {}, { evictionPolicy: 'lfu' }]) {
    const cache = new TTLCache({ maxSize: 1, ...options });
    await cache.set('before', 1);
    await cache.get('before');
    const heard = [];
    const offs = ['hit', 'miss', 'set', 'remove'].map((event) =>
      cache.on(event, ({ key, state, reason }) => heard.push([event, key, state ?? reason])),
    );
    const off = cache.on('set', ({ key }) => void cache.sync.get(key));
    await cache.get('before');
    await cache.set('a', 1);
    await cache.get('b');
    await cache.set('a', 2);
    await cache.take('a');
    off();
    for (const end of offs) end();
    await cache.set('a', 3);
    await cache.get('a');
    assert.deepEqual(heard, [
      ['hit', 'before', 'fresh'],
      ['remove', 'before', 'evicted'],
      ['set', 'a', undefined],
      ['hit', 'a', 'fresh'],
      ['miss', 'b', undefined],
      ['remove', 'a', 'replaced'],
      ['set', 'a', undefined],
      ['hit', 'a', 'fresh'],
      ['hit', 'a', 'fresh'],
      ['remove', 'a', 'deleted'],
    ]);
  }
});

test('a listener that fails is told by the error event, and harms nothing', async () => {
  const cache = new TTLCache({ name: 'users' });
  const errors = [];
  cache.on('set', () => {
    throw new Error('listener');
  });
  cache.on('miss', () => Promise.reject(new Error('later')));
  cache.on('error', ({ error, key }) => errors.push([error.code, error.cause.message, key]));
  assert.equal(await cache.set('a', 1), true);
  assert.equal(await cache.get('b'), undefined);
  await turn();
  assert.deepEqual(errors, [
    ['ERR_CACHE_CALLBACK', 'listener', 'a'],
    ['ERR_CACHE_CALLBACK', 'later', 'b'],
  ]);
});
