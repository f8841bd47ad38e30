/** `DistributedCache`: what users see of a cluster. */

import { CacheError, describe, wrongType } from '../errors.js';
import { checkLoader, readKeys, readPairs } from '../inputs.js';
import { checkNames } from '../options.js';
import type { Duration, Entry, Key, Operations, Version } from '../types.js';
import { OPERATE, type EngineOptions, type WorkingEngine } from '../engines/engine.js';
import type { CacheOperations } from './cache-operations.js';
import { readCall, readLoading, readReading, readWriting, ttlOf, type Defaults } from './calls.js';
import {
  checkSuccession,
  readClusterOptions,
  readMembership,
  unsupported,
} from './cluster-options.js';
import { inGroups } from './groups.js';
import { ClusterOperations } from './operations.js';
import type {
  CallOptions,
  DistributedEvents,
  DistributedOptions,
  DistributedStats,
  Loader,
  LoadOptions,
  NodeHealth,
  ReadOptions,
  WriteOptions,
} from './types.js';

/**
 * A cache that several nodes hold together: replicated, read and written by quorums.
 *
 * ```ts
 * await using users = new DistributedCache<User>({
 *   nodes: [['a.internal', 5000], ['b.internal', 5000], ['c.internal', 5000]],
 * });
 * await users.set('ada', { name: 'Ada' }, '10m');
 * await users.get('ada'); // { name: 'Ada' }
 * ```
 *
 * A miss is `undefined`, and always possible; a failure of the nodes never reads as one. No hit is
 * older than a write that was acknowledged before the read began. It is no lock, no counter and not
 * linearizable: two clients that write one key at once leave one of the values.
 *
 * Values are copied: what JSON can hold, and Map, Set, Date, BigInt, URL, typed arrays and
 * ArrayBuffer, `undefined`, NaN, -0 and cycles, as deep as the stack allows, up to 1 MiB each.
 * Class instances, functions, symbols, regular expressions and `__proto__` keys are refused with
 * `ERR_CACHE_SERIALIZATION`. A `Buffer` comes back as a `Uint8Array`. Keys are strings of at most
 * 1 KiB in UTF-8.
 *
 * All methods reject with, beside what each says:
 * - {@link CacheQuorumError} `ERR_CACHE_QUORUM`: too few nodes answered within `timeout`; its
 *   `causes` say why. A write may have acted all the same, or may yet.
 * - {@link CacheKeyError} `ERR_CACHE_INVALID_KEY`: not a string, or half a surrogate pair in it;
 *   `ERR_CACHE_TOO_LARGE`: too long.
 * - `TypeError`, `RangeError` `ERR_CACHE_INVALID_ARGUMENT`: a wrong argument; nothing was sent.
 * - {@link CacheError} `ERR_CACHE_CLOSED` after {@link close}; `ERR_CACHE_WASM`: the module does
 *   not compile.
 * - the reason of `signal`, as soon as it aborts. That ends the waiting, not the work.
 */
export class DistributedCache<V = unknown> implements Operations<V>, AsyncDisposable {
  readonly #options: DistributedOptions<V> | EngineOptions<V>;
  readonly #config: Defaults;
  readonly #operations: CacheOperations<V>;

  /** The build shortens it; not set by a block, which bundlers would keep for its own sake. */
  static readonly name: string = 'DistributedCache';

  /**
   * Makes a client. Neither compiles nor connects anything: the first use does, or {@link connect}.
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: an option of the wrong type, or unknown.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: an option out of range; quorums that do not
   * overlap (R + W ≤ N or 2W ≤ N); `Infinity` for a TTL on nodes; two nodes with one id.
   * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: an option that the engine has no use for.
   */
  constructor(options: DistributedOptions<V> | EngineOptions<V>) {
    this.#options = { ...options };
    if (isOnEngine(options)) {
      const { operations, defaults } = workingEngine(options)[OPERATE](options);
      this.#config = defaults;
      this.#operations = operations;
    } else {
      const config = readClusterOptions(options);
      this.#config = config;
      this.#operations = new ClusterOperations(config);
    }
  }

  /** How this client sees the nodes, in the order they were given; not asked for, but as known. */
  get nodes(): readonly NodeHealth[] {
    return this.#operations.host.nodes();
  }

  /**
   * Calls `listener` whenever a node is up, suspect or down from now on, as this client sees it;
   * that opens no connection by itself. Returns what ends it. A listener that throws harms nothing
   * but itself.
   */
  on<E extends keyof DistributedEvents>(
    event: E,
    listener: (payload: DistributedEvents[E]) => void,
  ): () => void {
    this.#operations.host.checkOpen();
    return this.#operations.host.events.on(event, listener);
  }

