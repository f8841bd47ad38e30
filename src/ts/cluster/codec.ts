/**
 * Values as bytes that are safe to read from strangers: no code, no prototypes, no regular
 * expressions.
 *
 * The record's `flags` say how to read it. Bytes and text go as they are, so that any client of
 * RESP can read and write them; other typed arrays go as their bytes, little-endian as every
 * platform has them; everything else is text (structured.ts), in which Maps, Sets, Dates,
 * BigInts, NaN, -0, `undefined` and cycles survive.
 */

import { describe } from '../errors.js';
import { CacheSerializationError } from './cluster-errors.js';
import { hasLoneSurrogate } from './keys.js';
import { ARRAY_KINDS, read, write } from './structured.js';
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

/** Kinds of arrays whose bytes are the value, by their flags: from 16 on. */
const ARRAYS = Object.values(ARRAY_KINDS).slice(0, -1);
const ARRAYS_FROM = 16;
const ARRAY_BUFFER = 27;

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

function encodeStructured(value: unknown): Encoded {
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
    const kind = ARRAYS.findIndex((Kind) => value instanceof Kind);
    if (kind >= 0) {
      return { bytes, flags: ARRAYS_FROM + kind };
    }
  }
  return { bytes: encoder.encode(write(value)), flags: STRUCTURED };
}

function decodeStructured({ bytes, flags }: Encoded): unknown {
  switch (flags) {
    case BYTES:
      return bytes;
    case TEXT:
      return decoder.decode(bytes);
    case STRUCTURED:
      return read(decoder.decode(bytes));
    case ARRAY_BUFFER:
      return bytes.slice().buffer;
    case OWN_CODEC:
      throw new TypeError('a client with a codec of its own wrote it');
    default: {
      const Kind = ARRAYS[flags - ARRAYS_FROM];
      if (Kind === undefined) {
        throw new TypeError(`it has the flags ${flags}, which a newer version may know`);
      }
      // A copy begins where every kind of array may begin.
      return new Kind(bytes.slice().buffer);
    }
  }
}

/** Returns what a message says of a cause. */
function reason(cause: unknown): string {
  const path = (cause as { path?: unknown } | undefined)?.path;
  const where = typeof path === 'string' && path !== '' ? ` at ${describe(path)}` : '';
  return (cause instanceof Error ? cause.message : describe(cause)) + where;
}
