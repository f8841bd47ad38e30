/** What callbacks may do: use the cache, fail, wait, go on without end. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { consoleErrors, deferred, REASONS, turn } from './lib/tools.mjs';

const { CacheError, TTLCache } = await load();

/** Makes a cache of one entry whose `onEvicted` does `work`, and what its listener hears. */
function makeCache(onEvicted, options = {}) {
  const errors = [];
  const cache = new TTLCache({ maxSize: 1, onEvicted, ...options });
  cache.on('error', (event) => errors.push(event));
  return { cache, errors };
}

test('a callback that sets another entry evicts, and hears of it behind those that wait', async () => {
  const told = [];
  const { cache } = makeCache((key) => {
    told.push(key);
    if (told.length < 4) {
      cache.sync.set(`from ${key}`, 0);
    }
  });
  await cache.set('a', 0);
  await cache.set('b', 0);
  assert.deepEqual(told, ['a', 'b', 'from a', 'from b']);
  assert.deepEqual([...cache.sync.keys()], ['from from a']);
});

test('each method may be called from a callback', async () => {
  for (const call of [
    () => cache.sync.get('new'),
    () => cache.sync.set('new', 2),
    () => cache.sync.delete('new'),
    () => cache.sync.clear(),
    () => cache.sync.peek('old'),
    () => [...cache.sync.entries()],
    () => cache.getStats(),
    () => cache.resetStats(),
    () => cache.take('new'),
    () => cache.touch('new', 5),
    () => cache.setMany({ x: 1, y: 2, z: 3 }),
    () => cache.deleteMany(['new', 'x']),
    () => cache.getEntry('new', { touch: true }),
    () => cache.transaction((tx) => tx.set('new', 5)),
    () => cache.stop(),
    () => cache.start(),
  ]) {
    let calls = 0;
    const { cache: made, errors } = makeCache(
      async () => {
        if (++calls < 5) {
          await call();
        }
      },
      { notifyOn: REASONS },
    );
    cache = made;
    await cache.set('old', 1);
    assert.equal(await cache.set('new', 1), true, String(call));
    await turn();
    assert.deepEqual(errors, []);
    await cache.set('after', 1);
    assert.equal(await cache.get('after'), 1, String(call));
  }
});
let cache;

test('a callback that throws is reported by the error event, and harms nothing', async () => {
  const failure = new Error('mine');
  const told = [];
  const { cache: failing, errors } = makeCache((key) => {
    told.push(key);
    throw failure;
  });
  await failing.setMany({ a: 1, b: 2, c: 3 });
  assert.deepEqual(told, ['a', 'b']);
  assert.equal(await failing.get('c'), 3);
  assert.equal(errors.length, 2);
  const [{ error, key }] = errors;
  assert.ok(error instanceof CacheError);
  assert.deepEqual(
    [error.code, error.cause, error.key, key],
    ['ERR_CACHE_CALLBACK', failure, 'a', 'a'],
  );
  assert.match(error.message, /onEvicted/);
});

test('a callback that rejects is reported by the error event too', async () => {
  const failure = new Error('later');
  const { cache: failing, errors } = makeCache(() => Promise.reject(failure));
  await failing.setMany({ a: 1, b: 2 });
  await turn();
  assert.deepEqual(
    errors.map(({ error, key }) => [error.cause, key]),
    [[failure, 'a']],
  );
});

test('whatever a callback throws, the next one is told', async () => {
  for (const thrown of [undefined, null, 'text', Symbol('s'), Object.create(null), 12n]) {
    for (const fail of [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ]) {
      const told = [];
      const { cache: failing, errors } = makeCache((key) => {
        told.push(key);
        return fail();
      });
      await failing.set('a', 1);
      await failing.set('b', 1);
      await failing.set('c', 1);
      await turn();
      assert.deepEqual(told, ['a', 'b']);
      assert.deepEqual(
        errors.map(({ error }) => error.cause),
        [thrown, thrown],
      );
    }
  }
});

test('a callback that never settles holds nothing up', async () => {
  const told = [];
  const { cache: waiting, errors } = makeCache((key) => {
    told.push(key);
    return new Promise(() => undefined);
  });
  await waiting.setMany({ a: 1, b: 2, c: 3 });
  await waiting.close();
  assert.deepEqual(told, ['a', 'b']);
  assert.deepEqual(errors, []);
});

