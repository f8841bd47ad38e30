/** How transactions end: too large, in conflict again and again, too late, not at all. */
import assert from 'node:assert/strict';
import test from 'node:test';

import sinon from 'sinon';

import { load } from './lib/package.mjs';
import { deferred, turn } from './lib/tools.mjs';

const { CacheError, TTLCache } = await load();

const entriesOf = async (cache) => Object.fromEntries(await cache.items());

/** Sets as many keys as the list says. */
const setAll = (keys, value) => (tx) => Promise.all(keys.map((key) => tx.set(key, value)));

test('more sets than the cache holds are a RangeError before anything is applied', async () => {
  const cache = new TTLCache({ maxSize: 2 });
  await cache.setMany({ a: 1, b: 1 });
  const expected = { name: 'RangeError', code: 'ERR_CACHE_INVALID_ARGUMENT', message: /3.*2/ };
  await assert.rejects(cache.transaction(setAll(['a', 'b', 'c'], 2)), expected);
  assert.deepEqual(await entriesOf(cache), { a: 1, b: 1 });
  await cache.transaction(setAll(['c', 'd'], 2));
  assert.deepEqual(await entriesOf(cache), { c: 2, d: 2 });
});

test('keys that are set twice or deleted again do not count', async () => {
  const cache = new TTLCache({ maxSize: 2 });
  await cache.transaction(async (tx) => {
    await setAll(['a', 'a', 'b', 'c', 'b', 'a'], 1)(tx);
    await tx.delete('c');
  });
  assert.deepEqual(await entriesOf(cache), { a: 1, b: 1 });
});

test('more weight than the cache holds is a RangeError before anything is applied', async () => {
  const cache = new TTLCache({ maxWeight: 10, weigh: (value) => value });
  await cache.setMany({ a: 5 });
  const expected = { name: 'RangeError', code: 'ERR_CACHE_INVALID_ARGUMENT', message: /12.*10/ };
  await assert.rejects(cache.transaction(setAll(['a', 'b'], 6)), expected);
  await assert.rejects(
    cache.transaction((tx) => tx.set('c', 11)),
    { name: 'RangeError' },
  );
  assert.deepEqual(await entriesOf(cache), { a: 5 });
  await cache.transaction(setAll(['b', 'c'], 5));
  assert.deepEqual(await entriesOf(cache), { b: 5, c: 5 });
});

