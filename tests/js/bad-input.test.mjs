/** What is refused: with which class and code, with advice, and nothing has changed. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load, loadFresh } from './lib/package.mjs';
import { recorder, REASONS } from './lib/tools.mjs';

const {
  CacheKeyError,
  TTLCache,
  TTLFIFOCache,
  TTLLFUCache,
  TTLLRUCache,
  cached,
  duration,
  withCache,
} = await load();

/** Asserts that `error` is of the class and tells what to do. */
function isRefusal(error, Class, advice) {
  assert.ok(error instanceof Class, `${error.stack} should be a ${Class.name}`);
  const code = Class === CacheKeyError ? 'ERR_CACHE_INVALID_KEY' : 'ERR_CACHE_INVALID_ARGUMENT';
  assert.equal(error.code, code, error.stack);
  assert.match(error.message, advice);
  return true;
}

const DURATION = /'30s'/;
const FUNCTION = /give a function/;
const FLAG = /give true or false/;

/** Option, wrong value, class, advice. */
const OPTIONS = [
  ['defaultTtl', 0, RangeError, /more than 0/],
  ['defaultTtl', -1, RangeError, DURATION],
  ['defaultTtl', NaN, RangeError, DURATION],
  ['defaultTtl', -Infinity, RangeError, DURATION],
  ['defaultTtl', '0s', RangeError, DURATION],
  ['defaultTtl', '5', TypeError, DURATION],
  ['defaultTtl', '5 m', TypeError, DURATION],
  ['defaultTtl', '-5m', TypeError, DURATION],
  ['defaultTtl', '5M', TypeError, DURATION],
  ['defaultTtl', ' 5m', TypeError, DURATION],
  ['defaultTtl', '5m\n', TypeError, DURATION],
  ['defaultTtl', '.5m', TypeError, DURATION],
  ['defaultTtl', '1e3ms', TypeError, DURATION],
  ['defaultTtl', '', TypeError, DURATION],
  ['defaultTtl', null, TypeError, DURATION],
  ['defaultTtl', 5n, TypeError, DURATION],
  ['defaultTtl', new Date(), TypeError, DURATION],
  ['maxSize', 0, RangeError, /at least 1/],
  ['maxSize', -1, RangeError, /at least 1/],
  ['maxSize', 1.5, RangeError, /whole number/],
  ['maxSize', NaN, RangeError, /whole number/],
  ['maxSize', '10', TypeError, /whole number/],
  ['maxSize', null, TypeError, /whole number/],
  ['maxWeight', 0, RangeError, /more than 0/],
  ['maxWeight', -1, RangeError, /more than 0/],
  ['maxWeight', NaN, RangeError, /more than 0/],
  ['maxWeight', '1MB', TypeError, /give a number/],
  ['maxWeight', 10, TypeError, /weigh\(value, key\)/],
  ['weigh', 5, TypeError, FUNCTION],
  ['cleanupInterval', 0, RangeError, DURATION],
  ['cleanupInterval', '1 minute', TypeError, DURATION],
  ['cleanupInterval', true, TypeError, DURATION],
  ['evictionPolicy', 'random', TypeError, /lru.*lfu.*fifo/],
  ['evictionPolicy', 'LRU', TypeError, /lru.*lfu.*fifo/],
  ['evictionPolicy', null, TypeError, /lru.*lfu.*fifo/],
  ['onEvicted', 'log', TypeError, FUNCTION],
  ['onEvicted', null, TypeError, FUNCTION],
  ['notifyOn', 'evicted', TypeError, /array/],
  ['notifyOn', ['gone'], TypeError, /evicted.*expired/],
  ['notifyOn', null, TypeError, /array/],
  ['sliding', 1, TypeError, FLAG],
  ['sliding', null, TypeError, FLAG],
  ['jitter', 1, RangeError, /0 <= jitter < 1/],
  ['jitter', -0.1, RangeError, /0 <= jitter < 1/],
  ['jitter', NaN, RangeError, /0 <= jitter < 1/],
  ['jitter', '10%', TypeError, /0 <= jitter < 1/],
  ['clone', 'deep', TypeError, FLAG],
  ['clock', null, TypeError, /now\(\)/],
  ['clock', {}, TypeError, /now\(\)/],
  ['clock', () => 1, TypeError, /now\(\)/],
  ['random', 0.5, TypeError, FUNCTION],
  ['waitUntil', {}, TypeError, FUNCTION],
  ['name', 5, TypeError, /give a string/],
  ['ttl', '5m', TypeError, /defaultTtl/],
  ['max', 5, TypeError, /maxSize/],
];

