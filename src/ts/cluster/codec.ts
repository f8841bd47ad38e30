/**
 * Values as bytes that are safe to read from strangers: no code, no prototypes, no regular
 * expressions.
 *
 * The record's `flags` say how to read it. Bytes and text go as they are, so that any client of
 * RESP can read and write them; other typed arrays go as their bytes, little-endian as every
 * platform has them; everything else is text that `devalue` [1] writes and reads: JSON with
 * references, so that Maps, Sets, Dates, BigInts, NaN, -0, `undefined` and cycles survive.
 *
 * [1] https://github.com/sveltejs/devalue
 */

import {
  defaultParseOperations,
  stringify,
  unflatten,
  type ParseOptions,
  type StringifyOptions,
} from 'devalue';

import { describe } from '../errors.js';
import { CacheSerializationError } from '../serialization-error.js';
import { hasLoneSurrogate } from './keys.js';
import type { Codec } from './types.js';

/** A value as nodes keep it. */
export interface Encoded {
  readonly bytes: Uint8Array;
  /** How to read it. */
  readonly flags: number;
}

const BYTES = 0;
const TEXT = 1;
const STRUCTURED = 2;
/** The caller's codec wrote it. */
const OWN_CODEC = 255;

/** Kinds of arrays whose bytes are the value, by their flags. */
const ARRAYS = new Map<number, new (buffer: ArrayBuffer) => ArrayBufferView | ArrayBuffer>([
  [16, Int8Array],
  [17, Uint8ClampedArray],
  [18, Int16Array],
  [19, Uint16Array],
  [20, Int32Array],
  [21, Uint32Array],
  [22, Float32Array],
  [23, Float64Array],
  [24, BigInt64Array],
  [25, BigUint64Array],
  [26, DataView],
]);
const ARRAY_BUFFER = 27;

/**
 * The longest array. A list of so many numbers fills the longest value; only an array that is
 * mostly holes could be longer, and costs a stranger nothing to send.
 */
const LENGTH_MAX = 2 ** 20;

/**
 * The longest text of a decimal BigInt that is read, and about the longest that is written. To read
 * and to write decimals costs the square of their length, so longer ones are hexadecimal.
 */
const DECIMAL_MAX = 10_000;
const DECIMALS_END = 1n << 33_000n;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns a value's bytes.
 * @throws {CacheSerializationError} `ERR_CACHE_SERIALIZATION`, with the cause.
 */
export function encode<V>(key: string, value: V, own: Codec<V> | undefined): Encoded {
  try {
    return own === undefined ? encodeStructured(value) : encodeOwn(value, own);
  } catch (cause) {
    throw new CacheSerializationError(
      'ERR_CACHE_SERIALIZATION',
      `the value for ${describe(key)} cannot be sent: ${reason(cause)}; give plain data, or ` +
        'a codec',
      { key, cause },
    );
  }
}

/**
 * Returns the value of some bytes.
 * @throws {CacheSerializationError} `ERR_CACHE_SERIALIZATION`, with the cause.
 */
export function decode<V>(key: string, encoded: Encoded, own: Codec<V> | undefined): V {
  try {
    const value = own === undefined ? decodeStructured(encoded) : decodeOwn(encoded, own);
    if (value === undefined) {
      throw new TypeError('it is undefined');
    }
    return value as V;
  } catch (cause) {
    throw new CacheSerializationError(
      'ERR_CACHE_SERIALIZATION',
      `what is held for ${describe(key)} cannot be read: ${reason(cause)}; delete the key, or ` +
        'give the codec that wrote it',
      { key, cause },
    );
  }
}

function encodeOwn<V>(value: V, own: Codec<V>): Encoded {
  const bytes: unknown = own.encode(value);
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`codec.encode gave ${describe(bytes)} instead of a Uint8Array`);
  }
  return { bytes, flags: OWN_CODEC };
}

function decodeOwn<V>({ bytes, flags }: Encoded, own: Codec<V>): V {
  // Other clients of RESP write bytes without saying more.
  if (flags !== OWN_CODEC && flags !== BYTES) {
    throw new TypeError('a client without your codec wrote it');
  }
  return own.decode(bytes);
}