test('wrong arguments reject the call and not the transaction', async () => {
  const cache = new TTLCache();
  await cache.transaction(async (tx) => {
    await assert.rejects(tx.get(1), { code: 'ERR_CACHE_INVALID_KEY' });
    await assert.rejects(tx.set('a', undefined), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
    await assert.rejects(tx.set('a', 1, -1), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
    await assert.rejects(tx.delete(null), { code: 'ERR_CACHE_INVALID_KEY' });
    await tx.set('a', 1);
  });
  assert.equal(await cache.get('a'), 1);
});

test('a conflict runs the function again, as often as retries says', async () => {
  const cache = new TTLCache();
  for (const retries of [0, 1, 5]) {
    let runs = 0;
    const work = async (tx) => {
      runs++;
      await tx.get('a');
      await cache.set('a', runs);
    };
    await assert.rejects(cache.transaction(work, { retries }), { code: 'ERR_CACHE_CONFLICT' });
    assert.equal(runs, retries + 1);
  }
});

test('a run that has no conflict ends the retries', async () => {
  const cache = new TTLCache();
  let runs = 0;
  const result = await cache.transaction(
    async (tx) => {
      await tx.get('a');
      if (++runs < 3) {
        await cache.set('a', runs);
      }
      await tx.set('b', runs);
      return runs;
    },
    { retries: Infinity },
  );
  assert.equal(result, 3);
  assert.equal(await cache.get('b'), 3);
});

test('each run is a transaction of its own', async () => {
  const cache = new TTLCache();
  const seen = [];
  await cache.transaction(
    async (tx) => {
      seen.push(tx);
      await tx.get('a');
      if (seen.length === 1) {
        await tx.set('from the first', 1);
        await cache.set('a', 1);
      }
    },
    { retries: 1 },
  );
  assert.notEqual(seen[0], seen[1]);
  assert.deepEqual(await entriesOf(cache), { a: 1 });
  await assert.rejects(seen[0].get('a'), { code: 'ERR_CACHE_CLOSED' });
});

test("a function's own error is not retried", async () => {
  const cache = new TTLCache();
  let runs = 0;
  const work = () => {
    runs++;
    throw new Error('mine');
  };
  await assert.rejects(cache.transaction(work, { retries: 5 }), { message: 'mine' });
  assert.equal(runs, 1);
});

async function withFakeTimers(work) {
  const clock = sinon.useFakeTimers({
    now: Date.now(),
    toFake: ['setTimeout', 'clearTimeout', 'Date'],
  });
  try {
    await work(clock);
  } finally {
    clock.restore();
  }
}

function isTimeout(error) {
  assert.ok(error instanceof CacheError);
  assert.equal(error.code, 'ERR_CACHE_TRANSACTION_TIMEOUT');
  return true;
}

test('a transaction that takes too long rejects, and nothing is applied', () =>
  withFakeTimers(async (clock) => {
    const cache = new TTLCache();
    const gate = deferred();
    let late;
    const run = cache.transaction(
      async (tx) => {
        await tx.set('a', 1);
        await gate.promise;
        late = await tx.set('b', 1).catch((error) => error);
      },
      { timeout: '1s' },
    );
    const rejected = assert.rejects(run, isTimeout);
    await turn();
    await clock.tickAsync(1_000);
    await rejected;
    gate.resolve();
    await turn();
    assert.ok(isTimeout(late));
    assert.equal(cache.size, 0);
  }));

test('the object form has a timeout too', () =>
  withFakeTimers(async (clock) => {
    const cache = new TTLCache();
    const tx = cache.transaction({ timeout: 50 });
    await tx.set('a', 1);
    await clock.tickAsync(50);
    await assert.rejects(tx.get('a'), isTimeout);
    await assert.rejects(tx.commit(), isTimeout);
    await tx.rollback();
    assert.equal(cache.size, 0);
  }));

test('the timeout is for all runs together', () =>
  withFakeTimers(async (clock) => {
    const cache = new TTLCache();
    let runs = 0;
    const run = cache.transaction(
      async (tx) => {
        runs++;
        await tx.get('a');
        await new Promise((resolve) => {
          setTimeout(resolve, 30);
        });
        await cache.set('a', runs);
      },
      { retries: Infinity, timeout: 100 },
    );
    const rejected = assert.rejects(run, isTimeout);
    await clock.tickAsync(1_000);
    await rejected;
    assert.ok(runs <= 4, `${runs} runs`);
  }));

test('a timeout ends also runs that leave no time for timers', async () => {
  const cache = new TTLCache();
  const end = Date.now() + 3_000;
  const run = cache.transaction(
    async (tx) => {
      if (Date.now() > end) {
        throw new Error('it would never have ended');
      }
      await tx.get('a');
      await cache.set('a', 1);
    },
    { retries: Infinity, timeout: 20 },
  );
  await assert.rejects(run, isTimeout);
});

test('a timeout longer than timers can be is kept', () =>
  withFakeTimers(async (clock) => {
    const cache = new TTLCache();
    const tx = cache.transaction({ timeout: '30d' });
    await tx.set('a', 1);
    await clock.tickAsync(25 * 86_400_000);
    assert.equal(await tx.get('a'), 1);
    await clock.tickAsync(5 * 86_400_000);
    await assert.rejects(tx.commit(), isTimeout);
  }));

test('no timer is left when a transaction has ended', () =>
  withFakeTimers(async (clock) => {
    const cache = new TTLCache({ cleanupInterval: false });
    await cache.transaction((tx) => tx.set('a', 1), { timeout: '1h' });
    await cache
      .transaction(() => Promise.reject(new Error('no')), { timeout: '1h' })
      .catch(() => undefined);
    const tx = cache.transaction({ timeout: '1h' });
    await tx.rollback();
    await turn();
    assert.equal(clock.countTimers(), 0);
  }));

test('no watch is left when a transaction has ended, however it did', async () => {
  const cache = new TTLCache({ maxSize: 5 });
  const { watches } = cache.sync;
  await cache.transaction((tx) => Promise.all([tx.get('a'), tx.has('b'), tx.get('a')]));
  await cache.transaction(async (tx) => {
    await tx.get('a');
    await tx.rollback();
  });
  await assert.rejects(cache.transaction(async (tx) => tx.get(1)));
  await assert.rejects(
    cache.transaction(async (tx) => {
      await tx.get('a');
      await cache.set('a', 1);
    }),
  );
  await assert.rejects(cache.transaction(setAll(['a', 'b', 'c', 'd', 'e', 'f'], 1)));
  const tx = cache.transaction();
  await tx.get('early');
  await Promise.allSettled([tx.get('late'), tx.has('later'), tx.rollback()]);
  await turn();
  assert.equal(watches.count, 0);
});

test('a call that is under way when its transaction ends rejects or has its answer', async () => {
  const cache = new TTLCache();
  for (const end of ['commit', 'rollback']) {
    const tx = cache.transaction();
    const calls = [tx.set('a', 1), tx.get('b'), tx.delete('c'), tx[end]()];
    const settled = await Promise.allSettled(calls);
    for (const { status, reason } of settled) {
      assert.ok(status === 'fulfilled' || reason.code === 'ERR_CACHE_CLOSED', String(reason));
    }
    assert.equal(await cache.has('a'), end === 'commit' && settled[0].status === 'fulfilled');
    await cache.clear();
  }
});

test('a transaction on a cache that closes meanwhile says so', async () => {
  const cache = new TTLCache();
  const tx = cache.transaction();
  await tx.set('a', 1);
  await tx.get('b');
  await cache.close();
  await assert.rejects(tx.get('a b'), { code: 'ERR_CACHE_CLOSED' });
  await assert.rejects(tx.commit(), { code: 'ERR_CACHE_CLOSED' });
});
