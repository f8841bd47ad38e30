/** Bytes mode by itself: what comes back, what is refused, what is counted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import vm from 'node:vm';

import { bytesOf } from './lib/byte-values.mjs';
import { load, loadFresh, packageFile } from './lib/package.mjs';

const { CacheError, TTLCache, TTLLFUCache } = await load();
const { CacheSerializationError, bytes } = await load('tidecache/bytes');

const TEXTS = [
  '',
  'a',
  '\0',
  'ascii '.repeat(9),
  'é',
  '漢字',
  '😀',
  '\ufeff',
  '\ufeffbom',
  '\uffff',
  '\ud800',
  '\udc00',
  '\udc00\ud800',
  'a\ud800b',
  '__proto__',
  '\x7f\x80\xff',
  '\ud83d',
  '\ude00',
  'x'.repeat(39) + '\u0100',
  'x'.repeat(5_000),
  'é'.repeat(5_000),
  '\ud800'.repeat(9_000),
  '😀'.repeat(70_000) + '\udc00',
];

test('every string comes back as it was, as a key and as a value', () => {
  const store = new TTLCache({ storage: bytes() }).sync;
  for (const [at, key] of TEXTS.entries()) {
    assert.equal(store.set(key, TEXTS.at(at - 1)), true);
  }
  assert.equal(store.size, TEXTS.length);
  for (const [at, key] of TEXTS.entries()) {
    assert.ok(store.get(key) === TEXTS.at(at - 1), `${at}`);
    assert.ok(store.peek(key) === TEXTS.at(at - 1), `${at}`);
  }
  assert.deepEqual(new Set(store.keys()), new Set(TEXTS));
  for (const key of TEXTS) {
    assert.equal(store.delete(key), true);
  }
  assert.equal(store.counts().weight, 0);
});

const lengths = [0, 1, 63, 64, 4_079, 4_080, 4_095, 4_096, 4_097, 8_200, 100_001, 3_000_000];

test('bytes come back as a new Uint8Array each time, whatever view they came in', async () => {
  const cache = new TTLCache({ storage: bytes() });
  for (const length of lengths) {
    const value = Uint8Array.from({ length }, (_, at) => at * 7);
    const views = [
      value,
      Buffer.from(value),
      new Uint8Array([1, ...value.slice(0, 9_000)]).subarray(1),
    ];
    for (const view of views) {
      const wanted = Uint8Array.from(view);
      await cache.set('key', view);
      view.fill(255);
      const [first, second] = [await cache.get('key'), await cache.get('key')];
      assert.deepEqual(first, wanted);
      assert.equal(first.constructor, Uint8Array);
      assert.equal(first.buffer.byteLength, length === 0 ? 0 : wanted.length);
      first.fill(9);
      assert.deepEqual(second, wanted);
    }
  }
});

test('bytes of another realm are bytes', () => {
  const store = new TTLCache({ storage: bytes() }).sync;
  store.set('key', vm.runInNewContext('new Uint8Array([1, 2, 3])'));
  assert.deepEqual(store.get('key'), new Uint8Array([1, 2, 3]));
});

const NOT_BYTES = {
  null: null,
  'a number': 1,
  'a boolean': true,
  'an object': {},
  'an array': [1],
  'an ArrayBuffer': new ArrayBuffer(3),
  'a DataView': new DataView(new ArrayBuffer(3)),
  'another typed array': new Uint16Array(3),
  'a clamped array': new Uint8ClampedArray(3),
  'a boxed string': Object('text'),
  'what says that it is one': { [Symbol.toStringTag]: 'Uint8Array', length: 1, 0: 1 },
};

test('a value that is neither is a CacheSerializationError, and nothing has changed', async () => {
  const cache = new TTLCache({ storage: bytes() });
  await cache.set('held', 'before');
  for (const [name, value] of Object.entries(NOT_BYTES)) {
    const isTyped = (error) => {
      assert.ok(error instanceof CacheSerializationError && error instanceof CacheError, name);
      assert.deepEqual([error.code, error.key], ['ERR_CACHE_SERIALIZATION', 'held']);
      return true;
    };
    assert.throws(() => cache.sync.set('held', value), isTyped);
    await assert.rejects(cache.set('held', value), isTyped);
    await assert.rejects(
      cache.setMany([
        ['held', 'after'],
        ['held', value],
      ]),
      isTyped,
    );
    await assert.rejects(
      cache.transaction((tx) => tx.set('held', value)),
      isTyped,
    );
    assert.equal(await cache.get('held'), 'before');
  }
  await assert.rejects(cache.set('held', undefined), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
  await assert.rejects(cache.set(5, 'text'), { code: 'ERR_CACHE_INVALID_KEY' });
  await assert.rejects(cache.get(5), { code: 'ERR_CACHE_INVALID_KEY' });
});

test('wrong options are a TypeError', () => {
  const wrong = [
    [{ storage: 'bytes' }, /bytes\(\) of tidecache\/bytes/],
    [{ storage: bytes }, /bytes\(\)/],
    [{ storage: null }, /bytes\(\)/],
    [{ storage: {} }, /bytes\(\)/],
    [{ storage: bytes(), weigh: () => 1 }, /weigh/],
    [{ storage: 'values', maxWeight: 5 }, /weigh/],
  ];
  for (const [options, message] of wrong) {
    const isTyped = { name: 'TypeError', code: 'ERR_CACHE_INVALID_ARGUMENT', message };
    assert.throws(() => new TTLCache(options), isTyped);
  }
  new TTLCache({ storage: 'values' });
  new TTLLFUCache({ storage: bytes(), maxWeight: 100 });
});

test('an entry weighs eight and the bytes of its key and value', async () => {
  const cache = new TTLCache({ storage: bytes(), maxWeight: 2_000_000 });
  let sum = 0;
  for (const [at, key] of TEXTS.entries()) {
    const value = at % 2 === 0 ? TEXTS.at(at - 1) : new Uint8Array(at);
    await cache.set(key, value);
    sum += 8 + bytesOf(key) + (at % 2 === 0 ? bytesOf(value) : at);
    assert.equal(cache.getStats().weight, sum);
  }
  assert.equal(await cache.set('heavy', 'x'.repeat(2_000_000)), false);
  assert.equal(await cache.set('k', 'x'.repeat(2_000_000 - 9)), true);
  assert.deepEqual([cache.size, cache.getStats().weight], [1, 2_000_000]);
});

/** The bound of docs/bytes.md. */
function boundOf(count, weight) {
  const table = 2 ** Math.ceil(Math.log2((count * 8) / 7 + 16)) * 5;
  return (weight * 9) / 8 + 16 * count + 2.2e6 + 2 * table + 16 * count + 72 * count;
}

