/**
 * `LRUCache`: the class of lru-cache 11, over this package's slots.
 *
 * The names, options and answers are lru-cache's, and random operations compare the two after each
 * step; docs/from-lru-cache.md lists what is not the same. What is new is `evictionPolicy`.
 */

import { named } from '../errors.js';
import { EvictionPolicy } from '../types.js';
import { checkOptions } from './check-options.js';
import { Entries, isPositive, type AnySetOptions } from './entries.js';
import { beginFetch, fullFetchOptions, type FetchHost } from './fetches.js';
import { Pending } from './pending.js';
import type {
  Fetcher,
  FetchOptions,
  GetOptions,
  HasOptions,
  LRUEntry,
  LRUOptions,
  MemoOptions,
  Memoizer,
  PeekOptions,
  Perf,
  SetOptions,
  SizeCalculator,
} from './types.js';
import { freshPairs, freshSlots } from './walk.js';

/**
 * A synchronous cache that lets go of what was used longest ago.
 *
 * ```ts
 * const cache = new LRUCache<string, User>({ max: 500, ttl: 60_000 });
 * cache.set('ada', { name: 'Ada' });
 * cache.get('ada'); // { name: 'Ada' }
 * ```
 */
export class LRUCache<K, V, FC = unknown> {
  readonly max: number;
  readonly maxSize: number;
  readonly perf: Perf;
  readonly fetchMethod: Fetcher<K, V, FC> | undefined;
  readonly memoMethod: Memoizer<K, V, FC> | undefined;
  /** Who leaves when there is no room. */
  readonly evictionPolicy: EvictionPolicy;
  ttl: number;
  ttlResolution: number;
  readonly ttlAutopurge: boolean;
  updateAgeOnGet: boolean;
  updateAgeOnHas: boolean;
  allowStale: boolean;
  noDisposeOnSet: boolean;
  noUpdateTTL: boolean;
  maxEntrySize: number;
  sizeCalculation: SizeCalculator<K, V> | undefined;
  noDeleteOnFetchRejection: boolean;
  noDeleteOnStaleGet: boolean;
  allowStaleOnFetchAbort: boolean;
  allowStaleOnFetchRejection: boolean;
  ignoreFetchAbort: boolean;
  backgroundFetchSize: number;
  readonly [Symbol.toStringTag] = 'LRUCache';
  readonly #entries: Entries<K, V>;
  readonly #host: FetchHost<K, V>;

  static {
    named(this, 'LRUCache');
  }