for (const [name, value, Class, advice] of OPTIONS) {
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  test(`the option ${name}: ${shown} is a ${Class.name}`, () => {
    assert.throws(
      () => new TTLCache({ [name]: value }),
      (error) => isRefusal(error, Class, advice) && error.message.includes(name),
    );
    if (name !== 'evictionPolicy') {
      assert.throws(
        () => new TTLLRUCache({ maxSize: 5, [name]: value }),
        (error) => isRefusal(error, Class, advice),
      );
    }
  });
}

test('options that are no object are a TypeError', () => {
  for (const options of [null, 5, 'lru', true]) {
    assert.throws(
      () => new TTLCache(options),
      (error) => isRefusal(error, TypeError, /give an object/),
    );
  }
});

test('options that are undefined are options that are not given', async () => {
  const names = OPTIONS.map(([name]) => name).filter((name) => !['ttl', 'max'].includes(name));
  const options = Object.fromEntries(names.map((name) => [name, undefined]));
  const cache = new TTLCache(options);
  await cache.set('a', 1, { ttl: undefined, sliding: undefined, ifAbsent: undefined });
  assert.equal(await cache.get('a'), 1);
});

test('a named cache without a limit, or with a policy, is a TypeError', () => {
  for (const Cache of [TTLLRUCache, TTLLFUCache, TTLFIFOCache]) {
    for (const options of [undefined, null, {}, { defaultTtl: 5 }]) {
      assert.throws(
        () => new Cache(options),
        (error) => isRefusal(error, TypeError, /maxSize or maxWeight/),
      );
    }
    assert.throws(
      () => new Cache({ maxSize: 5, evictionPolicy: 'lru' }),
      (error) => isRefusal(error, TypeError, /leave evictionPolicy out/),
    );
  }
});

const KEYS = [undefined, null, 5, 5n, true, {}, ['a'], Symbol('s'), new String('a')];

/** Calls with a key, each as a user would write it. */
const KEYED = {
  get: (cache, key) => cache.get(key),
  'get with a default': (cache, key) => cache.get(key, 1),
  getOrThrow: (cache, key) => cache.getOrThrow(key),
  getEntry: (cache, key) => cache.getEntry(key),
  set: (cache, key) => cache.set(key, 1),
  has: (cache, key) => cache.has(key),
  delete: (cache, key) => cache.delete(key),
  touch: (cache, key) => cache.touch(key),
  take: (cache, key) => cache.take(key),
  getMany: (cache, key) => cache.getMany(['a', key]),
  setMany: (cache, key) =>
    cache.setMany([
      ['a', 2],
      [key, 2],
    ]),
  deleteMany: (cache, key) => cache.deleteMany(['a', key]),
  'sync.get': async (cache, key) => cache.sync.get(key),
  'sync.set': async (cache, key) => cache.sync.set(key, 1),
  'sync.has': async (cache, key) => cache.sync.has(key),
  'sync.peek': async (cache, key) => cache.sync.peek(key),
  'sync.delete': async (cache, key) => cache.sync.delete(key),
  "a transaction's get": (cache, key) => cache.transaction((tx) => tx.get(key)),
  "a transaction's set": (cache, key) => cache.transaction((tx) => tx.set(key, 1)),
  "a transaction's has": (cache, key) => cache.transaction((tx) => tx.has(key)),
  "a transaction's delete": (cache, key) => cache.transaction((tx) => tx.delete(key)),
  'a wrapped function': (cache, key) => withCache(cache, () => 1, { key: () => key })(),
};

/** Runs `work` on a cache that holds a, and asserts that it has changed nothing. */
async function unchanged(options, work) {
  const { told, onEvicted } = recorder();
  const cache = new TTLCache({ maxSize: 4, onEvicted, notifyOn: REASONS, ...options });
  await cache.set('a', 1);
  const before = { ...cache.getStats(), ...(await cache.getEntry('a')) };
  await work(cache);
  assert.deepEqual(await cache.items(), [['a', 1]]);
  assert.deepEqual({ ...cache.getStats(), ...(await cache.getEntry('a')) }, before);
  assert.deepEqual(told, []);
}

