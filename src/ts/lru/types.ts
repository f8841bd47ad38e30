/** The options of `LRUCache`, by the names that lru-cache has for them. */

import type { EvictionPolicy } from '../types.js';

/** A clock: `performance`, or something like it. */
export interface Perf {
  now(): number;
}

/** Why a value has left. */
export type DisposeReason = 'evict' | 'set' | 'delete' | 'expire' | 'fetch';
/** Is told of a value that has left. */
export type Disposer<K, V> = (value: V, key: K, reason: DisposeReason) => void;
/** How a value came in. */
export type InsertReason = 'add' | 'update' | 'replace';
/** Is told of a value that has come in. */
export type Inserter<K, V> = (value: V, key: K, reason: InsertReason) => void;
/** Says what an entry weighs: a whole number, at least 1. */
export type SizeCalculator<K, V> = (value: V, key: K) => number;

/** What `fetchMethod` is given beside the key and the stale value. */
export interface FetcherOptions<K, V, FC> {
  signal: AbortSignal;
  /** What to store the value with; the method may change it. */
  options: FetcherFetchOptions<K, V, FC>;
  context: FC;
}

/** Loads a value. */
export type Fetcher<K, V, FC = unknown> = (
  key: K,
  staleValue: V | undefined,
  options: FetcherOptions<K, V, FC>,
) => Promise<V | undefined | void> | V | undefined | void;

/** What `memoMethod` is given beside the key and the stale value. */
export interface MemoizerOptions<K, V, FC> {
  /** What to store the value with; the method may change it. */
  options: SetOptions<K, V>;
  context: FC;
}

/** Computes a value. */
export type Memoizer<K, V, FC = unknown> = (
  key: K,
  staleValue: V | undefined,
  options: MemoizerOptions<K, V, FC>,
) => V;

/** Options of `get`. */
export interface GetOptions {
  /** Gives a stale value, once. */
  allowStale?: boolean;
  updateAgeOnGet?: boolean;
  noDeleteOnStaleGet?: boolean;
}

/** Options of `has`. */
export interface HasOptions {
  updateAgeOnHas?: boolean;
}

/** Options of `peek`. */
export interface PeekOptions {
  allowStale?: boolean;
}

/** Options of `set`. */
export interface SetOptions<K, V> {
  /** Milliseconds; 0 is for ever. */
  ttl?: number;
  /** When the TTL began, on the cache's clock. */
  start?: number;
  size?: number;
  sizeCalculation?: SizeCalculator<K, V>;
  noDisposeOnSet?: boolean;
  noUpdateTTL?: boolean;
}

/** What a fetch is stored with. */
export interface FetcherFetchOptions<K, V, FC> extends GetOptions, SetOptions<K, V> {
  noDeleteOnFetchRejection?: boolean;
  allowStaleOnFetchRejection?: boolean;
  ignoreFetchAbort?: boolean;
  allowStaleOnFetchAbort?: boolean;
  /** There for the type alone. */
  readonly context?: FC;
}

/** Options of `fetch`. */
export interface FetchOptions<K, V, FC> extends FetcherFetchOptions<K, V, FC> {
  signal?: AbortSignal;
  /** Loads also what is fresh. */
  forceRefresh?: boolean;
}

/** Options of `memo`. */
export interface MemoOptions<K, V, FC> extends GetOptions, SetOptions<K, V> {
  context?: FC;
  /** Computes also what is held. */
  forceRefresh?: boolean;
}

/** The options of a cache, of which it must have `max`, `maxSize` or `ttl`. */
export interface LRUOptions<K, V, FC = unknown> extends GetOptions, HasOptions {
  /** Entries. */
  max?: number;
  /** The sum of the sizes of all entries. */
  maxSize?: number;
  maxEntrySize?: number;
  sizeCalculation?: SizeCalculator<K, V>;
  /** Milliseconds; 0 is for ever. */
  ttl?: number;
  /** For how many milliseconds one reading of the clock serves. */
  ttlResolution?: number;
  /** Whether stale entries are removed by a timer each. */
  ttlAutopurge?: boolean;
  noUpdateTTL?: boolean;
  noDisposeOnSet?: boolean;
  /** Is told of each value that has left, after the operation by which it has. */
  dispose?: Disposer<K, V>;
  /** The same, after all of `dispose`. */
  disposeAfter?: Disposer<K, V>;
  onInsert?: Inserter<K, V>;
  fetchMethod?: Fetcher<K, V, FC>;
  memoMethod?: Memoizer<K, V, FC>;
  noDeleteOnFetchRejection?: boolean;
  allowStaleOnFetchRejection?: boolean;
  allowStaleOnFetchAbort?: boolean;
  ignoreFetchAbort?: boolean;
  /** What a fetch weighs that has no value yet. */
  backgroundFetchSize?: number;
  perf?: Perf;
  /** Not of lru-cache: who leaves when there is no room. */
  evictionPolicy?: EvictionPolicy;
}

/** An entry as `dump`, `load` and `info` have it. */
export interface LRUEntry<V> {
  value: V;
  ttl?: number;
  size?: number;
  /** Milliseconds since the epoch. */
  start?: number;
}