test('memory stays within its bound while sizes shift', async () => {
  const cache = new TTLCache({ storage: bytes(), maxWeight: 4_000_000 });
  for (const length of [20, 2_000, 100, 30_000, 10, 700, 250_000, 64]) {
    const count = Math.ceil(6_000_000 / (length + 20));
    for (let at = 0; at < count; at++) {
      cache.sync.set(`${length} ${at}`, new Uint8Array(length));
    }
    const { wasmBytes, items, weight } = cache.getStats();
    assert.ok(weight > 3_600_000 && weight <= 4_000_000, `${weight}`);
    // Pages that were taken stay; lists are as long as they were.
    assert.ok(wasmBytes <= boundOf(150_000, 4_000_000), `${wasmBytes} for ${items} of ${length}`);
  }
  await cache.clear();
  assert.ok(cache.getStats().wasmBytes < 20_000, `${cache.getStats().wasmBytes}`);
});

test('what leaves is told with copies of what it was', async () => {
  const told = [];
  const cache = new TTLCache({
    storage: bytes(),
    maxWeight: 40,
    notifyOn: ['evicted', 'expired', 'deleted', 'replaced', 'cleared', 'refused'],
    onEvicted(key, value, reason) {
      told.push(`${key} ${value} ${reason}`);
      if (!cache.closed) {
        // What has left is overwritten by the time it is looked at.
        cache.sync.set('again', 'in');
      }
    },
  });
  await cache.set('a', new Uint8Array([1, 2]));
  await cache.set('a', 'two');
  await cache.set('bb', 'x'.repeat(30));
  await cache.set('c', 'x'.repeat(50));
  await cache.close();
  assert.ok(told.includes('a 1,2 replaced'), told.join());
  assert.ok(told.includes('a two evicted'), told.join());
  assert.ok(told.includes(`c ${'x'.repeat(50)} refused`), told.join());
  assert.equal(told.at(-1), 'again in cleared');
});

