/** Values on the wire: what goes in comes out, and bytes of strangers do nothing but fail. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';

import fc from 'fast-check';

import { seeds } from './lib/random.mjs';
import { loadSource } from './lib/source.mjs';

const { decode, encode } = await loadSource('cluster/codec.ts');

const KEY = 'the key';
const FAILS = { code: 'ERR_CACHE_SERIALIZATION', name: 'CacheSerializationError', key: KEY };

/** Returns what comes out of the codec, and how it went. */
function roundTrip(value) {
  const encoded = encode(KEY, value, undefined);
  return { ...encoded, value: decode(KEY, encoded, undefined) };
}

/** Returns the bytes of a structured value, as a stranger may write them. */
const text = (written) => ({ bytes: new TextEncoder().encode(written), flags: 2 });

test('bytes and text go as they are, so that other clients of RESP read and write them', () => {
  const bytes = encode(KEY, new Uint8Array([1, 2, 255]), undefined);
  assert.deepEqual(bytes, { bytes: new Uint8Array([1, 2, 255]), flags: 0 });
  const hello = encode(KEY, 'mötley', undefined);
  assert.deepEqual(hello, { bytes: new TextEncoder().encode('mötley'), flags: 1 });
  assert.equal(roundTrip('\ufeffa BOM is text').value, '\ufeffa BOM is text');
});

test('a Buffer comes back as the Uint8Array it is, without the rest of its pool', () => {
  const pooled = Buffer.from('abc');
  assert.ok(pooled.buffer.byteLength > 3, 'it has a pool');
  assert.deepEqual(roundTrip(pooled).value, new Uint8Array([97, 98, 99]));
  const nested = roundTrip({ pooled });
  assert.deepEqual(nested.value, { pooled: new Uint8Array([97, 98, 99]) });
  assert.ok(nested.bytes.length < 100, `${nested.bytes.length} bytes`);
});

test('typed arrays, views and buffers keep their kind and cost their bytes', () => {
  const raw = new Uint8Array(Array.from({ length: 32 }, (_, at) => at * 7));
  const kinds = [
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
  ];
  for (const Kind of kinds) {
    const whole = new Kind(raw.slice().buffer);
    const part = new Kind(raw.slice().buffer, 8, 16 / (Kind.BYTES_PER_ELEMENT ?? 1));
    for (const view of [whole, part]) {
      const { bytes, value } = roundTrip(view);
      assert.equal(bytes.length, view.byteLength, Kind.name);
      assert.deepEqual(value, view, Kind.name);
      assert.deepEqual(roundTrip([view]).value, [view], Kind.name);
    }
  }
  assert.deepEqual(roundTrip(raw.buffer).value, raw.buffer);
  assert.equal(roundTrip(raw.buffer).bytes.length, 32);
});

test('bytes that begin anywhere become arrays that begin where they must', () => {
  const { bytes, flags } = encode(KEY, new Float64Array([1.5, -0]), undefined);
  const frame = new Uint8Array(bytes.length + 3);
  frame.set(bytes, 3);
  const value = decode(KEY, { bytes: frame.subarray(3), flags }, undefined);
  assert.deepEqual(value, new Float64Array([1.5, -0]));
});

test('what JSON loses is kept', () => {
  const values = [
    null,
    true,
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    12n ** 40n,
    '',
    '\ud800 half a pair',
    new Date(1e12),
    new URL('https://example.org/a?b#c'),
    new Map([[{ a: 1 }, new Set([undefined, null, -0, NaN])]]),
    [undefined, , 3],
    { a: undefined, toJSON: null, then: 1, constructor: 'c' },
    Object.assign(Object.create(null), { a: 1 }),
    Object(1),
  ];
  for (const value of values) {
    assert.deepEqual(roundTrip(value).value, value);
  }
  // Two of these are not equal to each other.
  assert.equal(String(roundTrip([new Date(NaN)]).value[0]), 'Invalid Date');
});

test('cycles and shared parts survive', () => {
  const shared = { n: 1 };
  const value = { list: [shared, shared], map: new Map() };
  value.self = value;
  value.map.set(value, value.list);
  const copy = roundTrip(value).value;
  assert.equal(copy.self, copy);
  assert.equal(copy.list[0], copy.list[1]);
  assert.equal(copy.map.get(copy), copy.list);
});

test('what cannot be carried is refused with the place where it stands', () => {
  class User {}
  const refused = [
    () => 1,
    Symbol('a'),
    new User(),
    /a/,
    new Error('a'),
    new WeakMap(),
    Promise.resolve(),
    { [Symbol('a')]: 1 },
    JSON.parse('{ "__proto__": 1 }'),
    new Array(2 ** 21),
  ];
  for (const value of refused) {
    assert.throws(() => encode(KEY, value, undefined), FAILS);
    assert.throws(() => encode(KEY, { deep: [value] }, undefined), {
      ...FAILS,
      message: /"the key" cannot be sent: /,
    });
  }
  assert.throws(() => encode(KEY, { deep: [() => 1] }, undefined), { message: /\.deep\[0\]/ });
});

test('the depth has an end, in both directions', () => {
  let value = [];
  for (let depth = 0; depth < 1e6; depth++) value = [value];
  assert.throws(() => encode(KEY, value, undefined), FAILS);
  const links = Array.from({ length: 2e5 }, (_, at) => `[${at + 1}]`);
  assert.throws(() => decode(KEY, text(`[${links.join(',')},1]`), undefined), FAILS);
  assert.throws(() => decode(KEY, text('['.repeat(1e6)), undefined), FAILS);
});

