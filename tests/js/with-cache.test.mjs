/** Functions whose results are cached: joined calls, failures, and what happens meanwhile. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { deferred, manualClock, turn } from './lib/tools.mjs';

const { TTLCache, withCache } = await load();

/** Returns a wrapped function that runs until it is told what to give, and what it was called with. */
function makeSlow(cache, options) {
  const runs = [];
  const wrapped = withCache(
    cache,
    (...args) => {
      const run = { args, ...deferred() };
      runs.push(run);
      return run.promise;
    },
    options,
  );
  return { runs, wrapped };
}

test('a result is kept and given again', async () => {
  let runs = 0;
  const wrapped = withCache(new TTLCache(), (number) => {
    runs++;
    return { number };
  });
  const first = await wrapped(7);
  assert.equal(await wrapped(7), first);
  assert.deepEqual(await wrapped(8), { number: 8 });
  assert.equal(runs, 2);
});

test('null, false and 0 are results like others', async () => {
  for (const result of [null, false, 0, '']) {
    let runs = 0;
    const wrapped = withCache(new TTLCache(), () => {
      runs++;
      return result;
    });
    assert.equal(await wrapped(), result);
    assert.equal(await wrapped(), result);
    assert.equal(runs, 1);
  }
});

test('undefined is passed on and not kept', async () => {
  const cache = new TTLCache();
  const { runs, wrapped } = makeSlow(cache);
  const calls = [wrapped(), wrapped()];
  await turn();
  runs[0].resolve(undefined);
  assert.deepEqual(await Promise.all(calls), [undefined, undefined]);
  assert.equal(cache.size, 0);
  const again = wrapped();
  await turn();
  assert.equal(runs.length, 2);
  runs[1].resolve(1);
  assert.equal(await again, 1);
});

test('calls at the same time share one run', async () => {
  const { runs, wrapped } = makeSlow(new TTLCache());
  const calls = [wrapped(1), wrapped(1), wrapped(2)];
  await turn();
  calls.push(wrapped(1));
  await turn();
  assert.deepEqual(
    runs.map(({ args }) => args),
    [[1], [2]],
  );
  runs[0].resolve('one');
  runs[1].resolve('two');
  assert.deepEqual(await Promise.all(calls), ['one', 'one', 'two', 'one']);
});

test('a call shares the run or has its result, whenever it comes', async () => {
  for (let moment = 0; moment < 30; moment++) {
    const { runs, wrapped } = makeSlow(new TTLCache());
    const first = wrapped();
    await turn();
    runs[0].resolve('result');
    for (let at = 0; at < moment; at++) {
      await null;
    }
    const second = wrapped();
    await turn();
    assert.equal(runs.length, 1, `a second run ${moment} steps after the end of the first`);
    assert.deepEqual(await Promise.all([first, second]), ['result', 'result']);
  }
});

test('a rejection rejects all that share it and is not kept', async () => {
  const cache = new TTLCache();
  const { runs, wrapped } = makeSlow(cache);
  const failure = new Error('mine');
  const calls = [wrapped(), wrapped()];
  await turn();
  runs[0].reject(failure);
  for (const { status, reason } of await Promise.allSettled(calls)) {
    assert.deepEqual([status, reason], ['rejected', failure]);
  }
  assert.equal(cache.size, 0);
  const again = wrapped();
  await turn();
  runs[1].resolve('now');
  assert.equal(await again, 'now');
});

test('a function that throws at once rejects the call', async () => {
  const failure = new Error('mine');
  const wrapped = withCache(new TTLCache(), () => {
    throw failure;
  });
  await assert.rejects(wrapped(), failure);
  await assert.rejects(wrapped(), failure);
});

/** What may happen to the key while the function runs. */
const MEANWHILE = {
  'is deleted': (cache) => cache.delete('key'),
  'is invalidated': (cache, wrapped) => wrapped.invalidate(),
  'is cleared': (cache) => cache.clear(),
  'is taken': (cache) => cache.take('key'),
  'is deleted by deleteMany': (cache) => cache.deleteMany(['key']),
  'is set and deleted': async (cache) => {
    await cache.set('key', 'other');
    await cache.delete('key');
  },
};

for (const [name, happen] of Object.entries(MEANWHILE)) {
  test(`if the key ${name} during the run, its callers get the result and it is not kept`, async () => {
    const cache = new TTLCache();
    const { runs, wrapped } = makeSlow(cache, { key: () => 'key' });
    const calls = [wrapped(), wrapped()];
    await turn();
    await happen(cache, wrapped);
    runs[0].resolve('old');
    assert.deepEqual(await Promise.all(calls), ['old', 'old']);
    assert.equal(await cache.has('key'), false);
    const again = wrapped();
    await turn();
    assert.equal(runs.length, 2);
    runs[1].resolve('new');
    assert.equal(await again, 'new');
    assert.equal(await cache.get('key'), 'new');
  });
}