test('waitUntil is given the promise of each asynchronous callback, which never rejects', async () => {
  const works = [];
  const { promise, resolve } = deferred();
  const { cache: waited } = makeCache(
    (key) => (key === 'a' ? promise : key === 'b' ? Promise.reject(new Error('no')) : undefined),
    { waitUntil: (work) => works.push(work) },
  );
  await waited.setMany({ a: 1, b: 2, c: 3, d: 4 });
  assert.equal(works.length, 2);
  let done = false;
  void works[0].then(() => (done = true));
  await turn();
  assert.equal(done, false);
  resolve();
  await Promise.all(works);
  assert.equal(done, true);
});

test('an error that nobody listens for goes to the console', async () => {
  const errors = await consoleErrors(async () => {
    const failing = new TTLCache({
      name: 'users',
      maxSize: 1,
      onEvicted: () => {
        throw new Error('mine');
      },
    });
    await failing.setMany({ a: 1, b: 2 });
  });
  assert.equal(errors.length, 1);
  assert.equal(errors[0].code, 'ERR_CACHE_CALLBACK');
  assert.match(errors[0].message, /users/);
});

test('a listener hears until it is removed, and one that throws harms nobody', async () => {
  const heard = [];
  const failing = new TTLCache({
    maxSize: 1,
    onEvicted: () => {
      throw new Error('mine');
    },
  });
  const errors = await consoleErrors(async () => {
    failing.on('error', () => {
      throw new Error('listener');
    });
    const off = failing.on('error', ({ key }) => heard.push(key));
    await failing.setMany({ a: 1, b: 2 });
    off();
    off();
    await failing.setMany({ c: 1 });
  });
  assert.deepEqual(heard, ['a']);
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['listener', 'listener'],
  );
});

test('callbacks that cause evictions without end let the program go on', async () => {
  let calls = 0;
  const { cache: endless } = makeCache(() => {
    endless.sync.set(`k${++calls}`, 0);
  });
  await endless.set('a', 0);
  await endless.set('b', 0);
  const first = calls;
  assert.ok(first >= 100 && first <= 10_000, `${first} calls in one go`);
  await turn();
  await turn();
  await endless.close();
  const last = calls;
  await turn();
  assert.ok(calls <= last + 10_000);
});

test('more removals than are told in one go are all told, in order', async () => {
  const told = [];
  const many = new TTLCache({ notifyOn: ['cleared'], onEvicted: (key) => void told.push(key) });
  const keys = Array.from({ length: 4_500 }, (_, at) => `k${at}`);
  await many.setMany(keys.map((key) => [key, 1]));
  await many.clear();
  while (told.length < keys.length) {
    const before = told.length;
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
    assert.ok(told.length > before, 'they are told without another operation');
  }
  assert.deepEqual(told, keys);
});

test('a callback may close the cache', async () => {
  for (const reason of REASONS.filter((one) => one !== 'expired')) {
    let isFirst = true;
    const closing = new TTLCache({
      maxSize: 2,
      maxWeight: 100,
      weigh: (value) => value,
      notifyOn: [reason],
      onEvicted: () => {
        if (isFirst) {
          isFirst = false;
          void closing.close();
        }
      },
    });
    const run = async () => {
      await closing.set('a', 1);
      await closing.set('a', 2);
      await closing.set('b', 1_000);
      await closing.setMany({ c: 1, d: 1, e: 1 });
      await closing.delete('e');
      await closing.clear();
    };
    await run().catch((error) => assert.equal(error.code, 'ERR_CACHE_CLOSED', String(error.stack)));
    assert.equal(closing.closed, true, reason);
    assert.equal(closing.size, 0);
    await assert.rejects(closing.get('a'), { code: 'ERR_CACHE_CLOSED' });
  }
});

test('a callback that is told of the close cannot put anything into the cache', async () => {
  const outcomes = [];
  const closing = new TTLCache({
    notifyOn: ['cleared'],
    onEvicted: (key) => {
      try {
        outcomes.push(closing.sync.set(`${key} again`, 1));
      } catch (error) {
        outcomes.push(error.code);
      }
    },
  });
  await closing.setMany({ a: 1, b: 2 });
  await closing.close();
  assert.deepEqual(outcomes, ['ERR_CACHE_CLOSED', 'ERR_CACHE_CLOSED']);
});
