/** Default keys: calls that differ have different ones, calls that do not have one. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { forSeeds } from './lib/random.mjs';

const { TTLCache, withCache } = await load();

/** Lists of arguments of which no two are the same. */
const DIFFERENT = [
  [],
  [undefined],
  [undefined, undefined],
  [null],
  [null, null],
  [true],
  [false],
  [0],
  [-0],
  [1],
  [10],
  [1, 0],
  [-1],
  [1.5],
  [NaN],
  [Infinity],
  [-Infinity],
  [1e21],
  [1n],
  [10n],
  [0n],
  ['1'],
  [''],
  ['', ''],
  ['a'],
  ['ab'],
  ['a', 'b'],
  ['a,b'],
  ['"a"'],
  ['null'],
  ['undefined'],
  ['n1;'],
  ['s1:a'],
  ['a\ud800'],
  ['a\udc00'],
  [[]],
  [[[]]],
  [[], []],
  [[undefined]],
  [new Array(1)],
  [[null]],
  [[1, 2]],
  [[1], 2],
  [1, [2]],
  [['1', '2']],
  [{}],
  [{ a: 1 }],
  [{ a: '1' }],
  [{ a: undefined }],
  [{ b: 1 }],
  [{ a: 1, b: 2 }],
  [{ a: { b: 2 } }],
  [{ a: [1] }],
  [{ '': 1 }],
  [JSON.parse('{"__proto__":1}')],
  [{ 0: 1 }],
  [[1]],
  [new Date(0)],
  [new Date(1)],
  [new Date(NaN)],
  [new Map()],
  [new Map([['a', 1]])],
  [new Map([[1, 'a']])],
  [
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  ],
  [new Set()],
  [new Set(['a'])],
  [new Set([['a', 1]])],
  [new Set(['a', 1])],
];

test('arguments that differ have keys that differ', async () => {
  const cache = new TTLCache();
  let runs = 0;
  const wrapped = withCache(cache, () => ++runs);
  for (const [at, args] of DIFFERENT.entries()) {
    assert.equal(await wrapped(...args), at + 1, `the call ${at}, ${String(args)}`);
  }
  for (const [at, args] of DIFFERENT.entries()) {
    assert.equal(await wrapped(...args), at + 1);
  }
  assert.equal(cache.size, DIFFERENT.length);
});

test('equal arguments have one key, whatever the order of fields', async () => {
  let runs = 0;
  const wrapped = withCache(new TTLCache(), () => ++runs);
  for (const [one, other] of [
    [
      { a: 1, b: [2, { c: 3 }] },
      { b: [2, { c: 3 }], a: 1 },
    ],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [new Date(5), new Date(5)],
    [new Map([['k', { a: 1 }]]), new Map([['k', { a: 1 }]])],
    [
      [1, [2, new Set([3])]],
      [1, [2, new Set([3])]],
    ],
    ['ab', ['a', 'b'].join('')],
  ]) {
    assert.equal(await wrapped(one), await wrapped(other));
  }
  const shared = { a: 1 };
  assert.equal(await wrapped([shared, shared]), await wrapped([{ a: 1 }, { a: 1 }]));
});

test('random arguments have equal keys if and only if they are equal', () =>
  forSeeds(4, async (random) => {
    const draw = (depth) => {
      const kind = random.below(depth === 0 ? 5 : 8);
      const list = () => Array.from({ length: random.below(3) }, () => draw(depth - 1));
      return [
        () => random.below(3),
        () => ['', 'a', 's1:a', '0', 'n0;'][random.below(5)],
        () => null,
        () => random.happens(0.5),
        () => undefined,
        list,
        () => Object.fromEntries(list().map((value, at) => ['ab'[at], value])),
        () => new Set(list()),
      ][kind]();
    };
    const cache = new TTLCache();
    const wrapped = withCache(cache, (...args) => ({ args }));
    for (let at = 0; at < 800; at++) {
      const args = Array.from({ length: random.below(4) }, () => draw(2));
      const { args: known } = await wrapped(...args);
      assert.deepEqual(known, args);
    }
  }));

class Point {
  x = 1;
}

const loop = { inner: [] };
loop.inner.push(loop);

for (const [name, argument] of Object.entries({
  'a function': () => 1,
  'a symbol': Symbol('s'),
  'an instance of a class': new Point(),
  'a regular expression': /a/,
  'a typed array': new Uint8Array(1),
  'a Promise': Promise.resolve(),
  'a cycle': loop,
  'a function inside': { deep: [{ call: () => 1 }] },
  'an object with a symbol for a name': { [Symbol('s')]: 1 },
  'an instance inside a Map': new Map([['a', new Point()]]),
})) {
  test(`${name} cannot be told apart by a key, and asks for one`, async () => {
    let runs = 0;
    const run = () => ++runs;
    const wrapped = withCache(new TTLCache(), run);
    const expected = {
      name: 'TypeError',
      code: 'ERR_CACHE_INVALID_ARGUMENT',
      message: /give the option 'key'/,
    };
    await assert.rejects(wrapped(argument), expected);
    await assert.rejects(wrapped(1, [argument]), expected);
    await assert.rejects(wrapped.invalidate(argument), expected);
    assert.equal(runs, 0);
    assert.equal(await withCache(new TTLCache(), run, { key: () => 'k' })(argument), 1);
  });
}

test('default keys are unique to the wrap', async () => {
  const cache = new TTLCache();
  const make = (result) =>
    withCache(cache, function same() {
      return result;
    });
  const [one, other] = [make(1), make(2)];
  assert.deepEqual([await one('a'), await other('a')], [1, 2]);
  const [anonymous, another] = [withCache(cache, () => 1), withCache(cache, () => 2)];
  assert.deepEqual([await anonymous(), await another()], [1, 2]);
});

test('no key of one wrap is a key of another, whatever their names and arguments', async () => {
  const cache = new TTLCache();
  const lists = [[], [null], [null, null], [0], [1], ['a'], ['#2'], [{}], [true]];
  const wraps = Array.from({ length: 120 }, (_, at) => {
    const { run } = { run: () => at };
    return withCache(cache, run);
  });
  for (const args of lists) {
    for (const [at, wrapped] of wraps.entries()) {
      assert.equal(await wrapped(...args), at, `wrap ${at} with ${JSON.stringify(args)}`);
    }
  }
});
