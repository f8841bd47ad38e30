/** `fetch` and `memo` of `tidecache/lru`, each case done to lru-cache as well. */
import assert from 'node:assert/strict';
import test from 'node:test';

import fc from 'fast-check';
import { LRUCache as Original } from 'lru-cache';

import { load } from './lib/package.mjs';
import { deferred, turn } from './lib/tools.mjs';

const { LRUCache } = await load('tidecache/lru');
const SEEDED = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };

/** Does the same to both classes and compares what `work` returns. */
async function both(work) {
  const [ours, theirs] = [await work(LRUCache), await work(Original)];
  assert.deepEqual(ours, theirs);
  return ours;
}

/** A cache whose fetches end when told, and a record of what it does. */
class Fetching {
  constructor(Class, options) {
    this.time = 1_000;
    this.loads = [];
    this.told = [];
    this.cache = new Class({
      ttlResolution: 0,
      perf: { now: () => this.time },
      dispose: (value, key, reason) => void this.told.push(['left', value, key, reason]),
      fetchMethod: (key, stale, { signal, options: own, context }) => {
        const { promise, resolve, reject } = deferred();
        this.told.push(['load', key, stale, own.ttl, context]);
        this.loads.push({ resolve, reject });
        signal.addEventListener('abort', () => {
          this.told.push(['abort', key, String(signal.reason)]);
        });
        return promise;
      },
      ...options,
    });
  }

  /**
   * Begins a fetch and writes down what comes of it. Left out is where theirs may store the late
   * value of a key that was deleted, or hold a key without a value; ours never does.
   */
  ask(key, given = {}) {
    const { allowStaleOnFetchAbort, ignoreFetchAbort } = { ...this.cache, ...given };
    const options = {
      ...given,
      ...(allowStaleOnFetchAbort && { ignoreFetchAbort: false }),
      ...(ignoreFetchAbort && {
        noDeleteOnFetchRejection: false,
        allowStaleOnFetchRejection: false,
      }),
    };
    this.cache.fetch(key, options).then(
      (value) => void this.told.push(['got', key, value]),
      (error) => void this.told.push(['failed', key, String(error)]),
    );
  }

  /** Returns all that shows. */
  seen() {
    const { cache } = this;
    const keys = ['a', 'b', 'c', 'd'];
    return {
      size: cache.size,
      calculatedSize: cache.calculatedSize,
      entries: [...cache.entries()],
      has: keys.map((key) => cache.has(key)),
      peeks: keys.map((key) => cache.peek(key)),
      stale: keys.map((key) => cache.peek(key, { allowStale: true })),
      dump: cache.dump().map(([key, { value }]) => [key, value]),
    };
  }
}

const flag = fc.boolean();
const key = fc.constantFrom('a', 'b', 'c', 'd');
const some = (fields) => fc.record(fields, { requiredKeys: [], noNullPrototype: true });
const flags = {
  allowStale: flag,
  noDeleteOnFetchRejection: flag,
  allowStaleOnFetchRejection: flag,
  allowStaleOnFetchAbort: flag,
  ignoreFetchAbort: flag,
  updateAgeOnGet: flag,
};
const settings = fc.oneof(
  fc.tuple(some({ ...flags, ttl: fc.constantFrom(0, 10) }), fc.integer({ min: 1, max: 4 })),
  fc.tuple(
    some({ ...flags, ttl: fc.constantFrom(0, 10), backgroundFetchSize: fc.constant(2) }),
    fc.integer({ min: 2, max: 6 }).map((maxSize) => ({ maxSize, sizeCalculation: () => 1 })),
  ),
);
const call = (name, ...words) => fc.tuple(fc.constant(name), ...words);
const steps = fc.oneof(
  {
    weight: 5,
    arbitrary: call('ask', key, some({ ...flags, forceRefresh: flag, context: fc.nat(3) })),
  },
  { weight: 2, arbitrary: call('askAborted', key, some(flags)) },
  { weight: 2, arbitrary: call('abort') },
  { weight: 4, arbitrary: call('end', fc.nat(), fc.constantFrom(1, 'x', undefined)) },
  { weight: 2, arbitrary: call('fail', fc.nat()) },
  { weight: 2, arbitrary: call('set', key, fc.nat(9)) },
  { weight: 2, arbitrary: call('get', key) },
  { weight: 1, arbitrary: call('delete', key) },
  { weight: 1, arbitrary: call('clear') },
  { weight: 2, arbitrary: call('advance', fc.nat(20)) },
);