test('nothing of a stranger runs, changes a prototype or costs more than it sent', () => {
  const hostile = [
    '[["RegExp","(a+)+$"]]',
    '[{"__proto__":1},{"polluted":2},true]',
    '[["null","__proto__",1],{"polluted":2},true]',
    '[[-7,4294967295,0,1],1]',
    '[["Float64Array",1],1e9]',
    '[["Float64Array",1,0,1e9],["ArrayBuffer","AAAA"]]',
    '[["BigInt","1e5"]]',
    '[["Object",1],{}]',
    '[["Function","alert(1)"]]',
    '[["Error","a"]]',
    '-1',
    '[]',
    '{}',
    'null',
    '',
    '[[1e99]]',
    '\u0000',
  ];
  for (const written of hostile) {
    assert.throws(() => decode(KEY, text(written), undefined), FAILS, written);
  }
  assert.equal({}.polluted, undefined);
});

// To write and to read decimals costs the square of their length.
test('a number of a megabyte is neither written nor read as decimals', (t) => {
  const asked = t.mock.method(globalThis, 'BigInt');
  const longest = (texts) => Math.max(0, ...texts.map((text) => text.length));
  const read = () => {
    const texts = asked.mock.calls.map(({ arguments: [text] }) => String(text));
    return longest(texts.filter((text) => !text.startsWith('0x')));
  };
  const digits = 'f'.repeat(2 ** 20 - 100);
  const long = BigInt(`0x${digits}`);
  for (const number of [long, -long, 10n ** 9_990n, 10n ** 9_900n]) {
    const { bytes, value } = roundTrip([number, { number }]);
    assert.deepEqual(value, [number, { number }]);
    const written = new TextDecoder().decode(bytes).match(/(?<="BigInt",")-?\d+/g) ?? [];
    assert.ok(longest(written) <= 10_000, `${longest(written)} decimals are written`);
  }
  const decimals = '9'.repeat(2 ** 20 - 100);
  for (const written of [`[["BigInt","${decimals}"]]`, `[["\\u0042igInt","${decimals}"]]`]) {
    assert.throws(() => decode(KEY, text(written), undefined), FAILS);
  }
  for (const hex of ['', '-', 'g', '0x1', '--1', '1n', ' 1']) {
    assert.throws(() => decode(KEY, text(`[["Hex",1],"${hex}"]`), undefined), FAILS, hex);
  }
  assert.equal(read(), 9_901);
});

test('flags that nobody knows and text that is none are refused', () => {
  const bytes = new Uint8Array([0xff, 0xfe]);
  for (const flags of [1, 2, 3, 15, 28, 254, 255, 2 ** 32 - 1]) {
    assert.throws(() => decode(KEY, { bytes, flags }, undefined), FAILS);
  }
  const odd = { bytes: new Uint8Array(7), flags: 23 };
  assert.throws(() => decode(KEY, odd, undefined), FAILS, 'seven bytes are no doubles');
});

test("a codec of the caller's is used alone, and its failures are told", () => {
  const own = {
    encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
  };
  const encoded = encode(KEY, { a: 1 }, own);
  assert.equal(encoded.flags, 255);
  assert.deepEqual(decode(KEY, encoded, own), { a: 1 });
  assert.deepEqual(decode(KEY, { ...encoded, flags: 0 }, own), { a: 1 }, 'bytes of other clients');
  assert.throws(() => decode(KEY, encoded, undefined), { ...FAILS, message: /codec/ });
  assert.throws(() => decode(KEY, encode(KEY, 'a', undefined), own), FAILS);
  assert.throws(
    () => encode(KEY, 1n, own),
    (error) => error.cause instanceof TypeError,
  );
  assert.throws(() => encode(KEY, 1, { ...own, encode: () => 'text' }), FAILS);
  assert.throws(() => decode(KEY, encoded, { ...own, decode: () => undefined }), FAILS);
});

/** Everything that the codec carries, nested. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: false,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
  key: fc.string().filter((key) => key !== '__proto__'),
});

const options = { numRuns: 2000, seed: seeds(1)[0] };

test('what goes in comes out, whatever it is', () => {
  fc.assert(
    fc.property(anything, (value) => {
      fc.pre(value !== undefined && !inspect(value, { depth: Infinity }).includes('Invalid Date'));
      assert.deepEqual(roundTrip(value).value, value);
    }),
    options,
  );
});

test('any bytes with any flags give a value or the typed error', () => {
  const flags = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant(255));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), flags, (bytes, flags) => reads(bytes, flags)),
    options,
  );
});

test('a value of which bytes were changed gives a value or the typed error', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const written = '[]{}",:-0123456789eE'.split('').map((char) => char.charCodeAt(0));
  fc.assert(
    fc.property(anything, changes, fc.boolean(), (value, edits, isJson) => {
      if (value === undefined) return;
      const { bytes, flags } = encode(KEY, value, undefined);
      const changed = bytes.slice();
      for (const [at, byte] of edits) {
        changed[at % changed.length] = isJson ? written[byte % written.length] : byte;
      }
      reads(changed, flags);
    }),
    options,
  );
});

/** Reads bytes, which may fail in one way only, and touches everything that came. */
function reads(bytes, flags) {
  let value;
  try {
    value = decode(KEY, { bytes, flags }, undefined);
  } catch (error) {
    assert.equal(error.name, 'CacheSerializationError');
    assert.equal(error.code, 'ERR_CACHE_SERIALIZATION');
  }
  assert.notEqual(typeof value, 'function');
  assert.ok(!(value instanceof RegExp));
  assert.deepEqual(Object.keys(Object.prototype), []);
}
