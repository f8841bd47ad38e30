/**
 * `tidecache/lru` against lru-cache itself: random operations on both, all that shows compared
 * after each.
 *
 * A failure prints its seed; `SEED=7 node --test tests/js/lru-model.test.mjs` runs that one alone.
 */
import assert from 'node:assert/strict';
import test from 'node:test';

import fc from 'fast-check';

import { KEYS, Twins } from './lru/twins.mjs';

const { SEED } = process.env;
const SEEDED = SEED === undefined ? {} : { seed: Number(SEED) };

const flag = fc.boolean();
const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom(0, 1, '', 'x', null, false, 'long text', undefined);
const ttl = fc.constantFrom(0, 1, 5, 20, 100);
const some = (fields) => fc.record(fields, { requiredKeys: [], noNullPrototype: true });

/** Options of a cache; `max` small, so that much leaves. */
const plain = some({
  ttl: fc.constantFrom(0, 1, 10, 50),
  updateAgeOnGet: flag,
  updateAgeOnHas: flag,
  allowStale: flag,
  noDeleteOnStaleGet: flag,
  noUpdateTTL: flag,
  noDisposeOnSet: flag,
  isTold: flag,
});
const byCount = fc.tuple(plain, fc.integer({ min: 1, max: 9 })).map(([rest, max]) => ({
  ...rest,
  max,
}));
const sizeOf = (held) => (typeof held === 'string' ? held.length + 1 : 1);
const bySize = fc
  .tuple(
    plain,
    fc.integer({ min: 1, max: 25 }),
    some({ max: fc.integer({ min: 1, max: 9 }) }),
    flag,
  )
  .map(([rest, maxSize, more, isSmall]) => ({
    ...rest,
    ...more,
    maxSize,
    sizeCalculation: sizeOf,
    // More than maxSize makes theirs count below zero.
    ...(isSmall && { maxEntrySize: Math.min(5, maxSize) }),
  }));

const get = some({ allowStale: flag, updateAgeOnGet: flag, noDeleteOnStaleGet: flag });
const put = some({ ttl, start: fc.integer({ min: 900, max: 1_200 }), noUpdateTTL: flag });
const call = (name, ...words) => fc.tuple(fc.constant(name), ...words);
const operations = (setOptions) =>
  fc.oneof(
    { weight: 8, arbitrary: call('set', key, value, setOptions) },
    { weight: 8, arbitrary: call('get', key, get) },
    { weight: 2, arbitrary: call('has', key, some({ updateAgeOnHas: flag })) },
    { weight: 2, arbitrary: call('peek', key, some({ allowStale: flag })) },
    { weight: 2, arbitrary: call('delete', key) },
    { weight: 1, arbitrary: call('pop') },
    { weight: 1, arbitrary: call('purgeStale') },
    { weight: 1, arbitrary: call('getRemainingTTL', key) },
    {
      weight: 1,
      arbitrary: call(
        'find',
        fc.constantFrom((held) => held === 'x'),
      ),
    },
    { weight: 4, arbitrary: call('advance', fc.integer({ min: 0, max: 30 })) },
    { weight: 1, arbitrary: fc.constantFrom(['clear'], ['reload']) },
  );

/** Does `script` to a pair of caches. */
function run(options, script) {
  const twins = new Twins(options);
  let left = 0;
  for (const [name, ...words] of script) {
    if (name === 'advance') {
      twins.advance(...words);
    } else if (name === 'reload') {
      // Each takes what the other has dumped.
      const [ours, theirs] = [twins.ours.dump(), twins.theirs.dump()];
      twins.ours.load(theirs);
      twins.theirs.load(ours);
    } else {
      twins.apply(name, ...words);
    }
    left += twins.told[0].filter(([what]) => what === 'dispose').length;
    twins.compare();
  }
  return left;
}

/** Checks scripts until `runs` have passed; scripts in which nobody leaves are none. */
function check(runs, options, setOptions) {
  let left = 0;
  const scripts = fc.array(operations(setOptions), { minLength: 30, maxLength: 120, size: 'max' });
  fc.assert(
    fc.property(options, scripts, (chosen, script) => void (left += run(chosen, script))),
    { numRuns: runs, includeErrorInReport: true, ...SEEDED },
  );
  assert.ok(left > runs, `only ${left} have left`);
}

test('a cache limited by entries does as lru-cache', () => check(500, byCount, put));

test('a cache limited by sizes does as lru-cache', () =>
  check(
    500,
    bySize,
    some({ ttl, size: fc.constantFrom(1, 3, 0, -1, 1.5, 30), noUpdateTTL: flag }),
  ));

test('a cache large enough for a table of its own does as lru-cache', () => {
  const twins = new Twins({ max: 5_000, ttl: 1_000 });
  let state = Number(SEED ?? 1);
  const below = (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  for (let step = 0; step < 60_000; step++) {
    const number = below(9_000);
    const one = number % 7 === 0 ? number : `key ${number}`;
    const name = ['set', 'get', 'get', 'has', 'delete'][below(below(4) + 2)];
    twins.apply(name, one, ...(name === 'set' ? [step] : []));
    if (step % 20 === 0) twins.advance(1);
    if (step % 6_000 === 5_999) twins.compare();
  }
  assert.ok(twins.ours.size > 4_900);
});

test('what lru-cache refuses is refused', () => {
  const bad = [
    ...[{}, { max: -1 }, { max: 1.5 }, { max: '5' }, { max: 5, ttl: -1 }, { maxSize: 2.5 }],
    ...[
      { max: 5, maxEntrySize: -1 },
      { max: 5, sizeCalculation: () => 1 },
      { max: 1, perf: {} },
    ],
    ...[
      { max: 1, fetchMethod: 1 },
      { max: 1, memoMethod: 'a' },
    ],
    { maxSize: 9, sizeCalculation: 1 },
  ];
  for (const options of bad) {
    assert.throws(() => new Twins(options).theirs, TypeError, JSON.stringify(options));
    const { ours } = new Twins({ max: 1 });
    assert.throws(() => new ours.constructor(options), TypeError, JSON.stringify(options));
  }
});
