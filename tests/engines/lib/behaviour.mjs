/**
 * What `DistributedCache` does on an engine, whichever it is: the same tests for each.
 *
 * `open(options)` makes a cache on a new engine over the same servers and the same place in them;
 * `place` is another place for each test.
 */
import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { load } from '../../js/lib/package.mjs';

const { TTLCache } = await load();
const { CacheConnectionError } = await load('tidecache/cluster');

/** Numbers by chance that a seed repeats. */
function randomBy(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const VALUES = [
  'text',
  0,
  -0,
  null,
  { a: [1, { b: undefined }] },
  new Map([['k', new Set([1n])]]),
  new Date(0),
  new Uint8Array([1, 2, 3]),
  new Float64Array([1.5]),
  '',
];

/** The naive model: what is held, and nothing else. */
class Model {
  held = new Map();

  apply(operation, key, value) {
    const had = this.held.has(key);
    if (operation === 'set' || (operation === 'add' && !had)) this.held.set(key, value);
    if (operation === 'delete') this.held.delete(key);
    if (operation === 'clear') this.held.clear();
    return had;
  }
}

/** One random operation on the cache and the model, and what both say. */
async function step(cache, model, random) {
  const key = `k${random(8)}`;
  const value = VALUES[random(VALUES.length)];
  const chance = random(100);
  if (chance < 30) {
    assert.equal(await cache.set(key, value), true);
    model.apply('set', key, value);
  } else if (chance < 50) {
    assert.deepEqual(await cache.get(key), model.held.get(key));
  } else if (chance < 58) {
    assert.equal(await cache.has(key), model.held.has(key));
  } else if (chance < 68) {
    assert.equal(await cache.delete(key), model.apply('delete', key));
  } else if (chance < 76) {
    assert.equal(await cache.set(key, value, { ifAbsent: true }), !model.apply('add', key, value));
  } else if (chance < 84) {
    const entry = await cache.getEntry(key);
    assert.deepEqual(entry?.value, model.held.get(key));
    if (entry !== undefined) {
      assert.equal(await cache.compareAndSet(key, entry.version, value), true);
      model.apply('set', key, value);
      assert.equal(await cache.compareAndSet(key, entry.version, 'late'), false);
    }
  } else if (chance < 90) {
    assert.equal(await cache.touch(key, '1h'), model.held.has(key));
  } else if (chance < 96) {
    const loaded = await cache.getOrSet(key, () => value);
    assert.deepEqual(loaded, model.held.has(key) ? model.held.get(key) : value);
    if (!model.held.has(key)) model.apply('set', key, value);
  } else if (chance < 99) {
    const keys = Array.from({ length: 8 }, (_, at) => `k${at}`);
    const all = await cache.getMany(keys);
    for (const one of keys) assert.deepEqual(all.get(one), model.held.get(one));
  } else {
    await cache.clear();
    model.apply('clear');
  }
}

/** Registers the tests. */
export function behaviour(name, open) {
  let places = 0;
  /** Returns caches on a place of their own. */
  const caches = (t, count, options = {}) => {
    const place = `place-${places++}`;
    return Array.from({ length: count }, () => {
      const cache = open(place, options);
      t.after(() => cache.close());
      return cache;
    });
  };

  test(`${name}: random operations do what a map does`, async (t) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
    t.diagnostic(`SEED=${seed}`);
    const random = randomBy(seed);
    const [one, two] = caches(t, 2, { timeout: '10s' });
    const model = new Model();
    for (let at = 0; at < 600; at++) {
      await step(random(2) === 0 ? one : two, model, random).catch((error) => {
        error.message += ` (SEED=${seed}, step ${at})`;
        throw error;
      });
    }
  });

  test(`${name}: an entry tells its life and a version, and ends`, async (t) => {
    const [cache] = caches(t, 1);
    const before = Date.now();
    await cache.set('k', { v: 1 }, '1s');
    const entry = await cache.getEntry('k');
    assert.deepEqual(entry.value, { v: 1 });
    assert.ok(entry.createdAt >= before && entry.createdAt <= Date.now());
    assert.ok(entry.expiresAt > before + 500 && entry.expiresAt < before + 2000);
    assert.equal(typeof entry.version, 'string');
    await cache.set('endless', 1, Infinity);
    assert.equal((await cache.getEntry('endless')).expiresAt, Infinity);
    await pause(1050);
    assert.equal(await cache.get('k'), undefined);
    assert.equal(await cache.has('endless'), true);
  });

  test(`${name}: many at once`, async (t) => {
    const [cache] = caches(t, 1, { timeout: '10s' });
    const pairs = Array.from({ length: 200 }, (_, at) => [`m${at}`, at]);
    await cache.setMany(pairs);
    const found = await cache.getMany(['none', ...pairs.map(([key]) => key)]);
    assert.equal(found.get('none'), undefined);
    assert.deepEqual([...found].slice(1), pairs);
    assert.equal(await cache.deleteMany(['none', 'm0', 'm199']), 2);
    await cache.clear();
    assert.equal(await cache.get('m1'), undefined);
  });

  test(`${name}: a loader runs once among several clients, and again after an error`, async (t) => {
    const all = caches(t, 4, { timeout: '5s' });
    let runs = 0;
    const loader = async ({ key }) => {
      runs++;
      await pause(300);
      return `loaded ${key}`;
    };
    const calls = all.flatMap((cache) => [
      cache.getOrSet('k', loader),
      cache.getOrSet('k', loader),
    ]);
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(['loaded k']));
    assert.equal(runs, 1);
    const [one, two] = all;
    const boom = new Error('boom');
    await assert.rejects(
      one.getOrSet('e', () => Promise.reject(boom)),
      boom,
    );
    assert.equal(await two.getOrSet('e', () => 'after'), 'after');
  });

  test(`${name}: what is written or removed while a loader runs stays`, async (t) => {
    const [one, two] = caches(t, 2);
    const during = async (key, change) => {
      const loaded = await one.getOrSet(key, async () => {
        await change();
        return 'loaded';
      });
      assert.equal(loaded, 'loaded');
      return two.get(key);
    };
    assert.equal(await during('a', () => one.set('a', 'mine')), 'mine');
    assert.equal(await during('b', () => two.set('b', 'theirs')), 'theirs');
    assert.equal(await during('c', () => one.delete('c')), undefined);
    assert.equal(await during('d', () => one.clear()), undefined);
    assert.equal(one.getStats().unstored, 4);
  });

  test(`${name}: near copies are used, and dropped when anybody changes them`, async (t) => {
    const near = new TTLCache({ maxSize: 100 });
    const [one] = caches(t, 1, { near });
    places--;
    const [two] = caches(t, 1);
    await one.connect();
    const read = () => one.get('k', undefined, { consistency: 'one' });
    const until = async (wanted) => {
      while ((await read()) !== wanted) await pause(5);
    };
    await two.set('k', 1);
    await until(1);
    // The change that was just told may have voided the first copy.
    while (one.getStats().nearHits === 0) await read();
    const hits = one.getStats().nearHits;
    assert.equal(await read(), 1);
    assert.equal(one.getStats().nearHits, hits + 1);
    await two.set('k', 2);
    await until(2);
    await two.delete('k');
    await until(undefined);
    await two.set('k', 3);
    await until(3);
    await two.clear();
    await until(undefined);
    await one.set('k', 4);
    assert.equal(await read(), 4);
    assert.equal(await one.get('k'), 4);
  });

  test(`${name}: keys, values and options are checked before anything is sent`, async (t) => {
    const [cache] = caches(t, 1);
    const rejects = (work, code) => assert.rejects(work, { code });
    await rejects(cache.get(1), 'ERR_CACHE_INVALID_KEY');
    await rejects(cache.get('\ud800'), 'ERR_CACHE_INVALID_KEY');
    await rejects(cache.set('x'.repeat(1025), 1), 'ERR_CACHE_TOO_LARGE');
    await rejects(cache.set('k', 'x'.repeat(2 ** 20)), 'ERR_CACHE_TOO_LARGE');
    await rejects(
      cache.set('k', () => 1),
      'ERR_CACHE_SERIALIZATION',
    );
    await rejects(cache.set('k', 1, { tags: ['t'] }), 'ERR_CACHE_UNSUPPORTED');
    await rejects(cache.set('k', 1, { ifAbsent: 1 }), 'ERR_CACHE_INVALID_ARGUMENT');
    await rejects(cache.get('k', 0, { consistency: 'all' }), 'ERR_CACHE_UNSUPPORTED');
    await rejects(cache.reconfigure([], 2), 'ERR_CACHE_UNSUPPORTED');
    for (const options of [
      { readQuorum: 2 },
      { nodes: [] },
      { token: 'secret' },
      { hedge: true },
    ]) {
      assert.throws(() => open('none', options), { code: 'ERR_CACHE_UNSUPPORTED' });
    }
    assert.throws(() => open('none', { unknown: 1 }), TypeError);
    const aborted = AbortSignal.abort(new Error('given up'));
    await assert.rejects(cache.get('k', 0, { signal: aborted }), /given up/);
    assert.equal(await cache.get('k'), undefined);
  });

  test(`${name}: an aborted signal ends the waiting, and close ends the cache`, async (t) => {
    const [cache] = caches(t, 1);
    await cache.connect();
    const states = cache.nodes.map(({ state }) => state);
    assert.ok(states.length > 0 && states.includes('up'), states.join());
    const controller = new AbortController();
    const waiting = cache.getOrSet('k', () => new Promise(() => {}), { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await assert.rejects(waiting, /enough/);
    const loading = cache.getOrSet('l', () => new Promise(() => {}));
    loading.catch(() => {});
    await pause(50);
    await cache.close();
    await assert.rejects(loading, { code: 'ERR_CACHE_CLOSED' });
    await assert.rejects(cache.get('k'), { code: 'ERR_CACHE_CLOSED' });
    assert.throws(() => cache.getStats(), { code: 'ERR_CACHE_CLOSED' });
    await cache.close();
  });
}

/** An engine that cannot be reached: every call is an error of the same kind. */
export async function assertUnreachable(cache) {
  for (const call of [
    () => cache.get('k'),
    () => cache.set('k', 1),
    () => cache.delete('k'),
    () => cache.clear(),
    () => cache.getOrSet('k', () => 1),
    () => cache.connect(),
  ]) {
    const error = await call().then(assert.fail, (caught) => caught);
    assert.ok(error instanceof CacheConnectionError, String(error));
    assert.equal(error.code, 'ERR_CACHE_CONNECTION');
  }
}
