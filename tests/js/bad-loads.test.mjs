/** What loads, tags, namespaces and writes refuse: class, code and advice; nothing has changed. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';

const { CacheKeyError, TTLCache, withCache } = await load();

const DURATION = /'30s'/;
const FLAG = /give true or false/;
const FRACTION = /0 <= \w+ < 1/;
const FUNCTION = /give a function/;
const OBJECT = /give an object or nothing/;
const TAGS = /give an array of strings/;

/** Option of a load, wrong value, class, advice. */
const LOAD_OPTIONS = [
  ...['timeout', 'softTimeout', 'cacheErrors', 'ttl'].flatMap((name) => [
    [name, 0, RangeError, DURATION],
    [name, -1, RangeError, DURATION],
    [name, NaN, RangeError, DURATION],
    [name, '0s', RangeError, DURATION],
    [name, 'soon', TypeError, DURATION],
    [name, null, TypeError, DURATION],
    [name, true, TypeError, DURATION],
    [name, {}, TypeError, DURATION],
  ]),
  ...['staleWhileRevalidate', 'staleIfError'].flatMap((name) => [
    [name, -1, RangeError, DURATION],
    [name, NaN, RangeError, DURATION],
    [name, '5', TypeError, DURATION],
    [name, null, TypeError, DURATION],
    [name, false, TypeError, DURATION],
  ]),
  ['refreshAhead', 1, RangeError, FRACTION],
  ['refreshAhead', -0.1, RangeError, FRACTION],
  ['refreshAhead', NaN, RangeError, FRACTION],
  ['refreshAhead', '0.5', TypeError, FRACTION],
  ['refreshAhead', null, TypeError, FRACTION],
  ...['fresh', 'sliding', 'ifAbsent'].flatMap((name) => [
    [name, 1, TypeError, FLAG],
    [name, null, TypeError, FLAG],
    [name, 'yes', TypeError, FLAG],
  ]),
  ['shouldCache', true, TypeError, FUNCTION],
  ['shouldCache', null, TypeError, FUNCTION],
  ['signal', null, TypeError, /AbortSignal/],
  ['signal', {}, TypeError, /AbortSignal/],
  ['signal', 'abort', TypeError, /AbortSignal/],
  ['tags', 'tag', TypeError, TAGS],
  ['tags', [5], TypeError, TAGS],
  ['tags', null, TypeError, TAGS],
  ['tags', new Set(['tag']), TypeError, TAGS],
  ['tag', 'tag', TypeError, /there is no option 'tag'; the options are ttl/],
  ['onError', () => 1, TypeError, /there is no option 'onError'/],
];

/** Asserts that `error` is of the class and tells what to do. */
function isRefusal(error, Class, advice) {
  assert.ok(error instanceof Class, `${error.stack} should be a ${Class.name}`);
  const code = Class === CacheKeyError ? 'ERR_CACHE_INVALID_KEY' : 'ERR_CACHE_INVALID_ARGUMENT';
  assert.equal(error.code, code, error.stack);
  assert.match(error.message, advice);
  return true;
}

/** Runs `work` on a cache that holds a, and asserts that it has changed nothing. */
async function unchanged(work) {
  const cache = new TTLCache({ maxSize: 4 });
  await cache.set('a', 1);
  const told = [];
  for (const event of ['hit', 'miss', 'set', 'remove', 'refresh']) {
    cache.on(event, (payload) => told.push([event, payload]));
  }
  const before = { ...cache.getStats(), ...(await cache.getEntry('a')) };
  await work(cache);
  assert.deepEqual(await cache.items(), [['a', 1]]);
  assert.deepEqual({ ...cache.getStats(), ...(await cache.getEntry('a')) }, before);
  assert.deepEqual(told, []);
}

const never = () => assert.fail('not called');

for (const [name, value, Class, advice] of LOAD_OPTIONS) {
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
  test(`a load with ${name}: ${shown} is a ${Class.name}, and nothing is loaded`, () =>
    unchanged(async (cache) => {
      const options = { [name]: value };
      const refused = (error) => isRefusal(error, Class, advice);
      for (const key of ['a', 'b']) {
        await assert.rejects(cache.getOrSet(key, never, options), refused);
        await assert.rejects(cache.getOrSetEntry(key, never, options), refused);
      }
      assert.throws(() => withCache(cache, never, options), refused);
    }));
}

/** Options of a `set`, which a cache, a namespace, and other writes take as well. */
const SET_OPTIONS = LOAD_OPTIONS.filter(([name]) =>
  ['ttl', 'staleWhileRevalidate', 'staleIfError', 'sliding', 'ifAbsent', 'tags'].includes(name),
);

