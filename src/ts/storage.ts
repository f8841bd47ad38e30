/**
 * The seam between a cache and a storage of its keys and values.
 *
 * A storage is another entry of the package and carries its own code: the names here are the same
 * in every bundle.
 */

import type { KeyIndex } from './key-index.js';

/** Where caches keep keys and values: what `bytes()` of `tidecache/bytes` returns. Opaque. */
export interface Storage {
  /** Compiles what it needs at once. */
  startSync(): void;
  /** Compiles what it needs. */
  start(): Promise<void>;
  /** Returns the place for one cache's pairs. */
  open(): PairStore;
  /** Returns a value as it may be kept; throws if it cannot be. */
  copy<V>(value: V): V;
}

/** The pairs of one cache by slot, and the slots by key. */
export interface PairStore extends KeyIndex {
  /** The slot of the key staged last. */
  found: number | undefined;
  /**
   * Takes in a pair for the next `put`, makes sure that there is memory for it, and returns what it
   * weighs. `found` is the slot of its key.
   */
  stage(key: string, value: unknown): number;
  /** Makes sure that there is memory for pairs of these weights. */
  reserve(weights: readonly number[]): void;
  /** Returns the key in `slot`. */
  keyAt(slot: number): string;
  /** Returns the value in `slot`, a copy. */
  valueAt(slot: number): unknown;
  /** Returns the value that `find` has just found, a copy. */
  valueFound(): unknown;
  /** Returns what all pairs weigh. */
  weight(): number;
  /** Returns how many bytes of WebAssembly memory all of it takes. */
  bytes(): number;
  /** Ends it. */
  free(): void;
}
