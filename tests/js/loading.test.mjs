/** `getOrSet`: what is served, what is loaded, what is stored, and who gives up. */
import assert from 'node:assert/strict';
import test from 'node:test';

import sinon from 'sinon';

import { load } from './lib/package.mjs';
import { deferred, manualClock, turn } from './lib/tools.mjs';

const { CacheLoadError, TTLCache } = await load();

/** Returns a cache on a manual clock, and a loader whose runs are settled by hand. */
function setUp(options = {}) {
  const clock = manualClock();
  const cache = new TTLCache({ clock, defaultTtl: 100, ...options });
  const runs = [];
  const loader = (context) => {
    const run = { context, ...deferred() };
    runs.push(run);
    return run.promise;
  };
  return { cache, clock, loader, runs };
}

/** Loads `value` into the cache. */
const fill = (cache, value, options) => cache.getOrSet('a', () => value, options);

test('a miss is loaded and stored, a hit is served', async () => {
  const { cache } = setUp();
  const miss = await cache.getOrSetEntry('a', () => 1);
  assert.deepEqual(miss, { value: 1, status: 'miss' });
  const hit = await cache.getOrSetEntry('a', () => assert.fail('not called'));
  assert.deepEqual(hit, { value: 1, status: 'hit' });
  const { hits, misses, loads, loadErrors, coalesced } = cache.getStats();
  const expected = { hits: 1, misses: 1, loads: 1, loadErrors: 0, coalesced: 0 };
  assert.deepEqual({ hits, misses, loads, loadErrors, coalesced }, expected);
});

test('those who ask for one key share one load', async () => {
  const { cache, loader, runs } = setUp();
  const all = [1, 2, 3].map(() => cache.getOrSet('a', loader));
  const other = cache.getOrSet('b', loader);
  await turn();
  assert.deepEqual(
    runs.map(({ context }) => context.key),
    ['a', 'b'],
  );
  runs[0].resolve(7);
  runs[1].resolve(8);
  assert.deepEqual(await Promise.all([...all, other]), [7, 7, 7, 8]);
  assert.equal(cache.getStats().coalesced, 2);
});

test('a load that fails fails for all, once, and is not kept', async () => {
  const { cache, loader, runs } = setUp();
  const all = [1, 2].map(() => cache.getOrSet('a', loader));
  await turn();
  const error = new Error('down');
  runs[0].reject(error);
  for (const { reason } of await Promise.allSettled(all)) assert.equal(reason, error);
  assert.equal(await fill(cache, 2), 2);
  assert.equal(cache.getStats().loadErrors, 1);
});

test('a loader that throws at once rejects', async () => {
  const { cache } = setUp();
  const call = cache.getOrSet('a', () => {
    throw new Error('at once');
  });
  await assert.rejects(call, /at once/);
});

test('undefined, skip() and shouldCache keep a value out', async () => {
  const { cache } = setUp();
  assert.equal(await fill(cache, undefined), undefined);
  assert.equal(await cache.getOrSet('a', ({ skip }) => (skip(), 1)), 1);
  assert.equal(await fill(cache, 2, { shouldCache: (value) => value !== 2 }), 2);
  assert.equal(cache.size, 0);
});

test('setOptions in the loader adds to what the call says', async () => {
  const { cache } = setUp();
  const loader = ({ setOptions }) => {
    setOptions({ ttl: 50 });
    return 1;
  };
  await cache.getOrSet('a', loader, { ttl: 10, tags: ['t'] });
  const { createdAt, expiresAt, tags } = await cache.getEntry('a');
  assert.equal(expiresAt - createdAt, 50);
  assert.deepEqual(tags, ['t']);
});