test('if the key is set during the run, the value that was set stays', async () => {
  const cache = new TTLCache();
  const { runs, wrapped } = makeSlow(cache, { key: () => 'key' });
  const call = wrapped();
  await turn();
  await cache.set('key', 'set');
  assert.equal(await wrapped(), 'set');
  runs[0].resolve('old');
  assert.equal(await call, 'old');
  assert.equal(await cache.get('key'), 'set');
});

test('a result that is too heavy is given and not kept', async () => {
  const cache = new TTLCache({ maxWeight: 1, weigh: (value) => value.length });
  const wrapped = withCache(cache, () => 'long');
  assert.equal(await wrapped(), 'long');
  assert.equal(cache.size, 0);
});

test('invalidate removes the result for these arguments and says whether there was one', async () => {
  let runs = 0;
  const wrapped = withCache(new TTLCache(), () => ++runs);
  assert.equal(await wrapped.invalidate(1), false);
  await wrapped(1);
  await wrapped(2);
  assert.equal(await wrapped.invalidate(1), true);
  assert.equal(await wrapped(1), 3);
  assert.equal(await wrapped(2), 2);
});

test('a call after a delete does not join the run from before it', async () => {
  const cache = new TTLCache();
  const { wrapped, runs } = makeSlow(cache);
  const before = wrapped(1);
  await turn();
  await wrapped.invalidate(1);
  const after = wrapped(1);
  const joined = wrapped(1);
  await turn();
  assert.equal(runs.length, 2);
  runs[0].resolve('old');
  assert.equal(await before, 'old');
  runs[1].resolve('new');
  assert.deepEqual(await Promise.all([after, joined]), ['new', 'new']);
  assert.equal(await wrapped(1), 'new');
  assert.equal(runs.length, 2);
});

test('ttl and sliding are those of the wrap', async () => {
  const clock = manualClock();
  const cache = new TTLCache({ clock, defaultTtl: 1_000 });
  let runs = 0;
  const wrapped = withCache(cache, () => ++runs, { ttl: 10, sliding: true });
  assert.equal(await wrapped(), 1);
  clock.advance(9);
  assert.equal(await wrapped(), 1);
  clock.advance(9);
  assert.equal(await wrapped(), 1);
  clock.advance(10);
  assert.equal(await wrapped(), 2);
});

test('this and all arguments reach the function', async () => {
  const thing = {
    factor: 3,
    multiply: withCache(new TTLCache(), function multiply(...numbers) {
      return numbers.map((number) => number * this.factor);
    }),
  };
  assert.deepEqual(await thing.multiply(1, 2, 3), [3, 6, 9]);
});

test('key and keyPrefix say what the key is', async () => {
  const cache = new TTLCache();
  const byId = withCache(cache, ({ id }) => id, { key: ({ id }) => `user:${id}` });
  await byId({ id: 7, secret: () => 1 });
  assert.equal(await cache.get('user:7'), 7);
  await withCache(cache, () => 1, { keyPrefix: 'stable:' })('x');
  assert.ok([...cache.sync.keys()].some((key) => key.startsWith('stable:')));
});

test('wraps with one keyPrefix share their results', async () => {
  const cache = new TTLCache();
  const options = { keyPrefix: 'shared' };
  await withCache(cache, () => 'first', options)(1);
  assert.equal(await withCache(cache, () => 'second', options)(1), 'first');
});

test('a key that is no string is refused, and the function does not run', async () => {
  let runs = 0;
  const wrapped = withCache(new TTLCache(), () => ++runs, { key: (id) => id });
  await assert.rejects(wrapped(5), { code: 'ERR_CACHE_INVALID_KEY' });
  assert.equal(runs, 0);
});

test('a closed cache refuses the call, and the function does not run', async () => {
  const cache = new TTLCache();
  let runs = 0;
  const wrapped = withCache(cache, () => ++runs);
  await cache.close();
  await assert.rejects(wrapped(), { code: 'ERR_CACHE_CLOSED' });
  assert.equal(runs, 0);
});

test('no watch and no run is left behind', async () => {
  const cache = new TTLCache();
  const { runs, wrapped } = makeSlow(cache);
  const calls = [wrapped(1), wrapped(2), wrapped(3)];
  await turn();
  runs[0].resolve(1);
  runs[1].reject(new Error('mine'));
  runs[2].resolve(undefined);
  await Promise.allSettled(calls);
  await turn();
  assert.equal(cache.sync.watches.count, 0);
});
