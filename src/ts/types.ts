/** The public types of the local caches. What each call means in detail: docs/semantics.md. */

import type { CacheError } from './errors.js';
import type { Attachable } from './extension.js';
import type { Storage } from './storage.js';

/** A span: a bare number is **milliseconds**; else `'500ms'`, `'30s'`, `'5m'`, `'2h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** Any string: `''`, `'__proto__'` and lone surrogates are keys like others. */
export type Key = string;

/**
 * Why an entry left: the policy chose it (`evicted`), its deadline came (`expired`), the user
 * deleted or took it (`deleted`), a new value took its place (`replaced`), the cache was cleared or
 * closed (`cleared`), one of its tags was invalidated or another cache changed it (`invalidated`);
 * or why a value did not enter: heavier than `maxWeight` (`refused`).
 */
export type RemovalReason =
  'evicted' | 'expired' | 'deleted' | 'replaced' | 'cleared' | 'invalidated' | 'refused';

/** Says what time it is. Both a manual clock for tests and `Date` itself fit. */
export interface Clock {
  /** Returns milliseconds. A step back revives nothing; NaN is refused. */
  now(): number;
}

/** What a cache can be told when it is made. Unknown names are a `TypeError`. */
export interface CacheOptions<V> {
  /** How long an entry lives unless `set` says otherwise; more than 0. @defaultValue `'5m'` */
  defaultTtl?: Duration;
  /** At most this many entries: a whole number, at least 1. @defaultValue no limit */
  maxSize?: number;
  /**
   * At most this much weight, as `weigh` measures it, or bytes with `storage: bytes()`; more than
   * 0. @defaultValue no limit
   */
  maxWeight?: number;
  /** Returns what an entry weighs, in any unit you like: finite, at least 0. */
  weigh?(value: V, key: Key): number;
  /**
   * How often memory of dead entries is freed; `false`: only when the cache is used. The deadline
   * alone decides what is fresh. One timer, which keeps no process alive. @defaultValue `'60s'`
   */
  cleanupInterval?: Duration | false;
  /**
   * Who leaves when there is no room; docs/policies.md says which is for what. `'w-tinylfu'` and
   * `'adaptive'` may refuse an entry that is heavy and seldom asked for. @defaultValue `'lru'`
   */
  evictionPolicy?: EvictionPolicy;
  /**
   * Is told of entries that leave, after the operation and in order. It may use the cache. If it
   * throws or rejects, the `error` event says so and nothing else happens.
   */
  onEvicted?(key: Key, value: V, reason: RemovalReason): void | Promise<void>;
  /** What `onEvicted` is told of. @defaultValue `['evicted', 'expired']` */
  notifyOn?: readonly RemovalReason[];
  /** Whether each use starts an entry's life anew. @defaultValue `false` */
  sliding?: boolean;
  /**
   * How long after its TTL an entry may still be served by `getOrSet` while a load is under way; 0
   * is not at all. @defaultValue `0`
   */
  staleWhileRevalidate?: Duration;
  /** How long after its TTL `getOrSet` may serve it when a load fails. @defaultValue `0` */
  staleIfError?: Duration;
  /**
   * The part of each TTL that may be taken off at random, 0 ≤ jitter < 1, so that entries set
   * together do not die together. @defaultValue `0`
   */
  jitter?: number;
  /** Whether values are copied on the way in and out, and how. @defaultValue `false` */
  clone?: boolean | ((value: V) => V);
  /** The clock. @defaultValue `Date.now`, made monotonic, and not asked each time in a burst */
  clock?: Clock;
  /** Where jitter and seeds come from: at least 0, less than 1. @defaultValue `Math.random` */
  random?(): number;
  /**
   * Is given what nobody awaits, loads in the background and asynchronous callbacks, for isolates
   * that are stopped early.
   */
  waitUntil?(work: Promise<unknown>): void;
  /** What warnings call this cache. */
  name?: string;
  /**
   * Where keys and values are kept: `bytes()` of `tidecache/bytes` keeps strings and `Uint8Array`s
   * in WebAssembly memory, where they cost the garbage collector nothing. @defaultValue `'values'`
   */
  storage?: 'values' | Storage;
  /** Where the entries outlive the process or the page: from `tidecache/persist`. */
  persist?: Attachable;
  /** How the caches of other tabs and threads hear of changes: from `tidecache/channel`. */
  channel?: Attachable;
}

/** The names of the policies, for those who like constants. */
export const EvictionPolicy = {
  /** The least recently used entry leaves. A `set` is a use. */
  LRU: 'lru',
  /** The least often used entry leaves, among equals the least recently used. No ageing. */
  LFU: 'lfu',
  /** The entry that came first leaves. Neither uses nor new values move it. */
  FIFO: 'fifo',
  /** First in, first out, but what was used since it was last looked at is spared. */
  SIEVE: 'sieve',
  /** What is used once leaves soon; what comes back, or was used twice, stays long. */
  S3FIFO: 's3-fifo',
  /** What is new stays only if it is asked for more often than what would leave for it. */
  WTinyLFU: 'w-tinylfu',
  /** Watches which of several rules would have had the most hits, and follows that one. */
  Adaptive: 'adaptive',
} as const;

/** The name of a policy. */
export type EvictionPolicy = (typeof EvictionPolicy)[keyof typeof EvictionPolicy];