  /**
   * Makes a cache and, if it is the first of its process, compiles the WebAssembly module.
   * @throws {TypeError} An option of the wrong type, or none of `max`, `maxSize` and `ttl`.
   */
  constructor(options: LRUOptions<K, V, FC>) {
    checkOptions(options);
    const { max = 0, maxSize = 0, maxEntrySize = 0, ttl = 0, ttlResolution = 1 } = options;
    const { perf = globalThis.performance ?? Date, evictionPolicy = EvictionPolicy.LRU } = options;
    this.max = max;
    this.maxSize = maxSize;
    this.maxEntrySize = maxEntrySize || maxSize;
    this.perf = perf;
    this.evictionPolicy = evictionPolicy;
    this.fetchMethod = options.fetchMethod;
    this.memoMethod = options.memoMethod;
    this.sizeCalculation = options.sizeCalculation;
    this.ttl = ttl;
    this.ttlResolution = isPositive(ttlResolution) || ttlResolution === 0 ? ttlResolution : 1;
    this.backgroundFetchSize = options.backgroundFetchSize ?? 1;
    this.ttlAutopurge = !!options.ttlAutopurge;
    this.updateAgeOnGet = !!options.updateAgeOnGet;
    this.updateAgeOnHas = !!options.updateAgeOnHas;
    this.allowStale = !!options.allowStale;
    this.noDisposeOnSet = !!options.noDisposeOnSet;
    this.noUpdateTTL = !!options.noUpdateTTL;
    this.noDeleteOnStaleGet = !!options.noDeleteOnStaleGet;
    this.noDeleteOnFetchRejection = !!options.noDeleteOnFetchRejection;
    this.allowStaleOnFetchRejection = !!options.allowStaleOnFetchRejection;
    this.allowStaleOnFetchAbort = !!options.allowStaleOnFetchAbort;
    this.ignoreFetchAbort = !!options.ignoreFetchAbort;
    this.#entries = new Entries(options, evictionPolicy, perf, this.maxEntrySize !== 0);
    this.#host = {
      entries: this.#entries,
      store: (key, kept, full, ended) => {
        this.#store(key, kept, full, ended);
      },
    };
  }

  /** How many entries are held, stale ones too. */
  get size(): number {
    return this.#entries.slots.held;
  }

  /** The sum of the sizes of all entries. */
  get calculatedSize(): number {
    return this.#entries.weight;
  }

  get dispose(): LRUOptions<K, V>['dispose'] {
    return this.#entries.told.dispose;
  }

  get disposeAfter(): LRUOptions<K, V>['disposeAfter'] {
    return this.#entries.told.disposeAfter;
  }

  get onInsert(): LRUOptions<K, V>['onInsert'] {
    return this.#entries.told.onInsert;
  }

  /** Returns the value of `key`, a use of it; `undefined` if there is none or it is stale. */
  get(key: K, options?: GetOptions): V | undefined {
    const entries = this.#entries;
    const slot = entries.slots.find(key);
    if (slot === undefined) {
      return undefined;
    }
    if (!entries.ages.isStale(slot, this.ttlResolution)) {
      entries.slots.useSlot(slot);
      if (options?.updateAgeOnGet ?? this.updateAgeOnGet) {
        entries.ages.renew(slot);
      }
      return entries.valueAt(slot);
    }
    const value = (options?.allowStale ?? this.allowStale) ? entries.valueAt(slot) : undefined;
    const isFetching = entries.keptAt(slot) instanceof Pending;
    if (!isFetching && !(options?.noDeleteOnStaleGet ?? this.noDeleteOnStaleGet)) {
      entries.delete(key, 'expire');
    }
    return value;
  }

  /** Stores a value, which is a use of its key; `undefined` deletes it. */
  set(key: K, value: V | undefined, options?: SetOptions<K, V>): this {
    if (value === undefined) {
      this.delete(key);
      return this;
    }
    this.#store(key, value, {
      ttl: options?.ttl ?? this.ttl,
      start: options?.start,
      size: options?.size,
      sizeCalculation: options?.sizeCalculation ?? this.sizeCalculation,
      noDisposeOnSet: options?.noDisposeOnSet ?? this.noDisposeOnSet,
      noUpdateTTL: options?.noUpdateTTL ?? this.noUpdateTTL,
    });
    return this;
  }

  /** Whether `key` is held and not stale. No use of it. */
  has(key: K, { updateAgeOnHas = this.updateAgeOnHas }: HasOptions = {}): boolean {
    const entries = this.#entries;
    const slot = entries.slots.find(key);
    const isHeld =
      slot !== undefined &&
      entries.valueAt(slot) !== undefined &&
      !entries.ages.isStale(slot, this.ttlResolution);
    if (isHeld && updateAgeOnHas) {
      entries.ages.renew(slot);
    }
    return isHeld;
  }

  /** Returns the value of `key`, which is no use of it. */
  peek(key: K, { allowStale = this.allowStale }: PeekOptions = {}): V | undefined {
    const entries = this.#entries;
    const slot = entries.slots.find(key);
    return slot === undefined || (!allowStale && entries.ages.isStale(slot, this.ttlResolution))
      ? undefined
      : entries.valueAt(slot);
  }

  /** Removes `key`; whether it was held. */
  delete(key: K): boolean {
    return this.#entries.delete(key, 'delete');
  }

  /** Removes everything. */
  clear(): void {
    this.#entries.clear();
  }

  /** Removes what was used longest ago, and returns it. O(n). */
  pop(): V | undefined {
    return this.#entries.pop();
  }

  /** Removes what is stale; whether anything was. */
  purgeStale(): boolean {
    const { slots, ages } = this.#entries;
    const stale = slots.inOrder().filter((slot) => ages.isStale(slot, this.ttlResolution));
    const keys = stale.map((slot) => this.#entries.keyAt(slot));
    keys.forEach((key) => this.#entries.delete(key, 'expire'));
    return keys.length !== 0;
  }

  /** Returns the milliseconds that `key` has left, `Infinity` without a TTL, 0 if not held. */
  getRemainingTTL(key: K): number {
    const slot = this.#entries.slots.find(key);
    return slot === undefined ? 0 : this.#entries.ages.left(slot, this.ttlResolution);
  }

  /** Returns what is known of `key`, also when it is stale. */
  info(key: K): LRUEntry<V> | undefined {
    const slot = this.#entries.slots.find(key);
    if (slot === undefined) {
      return undefined;
    }
    const { age, start, ttl } = this.#entries.ages.of(slot);
    const times = ttl !== 0 && start !== 0 ? { ttl: ttl - age, start: Date.now() } : {};
    return this.#entry(slot, times);
  }

  /** Returns all entries as {@link load} takes them, the one used longest ago first. */
  dump(): [K, LRUEntry<V>][] {
    const { ages, slots } = this.#entries;
    const dumped: [K, LRUEntry<V>][] = [];
    for (const slot of slots.inOrder()) {
      const { ttl, age } = ages.of(slot);
      const times = ages.isTracking ? { ttl, start: Math.floor(Date.now() - age) } : {};
      const entry = this.#entry(slot, times);
      if (entry !== undefined) {
        dumped.push([this.#entries.keyAt(slot), entry]);
      }
    }
    return dumped;
  }

  /** Replaces everything by what {@link dump} has returned. */
  load(dumped: Iterable<[K, LRUEntry<V>]>): void {
    this.clear();
    for (const [key, { value, start, ...rest }] of dumped) {
      const age = start ? Date.now() - start : 0;
      this.set(key, value, { ...rest, ...(start && { start: this.perf.now() - age }) });
    }
  }

  /** Returns the first value for which `is` holds, the one used last first; a use of it. */
  find(is: (value: V, key: K, self: this) => boolean, options?: GetOptions): V | undefined {
    for (const slot of freshSlots(this.#entries, true, this)) {
      const value = this.#entries.valueAt(slot);
      const key = this.#entries.keyAt(slot);
      if (value !== undefined && is(value, key, this)) {
        return this.get(key, options);
      }
    }
    return undefined;
  }

  /** Calls `visit` with each value, the one used last first. */
  forEach(visit: (value: V, key: K, self: this) => unknown, self: unknown = this): void {
    this.#visit(true, visit, self);
  }

  /** Calls `visit` with each value, the one used longest ago first. */
  rforEach(visit: (value: V, key: K, self: this) => unknown, self: unknown = this): void {
    this.#visit(false, visit, self);
  }

  /** Iterates over keys and values, what was used last first. */
  entries(): Generator<[K, V], void, unknown> {
    return freshPairs(this.#entries, true, this);
  }

  /** The same, what was used longest ago first. */
  rentries(): Generator<[K, V], void, unknown> {
    return freshPairs(this.#entries, false, this);
  }

  *keys(): Generator<K, void, unknown> {
    for (const [key] of this.entries()) yield key;
  }

  *rkeys(): Generator<K, void, unknown> {
    for (const [key] of this.rentries()) yield key;
  }

  *values(): Generator<V, void, unknown> {
    for (const [, value] of this.entries()) yield value;
  }

  *rvalues(): Generator<V, void, unknown> {
    for (const [, value] of this.rentries()) yield value;
  }

  [Symbol.iterator](): Generator<[K, V], void, unknown> {
    return this.entries();
  }

  /** Resolves with the value of `key`, loaded by `fetchMethod` unless it is held and fresh. */
  async fetch(key: K, options: FetchOptions<K, V, FC> = {}): Promise<V | undefined> {
    const { fetchMethod } = this;
    if (fetchMethod === undefined) {
      return this.get(key, options);
    }
    const { allowStale = this.allowStale, updateAgeOnGet = this.updateAgeOnGet } = options;
    const { slots, ages } = this.#entries;
    const slot = slots.find(key);
    const kept = slot === undefined ? undefined : this.#entries.keptAt(slot);
    if (slot !== undefined && !(kept instanceof Pending)) {
      if (options.forceRefresh !== true && !ages.isStale(slot, this.ttlResolution)) {
        slots.useSlot(slot);
        if (updateAgeOnGet) {
          ages.renew(slot);
        }
        return kept;
      }
    }
    const full = fullFetchOptions(this, options);
    const { context, signal } = options;
    const pending =
      kept instanceof Pending
        ? kept
        : beginFetch(this.#host, fetchMethod, key, full, context as FC, signal);
    return allowStale && pending.stale !== undefined ? pending.stale : pending.promise;
  }

  /** As {@link fetch}; rejects if that gives nothing. */
  async forceFetch(key: K, options: FetchOptions<K, V, FC> = {}): Promise<V> {
    const value = await this.fetch(key, options);
    if (value === undefined) {
      throw new Error('fetch() returned undefined');
    }
    return value;
  }

  /** Returns the value of `key`, computed by `memoMethod` unless it is held and fresh. */
  memo(key: K, options: MemoOptions<K, V, FC> = {}): V {
    if (this.memoMethod === undefined) {
      throw new Error('no memoMethod provided to constructor');
    }
    const { context, forceRefresh = false, ...rest } = options;
    const held = this.get(key, rest);
    if (held !== undefined && !forceRefresh) {
      return held;
    }
    const value = this.memoMethod(key, held, { options: rest, context: context as FC });
    this.set(key, value, rest);
    return value;
  }

  /** Stores a value or a fetch, unless it is too large. */
  #store(key: K, kept: V | Pending<V>, options: AnySetOptions<K, V>, ended?: Pending<V>): void {
    const entries = this.#entries;
    const { sizeCalculation } = options;
    const size = entries.sizeOf(key, kept, options.size, sizeCalculation, this.backgroundFetchSize);
    if (this.maxEntrySize !== 0 && size > this.maxEntrySize) {
      entries.delete(key, 'set');
    } else {
      entries.put(key, kept, size, options, ended);
      entries.told.tell();
    }
  }

  #entry(slot: number, times: Omit<LRUEntry<V>, 'value'>): LRUEntry<V> | undefined {
    const value = this.#entries.valueAt(slot);
    if (value === undefined) {
      return undefined;
    }
    const size = this.#entries.isSized ? { size: this.#entries.sizeAt(slot) } : {};
    return { value, ...times, ...size };
  }

  /** Yields the slots that are not stale when it comes to them. */
  #visit(
    isNewestFirst: boolean,
    visit: (value: V, key: K, self: this) => unknown,
    self: unknown,
  ): void {
    for (const slot of freshSlots(this.#entries, isNewestFirst, this)) {
      const value = this.#entries.valueAt(slot);
      if (value !== undefined) {
        visit.call(self, value, this.#entries.keyAt(slot), this);
      }
    }
  }
}
