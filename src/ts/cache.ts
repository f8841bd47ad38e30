/**
 * `TTLCache`: the store behind Promises, with hooks.
 *
 * `await cache.get(key)` calls the store at once and wraps what it says; nothing is queued unless a
 * subclass overrides a hook. Then the hooks of one key run one after the other, in the order of the
 * calls, so a slow one cannot reorder two sets. A `delete` or `clear` does not wait for them: it
 * also voids the sets of its key that are still in their hook.
 */

import { CacheBase, insideOf, plainPostGet, plainPreSet, View } from './cache-base.js';
import { milliseconds } from './duration.js';
import { CacheKeyError, describe, named, outOfRange, wrongType } from './errors.js';
import { checkPair, readKeys, readPairs } from './inputs.js';
import { readLife, readTags } from './life.js';
import type { Loader, LoadOptions, Status } from './load-types.js';
import { Loads } from './loads.js';
import { checkNames, readFlag, readString } from './options.js';
import type { Engine } from './space.js';
import { runTransaction, StoreTransaction } from './transaction.js';
import type {
  CacheOptions,
  Duration,
  Entry,
  Key,
  Operations,
  SetOptions,
  Transaction,
  TransactionOptions,
  Version,
} from './types.js';

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
export class TTLCache<V = unknown> extends CacheBase<V> implements Operations<V> {
  readonly #inside = insideOf<V>(this);
  /** The store once a `get` has needed it: nearer than the one inside. */
  #store: Engine<V> | undefined;
  #loads: Loads<V> | undefined;

  static {
    named(this, 'TTLCache');
  }

