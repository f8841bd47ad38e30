/** What the entries of bytes mode export. */

import type { PairStore, Storage } from '../storage.js';
import { BytePairs, copyOf } from './byte-pairs.js';
import { startBytes, startBytesSync } from './module.js';

export { CacheError } from '../errors.js';
export { CacheSerializationError } from '../serialization-error.js';
export type { PairStore, Storage } from '../storage.js';

/**
 * Returns a storage for caches of strings and `Uint8Array`s, which keeps them and their keys in
 * WebAssembly memory.
 *
 * ```ts
 * const pages = new TTLCache<Uint8Array>({ storage: bytes(), maxWeight: 64 * 2 ** 20 });
 * ```
 *
 * A value is copied on its way in and out; one that is neither is a
 * {@link CacheSerializationError}. An entry weighs 8 and the bytes of its key and value:
 * docs/bytes.md says what that bounds.
 */
export function bytes(): Storage {
  return {
    startSync: startBytesSync,
    start: startBytes,
    open: (): PairStore => new BytePairs(),
    copy: copyOf,
  };
}