/** Returns a value's bytes; throws what tells why there are none. */
export function encodeStructured(value: unknown): Encoded {
  if (typeof value === 'string') {
    const bytes = encoder.encode(value);
    if (bytes.length === value.length || !hasLoneSurrogate(value)) {
      return { bytes, flags: TEXT };
    }
  }
  if (value instanceof ArrayBuffer) {
    return { bytes: new Uint8Array(value), flags: ARRAY_BUFFER };
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (value instanceof Uint8Array) {
      return { bytes, flags: BYTES };
    }
    for (const [flags, Kind] of ARRAYS) {
      if (value instanceof Kind) {
        return { bytes, flags };
      }
    }
  }
  return { bytes: encoder.encode(stringify(value, REDUCERS, WRITING)), flags: STRUCTURED };
}

/** Returns the value of some bytes, of which it may be a part; throws what tells why not. */
export function decodeStructured({ bytes, flags }: Encoded): unknown {
  switch (flags) {
    case BYTES:
      return bytes;
    case TEXT:
      return decoder.decode(bytes);
    case STRUCTURED:
      return unflatten(
        checkDecimals(JSON.parse(decoder.decode(bytes)) as unknown[]),
        REVIVERS,
        READING,
      );
    case ARRAY_BUFFER:
      return bytes.slice().buffer;
    case OWN_CODEC:
      throw new TypeError('a client with a codec of its own wrote it');
    default: {
      const Kind = ARRAYS.get(flags);
      if (Kind === undefined) {
        throw new TypeError(`it has the flags ${flags}, which a newer version may know`);
      }
      // A copy begins where every kind of array may begin.
      return new Kind(bytes.slice().buffer);
    }
  }
}

/** Returns what a message says of a cause. */
export function reason(cause: unknown): string {
  const path = (cause as { path?: unknown } | undefined)?.path;
  const where = typeof path === 'string' && path !== '' ? ` at ${describe(path)}` : '';
  return (cause instanceof Error ? cause.message : describe(cause)) + where;
}

function checkLength(length: number): number {
  if (length > LENGTH_MAX) {
    throw new RangeError(`an array has ${length} places, more than ${LENGTH_MAX}`);
  }
  return length;
}

function refuseRegExp(): never {
  throw new TypeError('it holds a regular expression, which a stranger could make endless');
}

/** Returns a flat value if it holds no BigInt that takes long to read. */
function checkDecimals<T>(flat: T): T {
  const isLong = (one: unknown): boolean =>
    Array.isArray(one) && one[0] === 'BigInt' && String(one[1]).length > DECIMAL_MAX;
  if (Array.isArray(flat) && flat.some(isLong)) {
    throw new RangeError(`it holds a BigInt of more than ${DECIMAL_MAX} decimals`);
  }
  return flat;
}

/** What is written in another way than devalue does it. */
const REDUCERS = {
  Hex: (value: unknown): string | false => {
    const isLong = typeof value === 'bigint' && (value >= DECIMALS_END || value <= -DECIMALS_END);
    return isLong && value.toString(16);
  },
};

const REVIVERS = {
  Hex: (text: unknown): bigint => {
    if (typeof text !== 'string' || !/^-?[0-9a-f]+$/.test(text)) {
      throw new TypeError('it holds a number that is none');
    }
    return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
  },
};

const WRITING: StringifyOptions = {
  operations: {
    lengthOf: (array: unknown[]) => checkLength(array.length),
    regExpInfo: refuseRegExp,
    viewInfo(view: ArrayBufferView & { length?: number }) {
      // The rest of the buffer is nobody's business.
      const { buffer, byteOffset, byteLength, length = byteLength } = view;
      const part = buffer.slice(byteOffset, byteOffset + byteLength);
      const bufferByteLength = byteLength;
      return { buffer: part, byteOffset: 0, byteLength, length, bufferByteLength };
    },
  },
};

const READING: ParseOptions = {
  operations: {
    createSparseArray(length): unknown[] {
      return defaultParseOperations.createSparseArray(checkLength(length)) as unknown[];
    },
    fromRegExpInfo: refuseRegExp,
  },
};