  /**
   * Makes a cache. Neither compiles anything nor starts a timer: the first use does.
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: an option of the wrong type, or unknown.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: an option out of range.
   */
  constructor(options: CacheOptions<V> = {}) {
    super(options);
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
   * Neither counted nor a use, unless `touch` is true; a stale one only if `allowStale` is.
   * `postGet` does not see it.
   */
  async getEntry(
    key: Key,
    options: { touch?: boolean; allowStale?: boolean } = {},
  ): Promise<Entry<V> | undefined> {
    checkNames(options, ['touch', 'allowStale']);
    const { touch = false, allowStale = false } = options;
    const store = this.#atOnce() ?? (await this.#ready());
    return store.entry(key, readFlag(touch, 'touch'), readFlag(allowStale, 'allowStale'));
  }

  /**
   * Stores a value; resolves with false if `ifAbsent` or `ifVersion` lost, or if it is heavier than
   * `maxWeight` (then an older value of the key is removed).
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: the value is `undefined`, or no such option.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: the TTL is not more than 0.
   */
  async set(key: Key, value: V, ttlOrOptions?: Duration | SetOptions): Promise<boolean> {
    const store = this.#atOnce() ?? (await this.#ready());
    return this.preSet === plainPreSet
      ? store.set(key, value, ttlOrOptions)
      : this.#inside.hooks.set(store, key, value, ttlOrOptions);
  }

  /** Whether a live entry is held. Neither counted nor a use. */
  async has(key: Key): Promise<boolean> {
    const store = this.#atOnce() ?? (await this.#ready());
    return store.has(key);
  }

  /** Removes an entry; resolves with whether a live one was held. */
  async delete(key: Key): Promise<boolean> {
    const store = this.#atOnce() ?? (await this.#ready());
    return store.delete(key);
  }

  /** Removes all entries, in one step. Counters go on. */
  async clear(): Promise<void> {
    (this.#atOnce() ?? (await this.#ready())).clear();
  }

  /**
   * Starts an entry's life anew, with the cache's default TTL or the one given; resolves with false
   * if no live entry is held. Not a use.
   */
  async touch(key: Key, ttl?: Duration): Promise<boolean> {
    const span = ttl === undefined ? this.#inside.config.defaultTtl : milliseconds(ttl, 'ttl');
    const store = this.#atOnce() ?? (await this.#ready());
    return store.touch(key, span);
  }

  /** Removes an entry and resolves with its value, or `undefined`. Counts a hit or miss. */
  async take(key: Key): Promise<V | undefined> {
    const store = this.#atOnce() ?? (await this.#ready());
    return store.take(key);
  }

  /** Resolves with a value or `undefined` for each key, in the order of the keys. */
  getMany(keys: Iterable<Key>): Promise<Map<Key, V | undefined>>;
  /** Resolves with a value or `defaultValue` for each key, in the order of the keys. */
  getMany<D>(keys: Iterable<Key>, defaultValue: D): Promise<Map<Key, V | D>>;
  async getMany<D>(keys: Iterable<Key>, defaultValue?: D): Promise<Map<Key, V | D | undefined>> {
    const wanted = readKeys(keys);
    const store = this.#atOnce() ?? (await this.#ready());
    const found = new Map<Key, V | D | undefined>();
    if (this.#inside.isHooked()) {
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
    const store = this.#atOnce() ?? (await this.#ready());
    const life = readLife(this.#inside.config, ttlOrOptions);
    if (this.#inside.isHooked()) {
      for (const [key, value] of pairs) {
        checkPair(key, value);
      }
      await Promise.all(pairs.map(([key, value]) => this.set(key, value, ttlOrOptions)));
      return;
    }
    const ready = pairs.map(([key, value]) => store.prepare(key, value, life));
    store.reserve(ready);
    const now = store.askNow();
    for (const prepared of ready) {
      store.putPrepared(prepared, now);
    }
    store.callbacks.run();
  }

  /** Removes several entries; resolves with how many live ones were held. */
  async deleteMany(keys: Iterable<Key>): Promise<number> {
    const wanted = readKeys(keys);
    const store = this.#atOnce() ?? (await this.#ready());
    return wanted.filter((key) => store.delete(key)).length;
  }

  /**
   * Resolves with the value that is held, else with what `loader` makes, which is stored. One load
   * for a key at a time, whoever asks; if it fails, it fails for all of them and is not kept.
   *
   * ```ts
   * const user = await users.getOrSet('ada', ({ signal }) => db.user('ada', { signal }), {
   *   ttl: '1m', staleWhileRevalidate: '10m', tags: ['users'],
   * });
   * ```
   * @throws {CacheLoadError} `ERR_CACHE_LOAD_TIMEOUT`: it took longer than `timeout`. Errors of the
   * loader pass as they are.
   */
  async getOrSet(key: Key, loader: Loader<V>, options?: LoadOptions<V>): Promise<V> {
    return (await this.#load(key, loader, options)).value;
  }

  /** The same as {@link getOrSet}, and says where the value comes from. */
  async getOrSetEntry(
    key: Key,
    loader: Loader<V>,
    options?: LoadOptions<V>,
  ): Promise<{ value: V; status: Status }> {
    return this.#load(key, loader, options);
  }

  /** Stores what `updater` makes of the value that is held, in one step; resolves with it. */
  async update(key: Key, updater: (old: V | undefined) => V, options?: SetOptions): Promise<V> {
    if (typeof updater !== 'function') {
      throw wrongType(`the updater is ${describe(updater)}; give a function of the old value`);
    }
    readLife(this.#inside.config, options);
    const store = this.#atOnce() ?? (await this.#ready());
    if (this.#inside.isHooked()) {
      return this.#inside.hooks.update(store, key, updater, options);
    }
    const value = updater(store.peek(key));
    store.set(key, value, options);
    return value;
  }

  /**
   * Adds `by` to the number that is held, or to 0, and resolves with the sum. Without options a
   * held entry keeps its life: what counts to a limit in a minute ends with the minute.
   */
  async increment(this: TTLCache<number>, key: Key, by = 1, options?: SetOptions): Promise<number> {
    if (typeof by !== 'number') {
      throw wrongType(`by is ${describe(by)}; give a number`);
    }
    if (!Number.isFinite(by)) {
      throw outOfRange(`by is ${by}; give a finite number`);
    }
    const life = readLife(this.#inside.config, options);
    const store = this.#atOnce() ?? (await this.#ready());
    return store.adjust(key, by, life, options === undefined);
  }

  /** Stores a value if the entry still has the version; resolves with whether it did. */
  async compareAndSet(
    key: Key,
    expectedVersion: Version,
    value: V,
    options?: SetOptions,
  ): Promise<boolean> {
    // `undefined` would be no condition.
    return this.set(key, value, { ...options, ifVersion: expectedVersion ?? NaN });
  }

  /** Ends an entry's freshness; its stale windows begin. Resolves with whether it was fresh. */
  async expire(key: Key): Promise<boolean> {
    const store = this.#atOnce() ?? (await this.#ready());
    return store.expire(key);
  }

  /** Removes what has one of these tags, in all namespaces; resolves with how many entries. */
  async invalidateTags(...tags: string[]): Promise<number> {
    const wanted = readTags(tags);
    const store = this.#atOnce() ?? (await this.#ready());
    return store.invalidateTags(wanted);
  }

  /**
   * Returns a part of this cache with keys, statistics, size, items and clear of its own, in which
   * entries have these `defaults`. Capacity, policy, timer and end are this cache's.
   */
  namespace<W extends V = V>(name: string, defaults: SetOptions = {}): TTLCache<W> {
    const { ttl, sliding, whileRevalidate, ifError, tags } = readLife(
      this.#inside.config,
      defaults,
    );
    const spaces = this.#inside.callbacks.openSpaces();
    const region = spaces.of(this.#inside.prefix, readString(name, 'name'));
    const windows = { staleWhileRevalidate: whileRevalidate, staleIfError: ifError };
    const config = { ...this.#inside.config, defaultTtl: ttl, sliding, ...windows, tags };
    const view = new TTLCache<V>(new View(this.#inside, config, region) as object);
    if (this.#inside.isHooked()) {
      view.preSet = this.preSet.bind(this);
      view.postGet = this.postGet.bind(this);
    }
    return view as unknown as TTLCache<W>;
  }

  /** Resolves with all live entries, in no promised order. `postGet` does not see them. */
  async items(): Promise<[Key, V][]> {
    const store = this.#atOnce() ?? (await this.#ready());
    return [...store.entries()];
  }

  /** Iterates over the live entries; one that comes or goes meanwhile may be seen or not. */
  async *entries(): AsyncIterableIterator<[Key, V]> {
    yield* (this.#atOnce() ?? (await this.#ready())).entries();
  }

  /** Iterates over the keys of live entries. */
  async *keys(): AsyncIterableIterator<Key> {
    yield* (this.#atOnce() ?? (await this.#ready())).keys();
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
    return typeof work === 'function'
      ? runTransaction(this.#inside, work, options)
      : new StoreTransaction(this.#inside, work);
  }

  #atOnce(): Engine<V> | undefined {
    return (this.#store = this.#inside.lazy.atOnce());
  }

  #ready(): Promise<Engine<V>> {
    return this.#inside.ready();
  }

  #load(key: Key, loader: Loader<V>, options?: LoadOptions<V>): ReturnType<Loads<V>['run']> {
    return (this.#loads ??= new Loads(this.#inside)).run(key, loader, options);
  }

  /** A read that has to wait: for a hook, or for the module. */
  async #getSlowly<D>(key: Key, defaultValue: D): Promise<V | D> {
    const store = this.#atOnce() ?? (await this.#ready());
    const isPlain = this.postGet === plainPostGet;
    const value = isPlain ? store.get(key) : await this.#inside.hooks.get(store, key);
    return value === undefined ? defaultValue : value;
  }
}