test('a stale entry is served while one load is under way', async () => {
  const { cache, clock, loader, runs } = setUp();
  await fill(cache, 1, { staleWhileRevalidate: 50 });
  clock.advance(100);
  assert.equal(await cache.has('a'), false);
  assert.equal(cache.size, 0);
  assert.deepEqual(await cache.items(), []);
  assert.equal(await cache.getEntry('a'), undefined);
  assert.equal((await cache.getEntry('a', { allowStale: true })).state, 'stale');
  for (let n = 0; n < 3; n++) {
    assert.deepEqual(await cache.getOrSetEntry('a', loader), { value: 1, status: 'stale' });
  }
  assert.equal(runs.length, 1);
  assert.equal(runs[0].context.background, true);
  assert.equal(runs[0].context.stale.value, 1);
  runs[0].resolve(2);
  await turn();
  assert.deepEqual(await cache.getOrSetEntry('a', loader), { value: 2, status: 'hit' });
  assert.equal(cache.getStats().staleHits, 3);
});

test('a window is stored with the entry, and a read only shortens it', async () => {
  const { cache, clock } = setUp({ staleWhileRevalidate: 50 });
  await cache.set('a', 1);
  clock.advance(120);
  const status = async (options) => {
    const skipping = ({ skip }) => (skip(), 2);
    const { status } = await cache.getOrSetEntry('a', skipping, options);
    await turn();
    return status;
  };
  assert.equal(await status({ staleWhileRevalidate: 20 }), 'refreshed');
  assert.equal(await status({ staleWhileRevalidate: 0 }), 'refreshed');
  assert.equal(await status({ staleWhileRevalidate: 21 }), 'stale');
  assert.equal(await status({ staleWhileRevalidate: '1h' }), 'stale');
  clock.advance(30);
  assert.equal(await status({ staleWhileRevalidate: '1h' }), 'miss');
});

test('a stale entry is served in place of an error, and the error is told', async () => {
  const { cache, clock } = setUp();
  const told = [];
  cache.on('error', ({ error, key }) => told.push([error.cause.message, key]));
  await fill(cache, 1, { staleIfError: 50 });
  clock.advance(120);
  const failing = () => Promise.reject(new Error('down'));
  assert.deepEqual(await cache.getOrSetEntry('a', failing), { value: 1, status: 'stale' });
  assert.deepEqual(told, [['down', 'a']]);
  await assert.rejects(cache.getOrSet('a', failing, { staleIfError: 20 }), /down/);
  assert.deepEqual(await cache.getOrSetEntry('a', () => 2), { value: 2, status: 'refreshed' });
});

test('what was evicted during a load is still served in place of its error', async () => {
  const { cache, clock, loader, runs } = setUp({ maxSize: 1, staleIfError: 50 });
  await fill(cache, 1);
  clock.advance(100);
  const asked = cache.getOrSet('a', loader);
  await turn();
  await cache.set('b', 1);
  runs[0].reject(new Error('down'));
  assert.equal(await asked, 1);
});

test('an eviction during a load does not lose its value', async () => {
  const { cache, loader, runs } = setUp({ maxSize: 1 });
  const asked = cache.getOrSet('a', loader);
  await turn();
  await cache.set('b', 1);
  await cache.set('c', 1);
  runs[0].resolve(1);
  assert.equal(await asked, 1);
  assert.equal(await cache.get('a'), 1);
});

const VOIDING = [
  ['delete', (cache) => cache.delete('a')],
  ['take', (cache) => cache.take('a')],
  ['clear', (cache) => cache.clear()],
  ['expire', (cache) => cache.expire('a')],
  ['invalidateTags', (cache) => cache.invalidateTags('t')],
  ['close', (cache) => cache.close()],
];
for (const [name, call] of VOIDING) {
  test(`${name} during a load leaves its value to those who wait, and out of the cache`, async () => {
    const { cache, loader, runs } = setUp();
    const asked = cache.getOrSet('a', loader, { tags: ['t'] });
    await turn();
    await call(cache);
    const later = name === 'close' ? undefined : cache.getOrSet('a', loader, { tags: ['t'] });
    await turn();
    runs[0].resolve(1);
    assert.equal(await asked, 1);
    if (later === undefined) return;
    assert.equal(await cache.get('a'), undefined, 'nothing is stored');
    assert.equal(runs.length, 2, 'who comes later does not join');
    runs[1].resolve(2);
    assert.equal(await later, 2);
    assert.equal(await cache.get('a'), 2);
  });
}

