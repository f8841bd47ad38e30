/** What people who tried the package reported: each was wrong once. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load, loadFresh } from './lib/package.mjs';
import { deferred, manualClock, turn } from './lib/tools.mjs';

const { TTLCache, cached, withCache } = await load();

test('a callback may close the cache that is being closed', async () => {
  const cache = new TTLCache({ notifyOn: ['cleared'], onEvicted: () => cache.close() });
  await cache.set('a', 1);
  await cache.set('b', 2);
  await cache.close();
  assert.equal(cache.closed, true);
});

test('close tells of every entry, however many there are', async () => {
  let told = 0;
  const cache = new TTLCache({ notifyOn: ['cleared'], onEvicted: () => void told++ });
  for (let at = 0; at < 5_000; at++) {
    cache.sync.set(`${at}`, at);
  }
  await cache.close();
  assert.equal(told, 5_000);
});

test('what preSet makes of a value is weighed and copied, not what it was given', async () => {
  const weighed = [];
  class Texts extends TTLCache {
    preSet(_key, value) {
      return JSON.stringify(value);
    }
  }
  const weigh = (text) => weighed.push(text) && text.length;
  const cache = new Texts({ maxWeight: 100, weigh, clone: true });
  await cache.set('a', { x: 1, run() {} });
  await cache.setMany({ b: { y: 2 } });
  assert.deepEqual(weighed, ['{"x":1}', '{"y":2}']);
  assert.equal(await cache.get('a'), '{"x":1}');
});

test('a console that throws neither fails a set nor ends the callbacks', async (t) => {
  const told = [];
  const cache = new TTLCache({
    maxSize: 1,
    onEvicted(key) {
      told.push(key);
      throw new Error('no');
    },
  });
  t.mock.method(console, 'error', () => {
    throw new Error('no console in tests');
  });
  await cache.set('a', 1);
  assert.equal(await cache.set('b', 2), true);
  assert.equal(await cache.set('c', 3), true);
  assert.deepEqual(told, ['a', 'b']);
});

test('a commit waits for the writes that were called before it', async () => {
  const cache = new TTLCache();
  await cache.transaction((tx) => {
    void tx.set('a', 1);
  });
  const tx = cache.transaction();
  void tx.set('b', 2);
  void tx.delete('a');
  await tx.commit();
  assert.deepEqual(await cache.items(), [['b', 2]]);
});

test('a commit makes room by its deletes before its sets need it', async () => {
  const cache = new TTLCache({ maxSize: 2 });
  await cache.setMany({ y: 1, x: 2 });
  await cache.transaction(async (tx) => {
    await tx.set('a', 3);
    await tx.delete('x');
  });
  assert.deepEqual([await cache.has('y'), await cache.has('a')], [true, true]);
});

test('a transaction whose time ran out while the program was busy is not applied', async () => {
  const cache = new TTLCache();
  const late = cache.transaction(
    async (tx) => {
      await tx.set('a', 1);
      const end = performance.now() + 40;
      while (performance.now() < end);
      await tx.set('b', 2);
    },
    { timeout: 15 },
  );
  await assert.rejects(late, { code: 'ERR_CACHE_TRANSACTION_TIMEOUT' });
  assert.equal(cache.size, 0);
});

test('a fake clock that jumps ahead lets entries die, one that starts at zero does not', async (t) => {
  const { TTLCache: Fresh } = await loadFresh();
  const cache = new Fresh({ defaultTtl: 1_000 });
  await cache.set('a', 1);
  const platformNow = Date.now;
  t.mock.method(Date, 'now', () => platformNow() + 60_000);
  assert.equal(await cache.get('a'), undefined);
  await cache.set('b', 1);
  t.mock.restoreAll();
  t.mock.method(Date, 'now', () => 0);
  assert.equal(await cache.get('b'), 1);
  t.mock.restoreAll();
  assert.equal(await cache.get('b'), 1);
});

test('calls share a run also while a hook of their read is slow', async () => {
  class Slow extends TTLCache {
    async postGet(_key, value) {
      await turn();
      return value;
    }
  }
  let runs = 0;
  const gate = deferred();
  const wrapped = withCache(new Slow(), () => (runs++, gate.promise));
  const calls = [wrapped(1), wrapped(1)];
  for (let at = 0; at < 5; at++) {
    await turn();
  }
  calls.push(wrapped(1));
  gate.resolve('x');
  assert.deepEqual(await Promise.all(calls), ['x', 'x', 'x']);
  assert.equal(runs, 1);
});

test('a copy that is undefined is refused, and nothing has changed', async () => {
  const cache = new TTLCache({ clone: () => undefined });
  await assert.rejects(cache.set('a', 1), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
  assert.equal(cache.size, 0);
});

test('a cached method may be called without an instance', async () => {
  const method = cached(new TTLCache())(async () => 1, { kind: 'method', name: 'find' });
  assert.equal(await method.call(null), 1);
  assert.equal(await method.call(undefined), 1);
});

test('a clock that uses the cache does not make a read find another key', async () => {
  const clock = manualClock();
  const cache = new TTLCache({ maxSize: 2, clock });
  await cache.setMany({ a: 'A', b: 'B' });
  const plainNow = clock.now.bind(clock);
  let busy = true;
  clock.now = () => {
    if (busy) {
      busy = false;
      cache.sync.set('y', 'Y');
      cache.sync.set('z', 'Z');
    }
    return plainNow();
  };
  assert.notEqual(cache.sync.get('a'), 'Y');
  busy = true;
  assert.equal(cache.sync.delete('a'), false);
});

test('weights without a limit evict nothing, however great', async () => {
  const cache = new TTLCache({ weigh: () => 1e16 });
  for (let at = 0; at < 5_000; at++) {
    cache.sync.set(`${at}`, at);
  }
  assert.equal(cache.size, 5_000);
});