/** What one `set` can be told. */
export interface SetOptions {
  /** How long this entry lives. @defaultValue the cache's `defaultTtl` */
  ttl?: Duration;
  /** Whether each use starts its life anew. @defaultValue the cache's `sliding` */
  sliding?: boolean;
  /** What `invalidateTags` finds it by. @defaultValue none */
  tags?: readonly string[];
  /** How long after its TTL a load may serve it meanwhile. @defaultValue the cache's */
  staleWhileRevalidate?: Duration;
  /** How long after its TTL it may be served when a load fails. @defaultValue the cache's */
  staleIfError?: Duration;
  /** Sets only a key that is not held; otherwise nothing happens and the answer is false. */
  ifAbsent?: boolean;
  /** Sets only a key whose entry still has this version; otherwise the answer is false. */
  ifVersion?: Version;
}

/** Tells two states of one key apart. Opaque; equal only to itself. */
export type Version = { readonly __version: 'of tidecache' };

/** An entry as it was when it was asked for. */
export interface Entry<V> {
  /** What it was set by. */
  readonly key: Key;
  /** What was set; a copy with `clone`. */
  readonly value: V;
  /** When the value was set: milliseconds of the cache's clock, by default since the epoch. */
  readonly createdAt: number;
  /** When it stops being fresh, in the same unit; `Infinity` for never. */
  readonly expiresAt: number;
  /** Whether it may be served as it is, or only in its stale windows. */
  readonly state: 'fresh' | 'stale';
  /** Changes with every `set` of the key. */
  readonly version: Version;
  /** The tags it was set with. */
  readonly tags: readonly string[];
}

/** What a cache has counted since it was made or `resetStats`. Frozen. */
export interface CacheStats {
  /** Reads that found a live entry. */
  readonly hits: number;
  /** Reads that found none. */
  readonly misses: number;
  /** Stale entries that loads served, at once (these are hits too) or in place of an error. */
  readonly staleHits: number;
  /** Loaders that were called. */
  readonly loads: number;
  /** Loaders that failed, or that everybody gave up. */
  readonly loadErrors: number;
  /** Calls that joined a loader under way. */
  readonly coalesced: number;
  /** Entries that the policy chose to make room. */
  readonly evictions: number;
  /** Entries removed because their deadline had come. */
  readonly expirations: number;
  /** Live entries now. */
  readonly items: number;
  /** `hits / (hits + misses)`, 0 before the first read. */
  readonly hitRate: number;
  /** The weight held now, in bytes with `storage: bytes()`; otherwise 0 without `weigh`. */
  readonly weight: number;
  /** WebAssembly memory that this cache holds now, in bytes. */
  readonly wasmBytes: number;
}

/** What one can listen to by `on`. */
export interface CacheEvents<V = unknown> {
  /** A read found an entry. */
  hit: { readonly key: Key; readonly state: 'fresh' | 'stale' };
  /** A read found none. */
  miss: { readonly key: Key };
  /** A value was stored. */
  set: { readonly key: Key; readonly version: Version };
  /** An entry left, or did not enter. */
  remove: { readonly key: Key; readonly value: V; readonly reason: RemovalReason };
  /** A load took the place of an entry that was held. */
  refresh: { readonly key: Key; readonly durationMs: number };
  /** A callback of yours threw or rejected, or a loader nobody waited for; see `cause`. */
  error: { readonly error: CacheError; readonly key?: Key };
}

/** What a cache and a transaction have in common. */
export interface Operations<V> {
  /** Resolves with the value, or `undefined` on a miss. */
  get(key: Key): Promise<V | undefined>;
  /** Resolves with the value, or `defaultValue` on a miss. */
  get<D>(key: Key, defaultValue: D): Promise<V | D>;
  /** Stores a value; resolves with whether it did. */
  set(key: Key, value: V, ttlOrOptions?: Duration | SetOptions): Promise<boolean>;
  /** Resolves with whether a live entry is held. */
  has(key: Key): Promise<boolean>;
  /** Removes an entry; resolves with whether a live one was held. */
  delete(key: Key): Promise<boolean>;
}

/** The same store without Promises: for hot paths and for callbacks that cannot wait. */
export interface SyncCache<V> {
  /** Returns the value, `undefined` on a miss. Counts a hit or a miss and is a use. O(1). */
  get(key: Key): V | undefined;
  /** Stores a value; false if `ifAbsent` or `ifVersion` lost or it is too heavy. Amortised O(1). */
  set(key: Key, value: V, ttlOrOptions?: Duration | SetOptions): boolean;
  /** Whether a live entry is held. Neither counted nor a use. */
  has(key: Key): boolean;
  /** Returns the value. Neither counted nor a use. */
  peek(key: Key): V | undefined;
  /** Removes an entry; whether a live one was held. */
  delete(key: Key): boolean;
  /** Removes all entries. Counters go on. */
  clear(): void;
  /** Live entries. O(1) unless some have died since the last sweep, then O(n). */
  readonly size: number;
  /** The keys of live entries, in no promised order. */
  keys(): IterableIterator<Key>;
  /** The live entries, in no promised order. */
  entries(): IterableIterator<[Key, V]>;
}

/** Reads see the transaction's own writes. Nothing is visible to others before `commit`. */
export interface Transaction<V> extends Operations<V>, AsyncDisposable {
  /**
   * Applies all writes in one step, or none.
   * @throws {CacheConflictError} `ERR_CACHE_CONFLICT`: a key that was read has changed.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: the writes do not fit the cache.
   */
  commit(): Promise<void>;
  /** Forgets all writes. Also what disposal does, unless `commit` came first. */
  rollback(): Promise<void>;
}

/** How a transaction runs. */
export interface TransactionOptions {
  /** How often the function is run again after a conflict. @defaultValue `0` */
  retries?: number;
  /** How long it may take: then `ERR_CACHE_TRANSACTION_TIMEOUT`. @defaultValue `Infinity` */
  timeout?: Duration;
}
