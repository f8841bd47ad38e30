/**
 * `TTLCache`: the store behind Promises, with hooks.
 *
 * `await cache.get(key)` calls the store at once and wraps what it says; nothing is queued unless a
 * subclass overrides a hook. Then the hooks of one key run one after the other, in the order of the
 * calls, so a slow one cannot reorder two sets. A `delete` or `clear` does not wait for them: it
 * also voids the sets of its key that are still in their hook.
 */

import { Callbacks } from './callbacks.js';
import { milliseconds } from './duration.js';
import { CacheError, CacheKeyError, describe, named } from './errors.js';
import { showHost } from './host.js';
import { checkPair, readKeys, readPairs } from './inputs.js';
import { KeyedQueue } from './keyed-queue.js';
import { LazyStore } from './lazy-store.js';
import { readLife } from './life.js';
import { checkNames, readFlag, readOptions, type Config } from './options.js';
import type { Store } from './store.js';
import { runTransaction, StoreTransaction, type TransactionHost } from './transaction.js';
import type {
  CacheEvents,
  CacheOptions,
  CacheStats,
  Duration,
  Entry,
  Key,
  Operations,
  SetOptions,
  SyncCache,
  Transaction,
  TransactionOptions,
} from './types.js';

/** Gives this package's other modules the store of a cache; not exported to users. */
export let storeOf: <V>(cache: TTLCache<V>) => Promise<Store<V>>;

/** What a class that overrides nothing has for `postGet`. */
let plainPostGet: unknown;

/**
 * A cache whose entries live for a time, in a limited room.
 *
 * ```ts
 * const users = new TTLCache<User>({ defaultTtl: '5m', maxSize: 10_000 });
 * await users.set('ada', { name: 'Ada' });
 * await users.get('ada'); // { name: 'Ada' }
 * ```
 *
 * A miss is `undefined`; `null` is a value like any other. Wrong keys are a {@link CacheKeyError},
 * other wrong arguments a `TypeError` or `RangeError` with `code: 'ERR_CACHE_INVALID_ARGUMENT'`; in
 * either case nothing has changed. After {@link close} everything rejects with `ERR_CACHE_CLOSED`.
 */
export class TTLCache<V = unknown> implements Operations<V>, AsyncDisposable {
  readonly #config: Config<V>;
  readonly #callbacks: Callbacks<V>;
  readonly #lazy: LazyStore<V>;
  /** The store once a `get` has needed it: nearer than the one in `#lazy`. */
  #store: Store<V> | undefined;
  readonly #sets = new KeyedQueue();
  readonly #gets = new KeyedQueue();

  static {
    named(this, 'TTLCache');
    plainPostGet = this.prototype.postGet;
    storeOf = (cache) => cache.#lazy.ready();
    showHost(this.prototype, storeOf);
  }

  /**
   * Makes a cache. Neither compiles anything nor starts a timer: the first use does.
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: an option of the wrong type, or unknown.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: an option out of range.
   */
  constructor(options: CacheOptions<V> = {}) {
    this.#config = readOptions(options);
    this.#callbacks = new Callbacks(this.#config);
    this.#lazy = new LazyStore(this.#config, this.#callbacks);
  }

  /**
   * The same store without Promises.
   * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: the class overrides `preSet` or `postGet`, which
   * may wait. `ERR_CACHE_WASM`: the module is not there yet; `await init()` first.
   */
  get sync(): SyncCache<V> {
    if (this.#isHooked()) {
      throw new CacheError(
        'ERR_CACHE_UNSUPPORTED',
        `${this.constructor.name} overrides preSet or postGet, which may wait; await its methods`,
      );
    }
    return this.#lazy.open();
  }

  /** Live entries; 0 once closed. O(1) unless some have died since the last sweep, then O(n). */
  get size(): number {
    return this.#lazy.store?.size ?? 0;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#lazy.closed;
  }

  /** Resolves with the value, or `undefined` on a miss. Counts a hit or miss, and is a use. */
  get(key: Key): Promise<V | undefined>;
  /** Resolves with the value, or `defaultValue` on a miss. Counts a hit or miss, and is a use. */
  get<D>(key: Key, defaultValue: D): Promise<V | D>;
  async get<D>(key: Key, defaultValue?: D): Promise<V | D | undefined> {
    const store = this.#store ?? this.#atOnce();
    if (store === undefined || this.postGet !== plainPostGet) {
      // Without `await`, which costs more even where it is not reached.
      return this.#getSlowly(key, defaultValue);
    }
    const value = store.get(key);
    return value === undefined ? defaultValue : value;
  }

  /**
   * Resolves with the value. Counts a hit or miss, and is a use.
   * @throws {CacheKeyError} `ERR_CACHE_KEY_NOT_FOUND`: no live entry is held.
   */
  async getOrThrow(key: Key): Promise<V> {
    const value = await this.get(key);
    if (value === undefined) {
      const message = `there is no live entry for ${describe(key)}`;
      throw new CacheKeyError('ERR_CACHE_KEY_NOT_FOUND', message, { key });
    }
    return value;
  }

