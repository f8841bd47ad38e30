/** Keys as the nodes know them: UTF-8. */

import { CacheKeyError, describe, wrongKey } from '../errors.js';

/** The longest key that nodes take. */
const KEY_BYTES_MAX = 1024;

const encoder = new TextEncoder();

/**
 * Returns the bytes of a key.
 * @throws {CacheKeyError} `ERR_CACHE_INVALID_KEY`: not a string, or one with a lone surrogate,
 * which has no UTF-8. `ERR_CACHE_TOO_LARGE`: longer than 1 KiB.
 */
export function encodeKey(key: unknown): Uint8Array {
  if (typeof key !== 'string') {
    throw wrongKey(key);
  }
  const bytes = encoder.encode(key);
  // As many bytes as characters: ASCII, which most keys are.
  if (bytes.length !== key.length && hasLoneSurrogate(key)) {
    throw new CacheKeyError(
      'ERR_CACHE_INVALID_KEY',
      `the key ${describe(key)} holds half a surrogate pair, which cannot be sent; escape it, ` +
        'for example by JSON.stringify(key)',
      { key },
    );
  }
  if (bytes.length > KEY_BYTES_MAX) {
    throw new CacheKeyError(
      'ERR_CACHE_TOO_LARGE',
      `the key ${describe(key)} is ${bytes.length} bytes long; nodes take ${KEY_BYTES_MAX}: use ` +
        'a hash of it',
      { key },
    );
  }
  return bytes;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a string holds half a surrogate pair, which has no UTF-8. */
export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}