  /**
   * Resolves with the value, or `undefined` on a miss. Counts a hit or miss. Reads of one key that
   * begin in the same turn of the event loop are one.
   * @throws {CacheSerializationError} `ERR_CACHE_SERIALIZATION`: what is held cannot be read.
   */
  get(key: Key): Promise<V | undefined>;
  /** Resolves with the value, or `defaultValue` on a miss; `options` are for this read alone. */
  get<D>(key: Key, defaultValue: D, options?: ReadOptions): Promise<V | D>;
  async get<D>(key: Key, defaultValue?: D, options?: ReadOptions): Promise<V | D | undefined> {
    const value = await this.#operations.get(key, readReading(this.#config, options));
    return value === undefined ? defaultValue : value;
  }

  /**
   * Resolves with what is held and when it ends, or `undefined`. Not counted; always asks the
   * nodes. `version` changes with every write of the key.
   * @throws {CacheSerializationError} `ERR_CACHE_SERIALIZATION`: what is held cannot be read.
   */
  async getEntry(key: Key, options?: ReadOptions): Promise<Entry<V> | undefined> {
    const hit = await this.#operations.find(key, readReading(this.#config, options));
    return hit === undefined
      ? undefined
      : {
          key,
          value: this.#operations.decode(key, hit),
          createdAt: hit.createdAtMs,
          expiresAt: hit.expiresAtMs,
          state: 'fresh',
          version: textOf(hit.version) as unknown as Version,
          tags: [],
        };
  }