  /**
   * Resolves with an entry and when it dies, or `undefined`: tells a stored null from a miss.
   * Neither counted nor a use, unless `touch` is true. `postGet` does not see it.
   */
  async getEntry(key: Key, options: { touch?: boolean } = {}): Promise<Entry<V> | undefined> {
    checkNames(options, ['touch']);
    const { touch = false } = options;
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    return store.entry(key, readFlag(touch, 'touch'));
  }

  /**
   * Stores a value; resolves with false if `ifAbsent` or `ifVersion` lost, or if it is heavier than
   * `maxWeight` (then an older value of the key is removed).
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: the value is `undefined`, or no such option.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: the TTL is not more than 0.
   */
  async set(key: Key, value: V, ttlOrOptions?: Duration | SetOptions): Promise<boolean> {
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    return this.preSet === TTLCache.prototype.preSet
      ? store.set(key, value, ttlOrOptions)
      : this.#setHooked(store, key, value, ttlOrOptions);
  }

  /** Whether a live entry is held. Neither counted nor a use. */
  async has(key: Key): Promise<boolean> {
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    return store.has(key);
  }

  /** Removes an entry; resolves with whether a live one was held. */
  async delete(key: Key): Promise<boolean> {
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    return store.delete(key);
  }

  /** Removes all entries, in one step. Counters go on. */
  async clear(): Promise<void> {
    (this.#lazy.atOnce() ?? (await this.#lazy.ready())).clear();
  }

  /**
   * Starts an entry's life anew, with the cache's default TTL or the one given; resolves with false
   * if no live entry is held. Not a use.
   */
  async touch(key: Key, ttl?: Duration): Promise<boolean> {
    const span = ttl === undefined ? this.#config.defaultTtl : milliseconds(ttl, 'ttl');
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    return store.touch(key, span);
  }

  /** Removes an entry and resolves with its value, or `undefined`. Counts a hit or miss. */
  async take(key: Key): Promise<V | undefined> {
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    return store.take(key);
  }

  /** Resolves with a value or `undefined` for each key, in the order of the keys. */
  getMany(keys: Iterable<Key>): Promise<Map<Key, V | undefined>>;
  /** Resolves with a value or `defaultValue` for each key, in the order of the keys. */
  getMany<D>(keys: Iterable<Key>, defaultValue: D): Promise<Map<Key, V | D>>;
  async getMany<D>(keys: Iterable<Key>, defaultValue?: D): Promise<Map<Key, V | D | undefined>> {
    const wanted = readKeys(keys);
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    const found = new Map<Key, V | D | undefined>();
    if (this.#isHooked()) {
      const values = await Promise.all(wanted.map((key) => this.get(key, defaultValue)));
      wanted.forEach((key, at) => found.set(key, values[at]));
      return found;
    }
    for (const key of wanted) {
      const value = store.get(key);
      found.set(key, value === undefined ? defaultValue : value);
    }
    return found;
  }

  /**
   * Stores several values; if one of them is wrong, none. (Where a class overrides a hook, each is
   * set by itself when its hook has finished.) What does not fit (`maxWeight`) is left
   * out, as with `set`.
   */
  async setMany(
    entries: Iterable<readonly [Key, V]> | Readonly<Record<string, V>>,
    ttlOrOptions?: Duration | SetOptions,
  ): Promise<void> {
    const pairs = readPairs(entries);
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    const life = readLife(this.#config, ttlOrOptions);
    if (this.#isHooked()) {
      for (const [key, value] of pairs) {
        checkPair(key, value);
      }
      await Promise.all(pairs.map(([key, value]) => this.set(key, value, ttlOrOptions)));
      return;
    }
    const ready = pairs.map(([key, value]) => store.prepare(key, value, life));
    const now = store.askNow();
    for (const prepared of ready) {
      store.putPrepared(prepared, now);
    }
    store.callbacks.run();
  }

  /** Removes several entries; resolves with how many live ones were held. */
  async deleteMany(keys: Iterable<Key>): Promise<number> {
    const wanted = readKeys(keys);
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    return wanted.filter((key) => store.delete(key)).length;
  }

  /** Resolves with all live entries, in no promised order. `postGet` does not see them. */
  async items(): Promise<[Key, V][]> {
    const store = this.#lazy.atOnce() ?? (await this.#lazy.ready());
    return [...store.entries()];
  }

  /** Iterates over the live entries; one that comes or goes meanwhile may be seen or not. */
  async *entries(): AsyncIterableIterator<[Key, V]> {
    yield* (this.#lazy.atOnce() ?? (await this.#lazy.ready())).entries();
  }

  /** Iterates over the keys of live entries. */
  async *keys(): AsyncIterableIterator<Key> {
    yield* (this.#lazy.atOnce() ?? (await this.#lazy.ready())).keys();
  }

  /** The same as {@link entries}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<[Key, V]> {
    return this.entries();
  }

  /**
   * Returns a transaction, which rolls back when disposed of unless `commit` was called.
   *
   * ```ts
   * await using tx = cache.transaction();
   * await tx.set('to', (await tx.get('from')) ?? 0);
   * await tx.commit();
   * ```
   */
  transaction(options?: TransactionOptions): Transaction<V>;
  /**
   * Runs `work` with a transaction and commits when it returns; rolls back when it throws. A
   * conflict runs it again, `retries` times.
   * @throws {CacheConflictError} `ERR_CACHE_CONFLICT`: a key that was read has changed; nothing was
   * applied.
   */
  transaction<R>(
    work: (tx: Transaction<V>) => R | PromiseLike<R>,
    options?: TransactionOptions,
  ): Promise<R>;
  transaction<R>(
    work?: TransactionOptions | ((tx: Transaction<V>) => R | PromiseLike<R>),
    options?: TransactionOptions,
  ): Transaction<V> | Promise<R> {
    const host: TransactionHost<V> = {
      config: this.#config,
      atOnce: () => this.#lazy.atOnce(),
      ready: () => this.#lazy.ready(),
      preSet: (key, value) => this.#beforeSet(key, value),
      postGet: async (key, value) => this.postGet(key, value),
    };
    return typeof work === 'function'
      ? runTransaction(host, work, options)
      : new StoreTransaction(host, work);
  }

  /** Returns what was counted, frozen. @throws {CacheError} `ERR_CACHE_CLOSED`, `ERR_CACHE_WASM` */
  getStats(): CacheStats {
    return this.#lazy.stats();
  }

  /** Sets the counters back to zero. @throws {CacheError} `ERR_CACHE_CLOSED` */
  resetStats(): void {
    this.#lazy.resetStats();
  }

  /** Calls `listener` at each event until the function that is returned is called. */
  on<E extends keyof CacheEvents>(
    event: E,
    listener: (payload: CacheEvents[E]) => void,
  ): () => void {
    return this.#callbacks.on(event, listener);
  }

  /** Sweeps again after {@link stop}. The first use starts a cache by itself. */
  async start(): Promise<void> {
    await this.#lazy.start();
  }

  /** Ends sweeping until {@link start}. The data stays, and what is dead stays a miss. */
  async stop(): Promise<void> {
    this.#lazy.stop();
  }

  /** Closes the cache: drops its entries (reason `cleared`), its timer and its wasm memory. */
  async close(): Promise<void> {
    await this.#lazy.close();
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Sees each value before it is stored; what it returns is stored instead, unless that is
   * `undefined`. Override it in a subclass. Runs for `set`, `setMany`, transactions and wrapped
   * functions, for one key in the order of the calls.
   */
  protected preSet(key: Key, value: V): V | void | Promise<V | void>;
  protected preSet(): undefined {
    return undefined;
  }

  /**
   * Sees what each `get` and `getMany` found; what it returns is the answer, `undefined` a miss.
   * Override it in a subclass. For one key it runs in the order of the calls.
   */
  protected postGet(_key: Key, value: V | undefined): V | undefined | Promise<V | undefined> {
    return value;
  }

  #isHooked(): boolean {
    return this.preSet !== TTLCache.prototype.preSet || this.postGet !== plainPostGet;
  }

  #atOnce(): Store<V> | undefined {
    return (this.#store = this.#lazy.atOnce());
  }

  /** A read that has to wait: for a hook, or for the module. */
  async #getSlowly<D>(key: Key, defaultValue: D): Promise<V | D> {
    const store = this.#atOnce() ?? (await this.#lazy.ready());
    const value =
      this.postGet === plainPostGet
        ? store.get(key)
        : await this.#gets.run(key, async () => this.postGet(key, store.get(key)));
    return value === undefined ? defaultValue : value;
  }

  /** Resolves with what `preSet` makes of a value. */
  async #beforeSet(key: Key, value: V): Promise<V> {
    const changed = await this.preSet(key, value);
    return changed === undefined ? value : changed;
  }

  async #setHooked(
    store: Store<V>,
    key: Key,
    value: V,
    ttlOrOptions: Duration | SetOptions | undefined,
  ): Promise<boolean> {
    readLife(this.#config, ttlOrOptions);
    checkPair(key, value);
    const watch = store.watches.begin(key);
    const { deletes } = watch;
    try {
      return await this.#sets.run(key, async () => {
        const stored = await this.#beforeSet(key, value);
        return watch.deletes === deletes && store.set(key, stored, ttlOrOptions);
      });
    } finally {
      store.watches.end(key);
    }
  }
}