const kinds = ['load', 'abort', 'got', 'failed', 'left'];

/** Does `script` to a cache of `Class` and returns what was seen after each step. */
async function run(Class, [options, limit], script) {
  const limits = typeof limit === 'number' ? { max: limit } : limit;
  const fetching = new Fetching(Class, { ...options, ...limits });
  const aborts = [];
  const seen = [];
  for (const [name, ...words] of script) {
    const { cache, loads } = fetching;
    if (name === 'ask') {
      fetching.ask(words[0], { ...words[1] });
    } else if (name === 'askAborted') {
      const controller = new AbortController();
      aborts.push(controller);
      fetching.ask(words[0], { ...words[1], signal: controller.signal });
    } else if (name === 'abort') {
      aborts.shift()?.abort(new Error('enough'));
    } else if (name === 'end' && loads.length > 0) {
      loads[words[0] % loads.length].resolve(words[1]);
    } else if (name === 'fail' && loads.length > 0) {
      loads[words[0] % loads.length].reject(new Error('no'));
    } else if (name === 'advance') {
      fetching.time += words[0];
    } else if (name in cache) {
      seen.push(String(cache[name](...words)));
    }
    await turn();
    // Ours tells of values when an operation is done, theirs before.
    const told = fetching.told.splice(0);
    seen.push(fetching.seen(), ...kinds.map((kind) => told.filter(([what]) => what === kind)));
  }
  return seen;
}

test('random fetches do as those of lru-cache', async () => {
  const scripts = fc.array(steps, { minLength: 10, maxLength: 40, size: 'max' });
  await fc.assert(
    fc.asyncProperty(settings, scripts, async (chosen, script) => {
      await both((Class) => run(Class, chosen, script));
    }),
    { numRuns: 400, includeErrorInReport: true, ...SEEDED },
  );
});

test('callers of one key share a load, and a set wins over it', async () => {
  const seen = await both(async (Class) => {
    const fetching = new Fetching(Class, { max: 3 });
    fetching.ask('a');
    fetching.ask('a');
    fetching.ask('b');
    fetching.cache.set('b', 2);
    fetching.loads.forEach(({ resolve }) => resolve(1));
    await turn();
    return [fetching.told, fetching.seen()];
  });
  assert.equal(seen[0].filter(([what]) => what === 'load').length, 2);
});

test('without a fetch method fetch is get, and forceFetch insists', () =>
  both(async (Class) => {
    const cache = new Class({ max: 3 });
    cache.set('a', 1);
    const refused = await cache.forceFetch('b').catch((error) => String(error));
    return [await cache.fetch('a'), await cache.fetch('b'), await cache.forceFetch('a'), refused];
  }));

test('a method that throws or gives a value at once does as with lru-cache', () =>
  both(async (Class) => {
    const cache = new Class({
      max: 3,
      fetchMethod: (name) => {
        if (name === 'bad') throw new Error('bad');
        return name.length;
      },
    });
    const refused = await cache.fetch('bad').catch((error) => String(error));
    return [await cache.fetch('good'), refused, cache.size, cache.get('good')];
  }));

test('memo computes what is not held', () =>
  both((Class) => {
    const calls = [];
    let time = 1_000;
    const cache = new Class({
      max: 2,
      ttl: 10,
      ttlResolution: 0,
      perf: { now: () => time },
      memoMethod: (name, stale, { context, options }) => {
        calls.push([name, stale, context, options.ttl]);
        return calls.length;
      },
    });
    const answers = [cache.memo('a'), cache.memo('a'), cache.memo('b', { context: 7, ttl: 99 })];
    answers.push(cache.memo('a', { forceRefresh: true }));
    time += 20;
    answers.push(cache.memo('a', { allowStale: true }), cache.memo('a'), cache.memo('b'));
    assert.throws(() => new Class({ max: 1 }).memo('a'));
    return [answers, calls];
  }));