  /**
   * Stores a value on a write quorum, or in the engine; resolves with whether it was stored, which
   * only `ifAbsent` and `ifVersion` prevent.
   * @param ttlOrOptions how long it lives, 1 ms or more and at most `maxTtl`; default `defaultTtl`
   * @throws {CacheSerializationError} `ERR_CACHE_SERIALIZATION`: the codec cannot carry the value.
   * @throws {CacheConnectionError} `ERR_CACHE_TOO_LARGE`: more than 1 MiB.
   * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: an option of local caches that nodes lack.
   */
  async set(key: Key, value: V, ttlOrOptions?: Duration | WriteOptions): Promise<boolean> {
    const writing = readWriting(this.#config, ttlOrOptions);
    return this.#operations.put(this.#operations.prepare(key, value), writing);
  }

  /** Whether a live entry is held. Not counted; the value travels all the same. */
  async has(key: Key, options?: ReadOptions): Promise<boolean> {
    return (await this.#operations.find(key, readReading(this.#config, options))) !== undefined;
  }

  /**
   * Removes an entry on a write quorum; resolves with whether one of the nodes that did held a live
   * one. What was stored before never comes back.
   */
  async delete(key: Key, options?: CallOptions): Promise<boolean> {
    return this.#operations.delete(key, readCall(this.#config, options));
  }

  /**
   * Removes everything that was written before, whoever wrote it. Needs more nodes than a write: at
   * most N - W of all nodes may be missing.
   */
  async clear(options?: CallOptions): Promise<void> {
    await this.#operations.clear(readCall(this.#config, options));
  }

  /**
   * Gives what a quorum holds a later end: `ttl` from now, at most `maxTtl` after it was written.
   * Resolves with whether there is something. Never shortens a life.
   */
  async touch(key: Key, ttl?: Duration, options?: CallOptions): Promise<boolean> {
    const call = readCall(this.#config, options);
    return this.#operations.touch(key, ttlOf(this.#config, ttl), call);
  }

  /**
   * Resolves with a value or `undefined` for each key, in the order of the keys. 64 reads are under
   * way at once, which go out in one frame for each node. Rejects if one of them does.
   */
  async getMany(keys: Iterable<Key>, options?: ReadOptions): Promise<Map<Key, V | undefined>> {
    const wanted = readKeys(keys);
    const reading = readReading(this.#config, options);
    const values = await inGroups(wanted, (key) => this.#operations.get(key, reading));
    return new Map(wanted.map((key, at) => [key, values[at]]));
  }

  /**
   * Stores several values; if one of them is wrong, none. Rejects if one write fails; the others
   * may have acted. 64 writes are under way at once.
   */
  async setMany(
    entries: Iterable<readonly [Key, V]> | Readonly<Record<string, V>>,
    ttlOrOptions?: Duration | WriteOptions,
  ): Promise<void> {
    const writing = readWriting(this.#config, ttlOrOptions);
    const ready = readPairs(entries).map(([key, value]) => this.#operations.prepare(key, value));
    await inGroups(ready, (sendable) => this.#operations.put(sendable, writing));
  }

  /** Removes several entries; resolves with how many live ones were held. */
  async deleteMany(keys: Iterable<Key>, options?: CallOptions): Promise<number> {
    const wanted = readKeys(keys);
    const call = readCall(this.#config, options);
    const held = await inGroups(wanted, (key) => this.#operations.delete(key, call));
    return held.filter(Boolean).length;
  }

  /**
   * Resolves with the value that is held, else with what `loader` makes, which is stored. Counts a
   * hit or miss.
   *
   * There is one load of a key in the whole cluster, as long as it takes less than the cache's
   * `timeout`: whoever asks meanwhile waits for its value, and loads by itself only when that time
   * is over. Callers of this client join the loader for as long as it takes. If the key is written,
   * deleted or cleared while the loader runs, its callers get what it made, and it is not stored;
   * likewise when too few nodes answer the write. `undefined` is passed on and not stored. An error
   * of the loader rejects as it is.
   * @throws {CacheLoadError} `ERR_CACHE_LOAD_TIMEOUT`: the loader took longer than `timeout`.
   * @throws {CacheSerializationError} `ERR_CACHE_SERIALIZATION`: the codec cannot carry the value.
   * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: an option of local caches that nodes lack.
   */
  async getOrSet(key: Key, loader: Loader<V>, options?: LoadOptions<V>): Promise<V> {
    checkLoader(loader);
    return this.#operations.load(key, loader, readLoading(this.#config, options));
  }

  /**
   * Stores a value if what is held has this version, as {@link getEntry} tells it; resolves with
   * whether it had. Engines only: plain nodes cannot compare and set.
   * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`.
   */
  async compareAndSet(key: Key, expectedVersion: Version, value: V): Promise<boolean> {
    if (this.#config.canCompare !== true) {
      throw unsupported('compareAndSet', 'use set, whose last write wins');
    }
    return this.set(key, value, { ifVersion: expectedVersion });
  }

  /**
   * Returns what this client has counted, frozen.
   * @throws {CacheError} `ERR_CACHE_CLOSED`.
   */
  getStats(): DistributedStats {
    return this.#operations.stats();
  }

  /**
   * Goes over to the nodes of another epoch. Raise the epoch of every node first: it starts empty,
   * and refuses clients of the old one (`ERR_CACHE_EPOCH`). The same epoch again may give the same
   * nodes other addresses.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: a lower epoch, or other nodes in the same.
   */
  async reconfigure(nodes: DistributedOptions<V>['nodes'], epoch: number): Promise<void> {
    if (isOnEngine(this.#options) || !(this.#operations instanceof ClusterOperations)) {
      throw new CacheError('ERR_CACHE_UNSUPPORTED', 'an engine knows its servers by itself');
    }
    const { host } = this.#operations;
    const next = readMembership(this.#options, nodes, epoch);
    checkSuccession(host.membership, next);
    await host.reconfigure(next);
  }

  /**
   * Resolves when as many nodes can be reached as reads and writes need, and none of those that can
   * has just started: in its first half second a node refuses writes that it may have to remember,
   * so what is written then may be held by fewer nodes. It waits for that as long as the cache's
   * `timeout` lasts, and is no failure.
   * @throws {CacheQuorumError} `ERR_CACHE_QUORUM`: not within the cache's `timeout`; at once if too
   * many nodes refuse the token.
   */
  async connect(options: Pick<CallOptions, 'signal'> = {}): Promise<void> {
    checkNames(options, ['signal']);
    await this.#operations.connect(readCall(this.#config, options).signal);
  }

  /**
   * Closes the links. What is under way rejects with `ERR_CACHE_CLOSED`, and so does all later use.
   * The near cache is emptied, not closed.
   */
  async close(): Promise<void> {
    await this.#operations.close();
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function isOnEngine<V>(
  options: DistributedOptions<V> | EngineOptions<V>,
): options is EngineOptions<V> {
  return Object(options) === options && 'engine' in options;
}

function workingEngine<V>({ engine }: EngineOptions<V>): WorkingEngine {
  if (typeof (engine as Partial<WorkingEngine> | null | undefined)?.[OPERATE] !== 'function') {
    throw wrongType(`engine is ${describe(engine)}; give what natsEngine or its kin returns`);
  }
  return engine as WorkingEngine;
}

function textOf(bytes: Uint8Array | string): string {
  if (typeof bytes === 'string') {
    return bytes;
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