test('tags that the loader names last count for what was invalidated meanwhile', async () => {
  const { cache } = setUp();
  await cache.getOrSet('a', async ({ setOptions }) => {
    await cache.invalidateTags('t');
    setOptions({ tags: ['t'] });
    return 1;
  });
  assert.equal(cache.size, 0);
});

test('a set during a load stays', async () => {
  const { cache, loader, runs } = setUp();
  const asked = cache.getOrSet('a', loader);
  await turn();
  await cache.set('a', 'set');
  runs[0].resolve('loaded');
  assert.equal(await asked, 'loaded');
  assert.equal(await cache.get('a'), 'set');
});

test('invalidateTags ends both windows, expire begins them', async () => {
  const { cache, clock } = setUp({ staleWhileRevalidate: 50, staleIfError: 50 });
  const skipping = ({ skip }) => (skip(), 2);
  await cache.set('a', 1, { tags: ['t'] });
  assert.equal(await cache.expire('a'), true);
  assert.equal(await cache.expire('a'), false);
  clock.advance(49);
  assert.equal((await cache.getOrSetEntry('a', skipping)).status, 'stale');
  assert.equal(await cache.invalidateTags('t', 't', 'other'), 1);
  assert.equal((await cache.getOrSetEntry('a', skipping)).status, 'miss');
});

test('one who gives up leaves the others; when all have, the loader is told', async () => {
  const { cache, loader, runs } = setUp();
  const [first, second] = [new AbortController(), new AbortController()];
  const one = cache.getOrSet('a', loader, { signal: first.signal });
  const two = cache.getOrSet('a', loader, { signal: second.signal });
  await turn();
  first.abort(new Error('first'));
  await assert.rejects(one, /first/);
  assert.equal(runs[0].context.signal.aborted, false);
  second.abort(new Error('second'));
  await assert.rejects(two, /second/);
  assert.equal(runs[0].context.signal.reason.message, 'second');
  runs[0].resolve(1);
  await turn();
  assert.equal(cache.size, 0);
  await assert.rejects(cache.getOrSet('a', loader, { signal: first.signal }), /first/);
  assert.equal(runs.length, 1);
});

test('who aborts is not served what is stale', async () => {
  const { cache, clock, loader } = setUp({ staleIfError: 50 });
  await cache.set('a', 1);
  clock.advance(100);
  const controller = new AbortController();
  const asked = cache.getOrSet('a', loader, { signal: controller.signal });
  await turn();
  controller.abort(new Error('enough'));
  await assert.rejects(asked, /enough/);
});

test('fresh: true takes nothing that is older than the call', async () => {
  const { cache, loader, runs } = setUp({ staleIfError: 50, staleWhileRevalidate: 50 });
  const before = cache.getOrSet('a', loader);
  await turn();
  const fresh = cache.getOrSetEntry('a', loader, { fresh: true });
  const joins = cache.getOrSet('a', loader);
  await turn();
  assert.equal(runs.length, 2);
  runs[1].resolve('new');
  assert.deepEqual(await fresh, { value: 'new', status: 'bypass' });
  assert.equal(await joins, 'new');
  runs[0].resolve('old');
  assert.equal(await before, 'old');
  assert.equal(await cache.get('a'), 'new');
  await assert.rejects(
    cache.getOrSet('a', () => Promise.reject(new Error('down')), { fresh: true }),
    /down/,
  );
  assert.equal(await cache.get('a'), 'new');
});

test('refreshAhead loads in the background from a part of the TTL on', async () => {
  const { cache, clock, loader, runs } = setUp();
  const handed = [];
  const waiting = new TTLCache({ clock, defaultTtl: 100, waitUntil: (work) => handed.push(work) });
  for (const each of [cache, waiting]) {
    await fill(each, 1);
  }
  clock.advance(79);
  assert.equal(await cache.getOrSet('a', loader, { refreshAhead: 0.8 }), 1);
  assert.equal(runs.length, 0);
  clock.advance(1);
  const events = [];
  cache.on('refresh', (event) => events.push(event));
  for (const each of [cache, waiting, cache]) {
    assert.equal(await each.getOrSet('a', loader, { refreshAhead: 0.8 }), 1);
  }
  assert.equal(runs.length, 2);
  clock.advance(5);
  runs[0].resolve(2);
  runs[1].reject(new Error('down'));
  await turn();
  assert.deepEqual(events, [{ key: 'a', durationMs: 5 }]);
  assert.equal(await cache.get('a'), 2);
  assert.equal(await waiting.get('a'), 1);
  assert.equal(handed.length, 1);
  await handed[0];
});