for (const [name, call] of Object.entries(KEYED)) {
  test(`a key that is no string is a CacheKeyError: ${name}`, async () => {
    for (const maxSize of [4, 16_384]) {
      for (const key of KEYS) {
        await unchanged({ maxSize }, (cache) =>
          assert.rejects(call(cache, key), (error) =>
            isRefusal(error, CacheKeyError, /String\(id\)/),
          ),
        );
      }
    }
  });
}

/** Name, call, class, advice. */
const CALLS = [
  ['set of undefined', (cache) => cache.set('a', undefined), TypeError, /use null/],
  ['set without a value', (cache) => cache.set('a'), TypeError, /use null/],
  ['set with ttl 0', (cache) => cache.set('a', 2, 0), RangeError, DURATION],
  ['set with ttl NaN', (cache) => cache.set('a', 2, NaN), RangeError, DURATION],
  ['set with ttl "5"', (cache) => cache.set('a', 2, '5'), TypeError, DURATION],
  ['set with { ttl: -1 }', (cache) => cache.set('a', 2, { ttl: -1 }), RangeError, DURATION],
  ['set with { ttl: null }', (cache) => cache.set('a', 2, { ttl: null }), TypeError, DURATION],
  ['set with null', (cache) => cache.set('a', 2, null), TypeError, /give an object/],
  ['set with true', (cache) => cache.set('a', 2, true), TypeError, /give an object/],
  ['set with a function', (cache) => cache.set('a', 2, () => 1), TypeError, /give an object/],
  ['set with an array', (cache) => cache.set('a', 2, [5]), TypeError, /ttl, /],
  ['set with { tag }', (cache) => cache.set('a', 2, { tag: 'b' }), TypeError, /ttl, sliding/],
  ['set with sliding 1', (cache) => cache.set('a', 2, { sliding: 1 }), TypeError, FLAG],
  ['set with ifAbsent 1', (cache) => cache.set('a', 2, { ifAbsent: 1 }), TypeError, FLAG],
  ['sync.set of undefined', async (cache) => cache.sync.set('a'), TypeError, /use null/],
  ['sync.set with ttl 0', async (cache) => cache.sync.set('a', 2, 0), RangeError, DURATION],
  ['touch with ttl 0', (cache) => cache.touch('a', 0), RangeError, DURATION],
  ['touch with ttl "x"', (cache) => cache.touch('a', 'x'), TypeError, DURATION],
  ['touch with ttl null', (cache) => cache.touch('a', null), TypeError, DURATION],
  ['getEntry with null', (cache) => cache.getEntry('a', null), TypeError, /give an object/],
  ['getEntry with { tuch }', (cache) => cache.getEntry('a', { tuch: true }), TypeError, /touch/],
  ['getEntry with touch 1', (cache) => cache.getEntry('a', { touch: 1 }), TypeError, FLAG],
  ['getMany of a string', (cache) => cache.getMany('ab'), TypeError, /array/],
  ['getMany of null', (cache) => cache.getMany(null), TypeError, /array/],
  ['getMany of nothing', (cache) => cache.getMany(), TypeError, /array/],
  ['getMany of an object', (cache) => cache.getMany({ a: 1 }), TypeError, /array/],
  ['deleteMany of a string', (cache) => cache.deleteMany('a'), TypeError, /array/],
  ['deleteMany of a number', (cache) => cache.deleteMany(5), TypeError, /array/],
  ['setMany of null', (cache) => cache.setMany(null), TypeError, /Map or pairs/],
  ['setMany of a string', (cache) => cache.setMany('ab'), TypeError, /Map or pairs/],
  ['setMany of keys', (cache) => cache.setMany(['ab', 'cd']), TypeError, /pair/],
  ['setMany of numbers', (cache) => cache.setMany([1, 2]), TypeError, /pair/],
  ['setMany of null among pairs', (cache) => cache.setMany([['a', 2], null]), TypeError, /pair/],
  ['setMany without a value', (cache) => cache.setMany([['a', 2], ['b']]), TypeError, /use null/],
  ['setMany of undefined', (cache) => cache.setMany({ a: 2, b: undefined }), TypeError, /use null/],
  ['setMany with ttl 0', (cache) => cache.setMany({ a: 2 }, 0), RangeError, DURATION],
  ['transaction with null', async (cache) => cache.transaction(null), TypeError, /give an object/],
  ['transaction with 5', async (cache) => cache.transaction(5), TypeError, /give an object/],
  [
    'transaction with retries -1',
    (cache) => cache.transaction(() => 1, { retries: -1 }),
    RangeError,
    /at least 0/,
  ],
  [
    'transaction with retries 1.5',
    (cache) => cache.transaction(() => 1, { retries: 1.5 }),
    RangeError,
    /whole number/,
  ],
  [
    'transaction with retries "3"',
    (cache) => cache.transaction(() => 1, { retries: '3' }),
    TypeError,
    /whole number/,
  ],
  [
    'transaction with timeout 0',
    (cache) => cache.transaction(() => 1, { timeout: 0 }),
    RangeError,
    DURATION,
  ],
  [
    'transaction with { retry }',
    (cache) => cache.transaction(() => 1, { retry: 1 }),
    TypeError,
    /retries/,
  ],
  ['on of another event', async (cache) => cache.on('evicted', () => 1), TypeError, /error/],
  ['on without a listener', async (cache) => cache.on('error'), TypeError, FUNCTION],
  ['withCache of no function', async (cache) => withCache(cache, 5), TypeError, FUNCTION],
  ['withCache of no cache', async () => withCache({}, () => 1), TypeError, /TTLCache/],
  ['withCache of undefined', async () => withCache(undefined, () => 1), TypeError, /TTLCache/],
  [
    'withCache with an unknown option',
    async (cache) => withCache(cache, () => 1, { tll: 5 }),
    TypeError,
    /ttl/,
  ],
  [
    'withCache with null',
    async (cache) => withCache(cache, () => 1, null),
    TypeError,
    /give an object/,
  ],
  [
    'withCache with ttl 0',
    async (cache) => withCache(cache, () => 1, { ttl: 0 }),
    RangeError,
    DURATION,
  ],
  [
    'withCache with sliding 1',
    async (cache) => withCache(cache, () => 1, { sliding: 1 }),
    TypeError,
    FLAG,
  ],
  [
    'withCache with a key that is no function',
    async (cache) => withCache(cache, () => 1, { key: 'id' }),
    TypeError,
    FUNCTION,
  ],
  [
    'withCache with a keyPrefix that is no string',
    async (cache) => withCache(cache, () => 1, { keyPrefix: 5 }),
    TypeError,
    /give a string/,
  ],
  [
    'cached with ttl 0',
    async (cache) => cached(cache, { ttl: 0 })(() => 1, { name: 'm' }),
    RangeError,
    DURATION,
  ],
  ['cached of no cache', async () => cached({})(() => 1, { name: 'm' }), TypeError, /TTLCache/],
];

