/**
 * Key to slot: the seam behind which the index may change.
 *
 * Two indexes, chosen when a cache is made: the engine's own `Map` for small caches, where a key
 * that is used again carries its hash with it, and a table of our own for large ones, where a `Map`
 * spends its time on cache misses. Both were measured; docs/decisions.md has the figures.
 */

import { HashIndex } from './hash-index.js';
import { MapIndex } from './map-index.js';

/** What the store asks of an index. */
export interface KeyIndex {
  /** Returns the slot of `key`, `undefined` if it is not held. */
  find(key: string): number | undefined;
  /**
   * Gives `key`, which is not held, a slot; `pairs[2 * slot]` is already the key. Whoever has its
   * hash, with the seed of this index, spares it the work.
   */
  put(key: string, slot: number, hash?: number): void;
  /** Returns the hash of `key`, of an index that needs one. */
  hash?(key: string): number;
  /** Forgets `key`, which has `slot`; `pairs[2 * slot]` still is the key. For `hash` see `put`. */
  delete(key: string, slot: number, hash?: number): void;
  /** Forgets all keys. */
  clear(): void;
}

/** The least `maxSize` for which the table of our own is the faster one. */
export const HASH_INDEX_FROM = 4_096;

/** Returns an index for a cache of at most `maxSize` entries, whose keys stand in `pairs`. */
export function makeIndex(maxSize: number, pairs: readonly unknown[], seed: number): KeyIndex {
  return maxSize < HASH_INDEX_FROM || maxSize === Infinity
    ? new MapIndex()
    : new HashIndex(maxSize, pairs, seed);
}