test('a closed cache says so, and may be closed again', async () => {
  const cache = new TTLCache({ storage: bytes() });
  await cache.set('a', 'b');
  const { sync } = cache;
  await cache.close();
  await cache.close();
  for (const call of [() => sync.get('a'), () => sync.set('a', 'b'), () => [...sync.keys()]]) {
    assert.throws(call, { code: 'ERR_CACHE_CLOSED' });
  }
});

test('a clock that uses the cache meanwhile does no harm', async () => {
  let isBusy = false;
  const clock = {
    now() {
      if (isBusy) {
        isBusy = false;
        cache.sync.delete('key');
        cache.sync.set('other', 'value');
      }
      return 1_000;
    },
  };
  const cache = new TTLCache({ storage: bytes(), clock });
  const calls = [
    (store) => store.get('key'),
    (store) => store.set('key', 'after'),
    (store) => store.peek('key'),
    () => cache.getEntry('key', { touch: true }),
    () => cache.touch('key'),
    () => cache.take('key'),
    () => cache.setMany({ key: 'after', more: 'text' }),
    () => cache.transaction((tx) => tx.set('key', 'after')),
    (store) => [...store.entries()],
  ];
  for (const call of calls) {
    cache.sync.set('key', 'before'.repeat(9));
    isBusy = true;
    await call(cache.sync);
    cache.sync.set('key', new Uint8Array(9));
    assert.deepEqual(cache.sync.get('key'), new Uint8Array(9));
    assert.equal(cache.sync.get('other'), 'value');
  }
});

test('each entry of the package takes a storage of bytes, and so does require', async () => {
  const core = readFileSync(packageFile('core.wasm'));
  for (const file of ['slim.js', 'slim.cjs', 'index.js', 'index.cjs']) {
    for (const storage of ['bytes.js', 'bytes.cjs']) {
      const [main, own] = [await loadFresh(file), await loadFresh(storage)];
      await main.init(core);
      const cache = new main.TTLCache({ storage: own.bytes(), maxSize: 2 });
      await cache.setMany({ a: '1', b: '2', c: '3' });
      assert.deepEqual((await cache.items()).sort(), [
        ['b', '2'],
        ['c', '3'],
      ]);
    }
  }
});

test('where only an asynchronous compile is allowed, the first call awaits it', async () => {
  const { Module } = WebAssembly;
  const main = await loadFresh();
  const own = await loadFresh('bytes.js');
  WebAssembly.Module = new Proxy(Module, {
    construct() {
      throw new WebAssembly.CompileError('refused');
    },
  });
  try {
    const cache = new main.TTLCache({ storage: own.bytes() });
    assert.throws(() => cache.sync, { code: 'ERR_CACHE_WASM' });
    assert.deepEqual(await Promise.all([cache.set('a', 'b'), cache.get('a')]), [true, 'b']);
    assert.equal(cache.sync.get('a'), 'b');
  } finally {
    WebAssembly.Module = Module;
  }
});