test('what a set refuses, other writes and namespaces refuse too', () =>
  unchanged(async (cache) => {
    const { version } = await cache.getEntry('a');
    for (const [name, value, Class, advice] of SET_OPTIONS) {
      const options = { [name]: value };
      const refused = (error) => isRefusal(error, Class, advice);
      await assert.rejects(cache.set('a', 2, options), refused);
      await assert.rejects(cache.setMany({ a: 2, b: 2 }, options), refused);
      await assert.rejects(cache.update('a', never, options), refused);
      await assert.rejects(cache.increment('a', 1, options), refused);
      await assert.rejects(cache.compareAndSet('a', version, 2, options), refused);
      await assert.rejects(
        cache.transaction((tx) => tx.set('a', 2, options)),
        refused,
      );
      assert.throws(() => cache.namespace('n', options), refused);
    }
  }));

test('windows are refused as options of a cache as well', () => {
  for (const [name, value, Class, advice] of SET_OPTIONS) {
    if (name.startsWith('stale')) {
      assert.throws(
        () => new TTLCache({ [name]: value }),
        (error) => isRefusal(error, Class, advice),
      );
    }
  }
});

/** Name, call, class, advice. */
const CALLS = [
  ['getOrSet without a loader', (cache) => cache.getOrSet('b'), TypeError, FUNCTION],
  ['getOrSet of a value', (cache) => cache.getOrSet('a', 5), TypeError, FUNCTION],
  ['getOrSet with null', (cache) => cache.getOrSet('a', never, null), TypeError, OBJECT],
  ['getOrSet with a TTL', (cache) => cache.getOrSet('a', never, 5), TypeError, OBJECT],
  ['update without a function', (cache) => cache.update('a', 2), TypeError, FUNCTION],
  ['update to undefined', (cache) => cache.update('a', () => undefined), TypeError, /use null/],
  ['increment by text', (cache) => cache.increment('a', '1'), TypeError, /give a number/],
  ['increment by null', (cache) => cache.increment('a', null), TypeError, /give a number/],
  ['increment by NaN', (cache) => cache.increment('a', NaN), RangeError, /finite/],
  ['increment by Infinity', (cache) => cache.increment('a', Infinity), RangeError, /finite/],
  ['compareAndSet to undefined', (cache) => cache.compareAndSet('a', 1), TypeError, /use null/],
  ['invalidateTags of a number', (cache) => cache.invalidateTags('t', 5), TypeError, TAGS],
  ['invalidateTags of an array', (cache) => cache.invalidateTags(['t']), TypeError, TAGS],
  ['a namespace without a name', async (cache) => cache.namespace(), TypeError, /give a string/],
  ['a namespace of a number', async (cache) => cache.namespace(5), TypeError, /give a string/],
  ['a namespace with null', async (cache) => cache.namespace('n', null), TypeError, OBJECT],
  [
    'getEntry with allowStale 1',
    (cache) => cache.getEntry('a', { allowStale: 1 }),
    TypeError,
    FLAG,
  ],
];

for (const [name, call, Class, advice] of CALLS) {
  test(`${name} is a ${Class.name}, and nothing has changed`, () =>
    unchanged((cache) => assert.rejects(call(cache), (error) => isRefusal(error, Class, advice))));
}

test('keys that are no strings are refused by all of them', () =>
  unchanged(async (cache) => {
    const space = cache.namespace('n');
    for (const key of [undefined, null, 5, {}, Symbol('a')]) {
      for (const of of [cache, space]) {
        const calls = [
          () => of.getOrSet(key, never),
          () => of.getOrSetEntry(key, never),
          () => of.update(key, () => 1),
          () => of.increment(key),
          () => of.compareAndSet(key, 1, 1),
          () => of.expire(key),
          () => of.get(key),
          () => of.set(key, 1),
          () => of.delete(key),
        ];
        for (const call of calls) {
          await assert.rejects(call, (error) => isRefusal(error, CacheKeyError, /String\(id\)/));
        }
      }
    }
  }));

test('what a loader names wrongly by setOptions fails the load, and nothing is stored', async () => {
  for (const [name, value, Class, advice] of SET_OPTIONS) {
    const cache = new TTLCache();
    const loaded = cache.getOrSet('a', ({ setOptions }) => {
      setOptions({ [name]: value });
      return 1;
    });
    await assert.rejects(loaded, (error) => isRefusal(error, Class, advice));
    assert.equal(cache.size, 0);
  }
});
