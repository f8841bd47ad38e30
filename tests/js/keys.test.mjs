/** Any string is a key, and no two of them are confused; with either index. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';

const { TTLCache, withCache } = await load();

const LONG = 'long'.repeat(250_000);
const KEYS = [
  '',
  ' ',
  '\0',
  '\0\0',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'undefined',
  'null',
  '0',
  '-0',
  '1',
  '01',
  '1.0',
  'a',
  'A',
  'aa',
  'ä',
  'a\u0308',
  '\ud800',
  '\udc00',
  '\ud800\udc00',
  '\udc00\ud800',
  '\ufffd',
  'x\ud83d',
  '👍',
  LONG,
  `${LONG}x`,
  `${LONG}y`,
  `x${LONG}`,
];

for (const [index, maxSize] of [
  ['a Map', 100],
  ['a table of its own', 16_384],
]) {
  test(`a cache with ${index} tells all strings apart`, async () => {
    const cache = new TTLCache({ maxSize });
    KEYS.forEach((key, at) => assert.equal(cache.sync.set(key, at), true));
    assert.equal(cache.size, KEYS.length);
    for (const [at, key] of KEYS.entries()) {
      assert.equal(cache.sync.get(key), at);
      assert.equal(await cache.get(key), at);
      assert.equal((await cache.getEntry(key)).key, key);
    }
    assert.deepEqual(new Map(await cache.items()), new Map(KEYS.map((key, at) => [key, at])));
    assert.deepEqual([...(await cache.getMany(KEYS)).values()], [...KEYS.keys()]);
    for (const [at, key] of KEYS.entries()) {
      assert.equal(await cache.delete(key), true);
      assert.equal(cache.sync.has(key), false);
      assert.equal(cache.size, KEYS.length - at - 1);
    }
  });

  test(`a cache with ${index} knows a key by its characters, however it was made`, () => {
    const cache = new TTLCache({ maxSize });
    cache.sync.set(['joined', 'key'].join('-'), 1);
    assert.equal(cache.sync.get(`joined${String.fromCharCode(45)}key`), 1);
    assert.equal(cache.sync.get(JSON.parse('"joined-key"')), 1);
    assert.equal(cache.sync.get('xjoined-key'.slice(1)), 1);
  });

  test(`a cache with ${index} evicts and expires any key`, () => {
    let now = 0;
    const cache = new TTLCache({ maxSize, clock: { now: () => now }, defaultTtl: 10 });
    KEYS.forEach((key) => cache.sync.set(key, key));
    now = 10;
    KEYS.forEach((key) => assert.equal(cache.sync.get(key), undefined));
    KEYS.forEach((key) => cache.sync.set(key, key, Infinity));
    for (let at = 0; at < maxSize; at++) {
      cache.sync.set(`filler${at}`, at, Infinity);
    }
    KEYS.forEach((key) => assert.equal(cache.sync.has(key), false));
    assert.equal(cache.size, maxSize);
  });
}

test("setMany takes an object's own '__proto__' for a key like others", async () => {
  const cache = new TTLCache();
  await cache.setMany(JSON.parse('{"__proto__": 1, "constructor": 2}'));
  assert.deepEqual(
    new Map(await cache.items()),
    new Map(Object.entries({ constructor: 2 })).set('__proto__', 1),
  );
});

test('a transaction and a wrapped function tell lone surrogates apart too', async () => {
  const cache = new TTLCache();
  await cache.transaction(async (tx) => {
    await tx.set('\ud800', 1);
    await tx.set('\udc00', 2);
    assert.deepEqual([await tx.get('\ud800'), await tx.get('\udc00')], [1, 2]);
  });
  const wrapped = withCache(cache, (text) => text);
  assert.equal(await wrapped('\ud800'), '\ud800');
  assert.equal(await wrapped('\udc00'), '\udc00');
  assert.equal(await wrapped('\ufffd'), '\ufffd');
});