for (const [name, call, Class, advice] of CALLS) {
  test(`${name} is a ${Class.name}, and nothing has changed`, () =>
    unchanged({}, (cache) =>
      assert.rejects(call(cache), (error) => isRefusal(error, Class, advice)),
    ));
}

test('random() that gives what no draw is refuses the set', async () => {
  for (const drawn of [1, -0.1, NaN, '0.5', undefined]) {
    let isRight = true;
    const random = () => (isRight ? 0 : drawn);
    await unchanged({ jitter: 0.5, random }, async (cache) => {
      isRight = false;
      for (const call of [() => cache.set('a', 2), () => cache.touch('a')]) {
        await assert.rejects(call, (error) => isRefusal(error, RangeError, /0 <= x < 1/));
      }
      isRight = true;
    });
  }
});

test('duration reads what durations are and throws for the rest', () => {
  assert.deepEqual(
    ['1ms', '1.5s', '2m', '1h', '7d', '0s'].map(duration),
    [1, 1_500, 120_000, 3_600_000, 604_800_000, 0],
  );
  for (const text of ['', '5', 's', '5 s', '5x', '-5s', '+5s', '5s ', '1.s', '.5s', '5ss', '١s']) {
    assert.throws(
      () => duration(text),
      (error) => isRefusal(error, TypeError, DURATION),
      text,
    );
  }
  for (const text of [5, null, undefined, {}, ['5s']]) {
    assert.throws(
      () => duration(text),
      (error) => isRefusal(error, TypeError, DURATION),
    );
  }
});

test('init with what no module can be made of is a TypeError', async () => {
  const { init } = await loadFresh();
  for (const source of [5, {}, [], () => 1, null]) {
    await assert.rejects(init(source), (error) => isRefusal(error, TypeError, /Module/));
  }
});