test('an error is kept as long as cacheErrors says', async () => {
  const { cache, clock } = setUp();
  const error = new Error('down');
  let runs = 0;
  const failing = () => {
    runs++;
    throw error;
  };
  const ask = (options) => cache.getOrSet('a', failing, options).catch((reason) => reason);
  assert.equal(await ask({ cacheErrors: () => false }), error);
  assert.equal(await ask({ cacheErrors: () => 50 }), error);
  assert.equal(runs, 2);
  clock.advance(49);
  assert.equal(await ask(), error);
  assert.equal(runs, 2);
  assert.deepEqual([cache.size, await cache.has('a'), await cache.get('a')], [0, false, undefined]);
  clock.advance(1);
  assert.equal(await ask({ cacheErrors: '1h' }), error);
  assert.equal(runs, 3);
  assert.equal(await cache.delete('a'), false);
  assert.equal(await fill(cache, 1), 1, 'delete forgets it');
});

test('a kept error spares the loader behind a stale entry, too', async () => {
  const { cache, clock } = setUp({ staleWhileRevalidate: 50, staleIfError: 500 });
  let runs = 0;
  const failing = () => Promise.reject(new Error(`down ${++runs}`));
  await cache.set('a', 1);
  clock.advance(100);
  for (let n = 0; n < 5; n++) {
    assert.equal(await cache.getOrSet('a', failing, { cacheErrors: 100 }), 1);
    await turn();
    clock.advance(15);
  }
  assert.equal(runs, 1);
  await assert.rejects(cache.getOrSet('a', failing, { staleIfError: 1 }), /down 1/);
  await cache.set('a', 2);
  assert.equal(await cache.get('a'), 2);
});

test('hard and soft timeouts', async (context) => {
  const timers = sinon.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  context.after(() => timers.restore());
  const cache = new TTLCache({ defaultTtl: 1_000, staleIfError: '1h' });
  const { loader, runs } = setUp();
  const slow = cache.getOrSet('b', loader, { timeout: 100 });
  const patient = cache.getOrSet('b', loader, { timeout: 200 });
  await turn();
  timers.tick(100);
  await assert.rejects(slow, (error) => {
    assert.ok(error instanceof CacheLoadError);
    assert.equal(error.code, 'ERR_CACHE_LOAD_TIMEOUT');
    return error.key === 'b';
  });
  assert.equal(runs[0].context.signal.aborted, false);
  timers.tick(100);
  await assert.rejects(patient, { code: 'ERR_CACHE_LOAD_TIMEOUT' });
  assert.equal(runs[0].context.signal.reason.code, 'ERR_CACHE_LOAD_TIMEOUT');
  assert.equal(cache.getStats().loadErrors, 1);

  await cache.set('a', 1);
  timers.tick(1_000);
  const soft = cache.getOrSetEntry('a', loader, { softTimeout: 50, timeout: 500 });
  await turn();
  timers.tick(50);
  assert.deepEqual(await soft, { value: 1, status: 'stale' });
  runs[1].resolve(2);
  await turn();
  assert.equal(await cache.get('a'), 2, 'the load went on');
  timers.tick(1_000);
  const hard = cache.getOrSetEntry('a', loader, { timeout: 50 });
  await turn();
  timers.tick(50);
  assert.deepEqual(await hard, { value: 2, status: 'stale' }, 'a timeout is an error');
});

test('hooks see what is loaded and what is found', async () => {
  class Doubled extends TTLCache {
    preSet(_, value) {
      return value * 2;
    }
    async postGet(_, value) {
      return value === undefined ? undefined : value + 1;
    }
  }
  const cache = new Doubled();
  assert.equal(await cache.getOrSet('a', () => 5), 5);
  assert.equal(await cache.getOrSet('a', () => 5), 11);
  assert.equal(await cache.update('a', (old) => old), 22);
});
