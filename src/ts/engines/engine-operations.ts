/**
 * What a distributed cache does on an existing engine: encodes, asks the engine's store, decodes
 * and counts. Keys, values, options and errors are those of a cache on nodes.
 */

import type { CacheOperations, Found, Sendable } from '../cluster/cache-operations.js';
import {
  abortable,
  readLoaderTtl,
  type Call,
  type Defaults,
  type Loading,
  type Reading,
  type Writing,
} from '../cluster/calls.js';
import { CacheConnectionError } from '../cluster/cluster-errors.js';
import { decode, encode } from '../cluster/codec.js';
import { closedError, tooLarge } from '../cluster/failure.js';
import { encodeKey } from '../cluster/keys.js';
import { Loads } from '../cluster/loads.js';
import { TurnReads } from '../cluster/turn-reads.js';
import type { Codec, DistributedStats, Loader, NearStore } from '../cluster/types.js';
import { CacheError, outOfRange } from '../errors.js';
import { checkPair } from '../inputs.js';
import type { Key } from '../types.js';
import { EngineHost } from './engine-host.js';
import { EngineNear } from './engine-near.js';
import type { EngineCapabilities, EnginePut, EngineStore, HeldValue } from './engine-store.js';
import { HEADER_BYTES } from './stored-value.js';

/** The checked options of a cache on an engine. */
export interface EngineConfig<V> extends Defaults {
  readonly engine: string;
  readonly capabilities: EngineCapabilities;
  readonly near: NearStore<V> | undefined;
  readonly codec: Codec<V> | undefined;
}

/** A value, or the right to make it. */
type Looked = { readonly held: HeldValue } | { readonly release: () => Promise<void> };

/** A loader that runs, and whether what it makes may still be stored. */
interface Fill {
  isVoid: boolean;
}

/** How long who waits for another's loader waits before it looks again. */
const LOOK_MS = 25;

/** The operations of one cache. */
export class EngineOperations<V> implements CacheOperations<V> {
  readonly host: EngineHost;
  readonly #store: EngineStore;
  readonly #config: EngineConfig<V>;
  readonly #near: EngineNear<V> | undefined;
  readonly #reads = new TurnReads<HeldValue | undefined>();
  readonly #looks = new Map<Key, Promise<Looked>>();
  readonly #fills = new Map<Key, Fill>();
  readonly #loads = new Loads<V>();
  /** Ends each call under way. */
  readonly #endings = new Set<(reason: unknown) => void>();
  #counts = { hits: 0, misses: 0, nearHits: 0, coalesced: 0, unstored: 0 };

  constructor(store: EngineStore, config: EngineConfig<V>) {
    this.#store = store;
    this.#config = config;
    this.#near = config.near === undefined ? undefined : new EngineNear(config.near, store);
    this.host = new EngineHost(store);
  }

  async get(key: Key, reading: Reading): Promise<V | undefined> {
    this.host.checkOpen();
    encodeKey(key);
    const near = reading.consistency === NEAR ? this.#near : undefined;
    const copy = await near?.get(key);
    if (copy !== undefined) {
      this.#counts.nearHits++;
      this.#counts.hits++;
      return copy;
    }
    const read = near?.read(key);
    let value: V | undefined;
    let remainingMs = 0;
    try {
      const held = await this.#read(key, reading);
      remainingMs = held?.remainingMs ?? 0;
      value = held === undefined ? undefined : this.#valueOf(key, held);
    } finally {
      if (read !== undefined) {
        near?.keep(read, value, remainingMs);
      }
    }
    this.#counts[value === undefined ? 'misses' : 'hits']++;
    return value;
  }

  async find(key: Key, reading: Reading): Promise<Found | undefined> {
    this.host.checkOpen();
    encodeKey(key);
    const held = await this.#read(key, reading);
    if (held === undefined) {
      return undefined;
    }
    const { bytes, flags, createdAtMs, remainingMs, version } = held;
    return { value: bytes, flags, createdAtMs, expiresAtMs: Date.now() + remainingMs, version };
  }

  decode(key: Key, { value, flags }: Found): V {
    return decode(key, { bytes: value, flags }, this.#config.codec);
  }

  prepare(key: Key, value: V): Sendable {
    checkPair(key, value);
    const name = encodeKey(key);
    const { bytes, flags } = encode(key, value, this.#config.codec);
    const most = this.#config.capabilities.maxValueBytes - HEADER_BYTES;
    if (bytes.length > most) {
      throw tooLarge(key, bytes.length, most);
    }
    return { key, name, flags, bytes: flags === 0 ? bytes.slice() : bytes };
  }

  async put({ key, bytes, flags }: Sendable, writing: Writing): Promise<boolean> {
    const { ttl, ifAbsent, ifVersion } = writing;
    const how: EnginePut = {
      flags,
      ttlMs: this.#checkedTtl(ttl),
      ...(ifAbsent === true && { ifAbsent }),
      ...(ifVersion !== undefined && { ifVersion }),
    };
    this.#changed(key);
    const put = (signal: AbortSignal): Promise<string | undefined> =>
      this.#store.put(key, bytes, how, signal);
    return (await this.#settle(put, writing, () => this.#near?.drop(key))) !== undefined;
  }

  async delete(key: Key, call: Call): Promise<boolean> {
    encodeKey(key);
    this.#changed(key);
    const removed = await this.#settle(
      (signal) => this.#store.delete([key], signal),
      call,
      () => this.#near?.drop(key),
    );
    return removed > 0;
  }

  async touch(key: Key, ttl: number, call: Call): Promise<boolean> {
    encodeKey(key);
    if (!this.#config.capabilities.touch) {
      const message = `the engine '${this.#config.engine}' cannot touch; set the value again`;
      throw new CacheError('ERR_CACHE_UNSUPPORTED', message);
    }
    const ttlMs = this.#checkedTtl(ttl);
    return this.#settle(
      (signal) => this.#store.touch(key, ttlMs, signal),
      call,
      () => this.#near?.drop(key),
    );
  }

  async clear(call: Call): Promise<void> {
    this.#loads.detachAll();
    for (const fill of this.#fills.values()) {
      fill.isVoid = true;
    }
    await this.#settle(
      (signal) => this.#store.clear(signal),
      call,
      () => this.#near?.drop(undefined),
    );
  }

  async connect(signal: AbortSignal | undefined): Promise<void> {
    this.host.checkOpen();
    const connected = this.#store.connect().then(() => this.#near?.begin());
    await abortable(connected, signal).finally(() => {
      this.host.look();
    });
  }

  async load(key: Key, loader: Loader<V>, loading: Loading<V>): Promise<V> {
    this.host.checkOpen();
    encodeKey(key);
    const { signal } = loading;
    let running = this.#loads.find(key);
    if (running === undefined) {
      const found = await abortable(this.#look(key), signal);
      if ('held' in found) {
        this.#counts.hits++;
        return this.#valueOf(key, found.held);
      }
      const other = this.#loads.find(key);
      this.#counts.coalesced += other === undefined ? 0 : 1;
      running = other ?? this.#start(key, found.release, loader, loading);
    } else {
      this.#counts.coalesced++;
    }
    this.#counts.misses++;
    return running.join(signal);
  }

  stats(): DistributedStats {
    this.host.checkOpen();
    const { hits, misses } = this.#counts;
    return Object.freeze({
      ...this.#counts,
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      loads: this.#loads.loads,
      loadErrors: this.#loads.errors,
      repairs: 0,
      hints: 0,
      hedges: 0,
      failovers: 0,
    });
  }

  async close(): Promise<void> {
    if (!this.host.isClosed) {
      this.host.isClosed = true;
      for (const end of this.#endings) {
        end(closedError());
      }
      this.#loads.close(closedError());
      await this.#near?.close();
      await this.#store.close();
    }
  }

  /** Reads a key, together with those who ask in the same turn. */
  async #read(key: Key, { consistency, ...call }: Reading): Promise<HeldValue | undefined> {
    if (consistency === ALL) {
      const message = `the engine '${this.#config.engine}' has no consistency 'all'; leave it out`;
      throw new CacheError('ERR_CACHE_UNSUPPORTED', message);
    }
    const { result, isFirst } = this.#reads.share(`${call.timeout} ${key}`, async () => {
      const shared = { timeout: call.timeout, signal: undefined };
      const [held] = await this.#settle((signal) => this.#store.read([key], signal), shared);
      return held;
    });
    this.#counts.coalesced += isFirst ? 0 : 1;
    return abortable(result, call.signal);
  }

  /** The value has bytes of its own for each who shares them. */
  #valueOf(key: Key, { bytes, flags }: HeldValue): V {
    const own = flags === 0 ? bytes.slice() : bytes;
    return decode(key, { bytes: own, flags }, this.#config.codec);
  }

  /** Resolves with what is held, or with the right to load; asked once for all who ask at once. */
  #look(key: Key): Promise<Looked> {
    let look = this.#looks.get(key);
    if (look === undefined) {
      look = this.#lookAgain(key).finally(() => {
        this.#looks.delete(key);
      });
      this.#looks.set(key, look);
    } else {
      this.#counts.coalesced++;
    }
    return look;
  }

  /** While another client loads, its value is waited for: as long as a call may take. */
  async #lookAgain(key: Key): Promise<Looked> {
    const { timeout } = this.#config;
    const end = performance.now() + timeout;
    const call = { timeout, signal: undefined };
    const read = async (): Promise<HeldValue | undefined> =>
      (await this.#settle((signal) => this.#store.read([key], signal), call))[0];
    for (;;) {
      const held = await read();
      if (held !== undefined) {
        return { held };
      }
      const lease = await this.#settle((signal) => this.#store.lease(key, timeout, signal), call);
      if (lease !== undefined) {
        // Between the read and the lease another may have stored, and given its right back.
        const stored = await read();
        if (stored === undefined) {
          return { release: lease };
        }
        lease().catch(() => undefined);
        return { held: stored };
      }
      if (performance.now() > end) {
        return { release: () => Promise.resolve() };
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS * (0.5 + Math.random())));
    }
  }

  #start(
    key: Key,
    release: () => Promise<void>,
    loader: Loader<V>,
    loading: Loading<V>,
  ): ReturnType<Loads<V>['start']> {
    const fill: Fill = { isVoid: false };
    this.#fills.set(key, fill);
    return this.#loads.start(key, loader, loading, {
      release: () => {
        if (this.#fills.get(key) === fill) {
          this.#fills.delete(key);
        }
        release().catch(() => undefined);
      },
      readTtl: (options) => readLoaderTtl(this.#config, options),
      store: (value, ttl) => this.#fill(key, value, ttl, fill),
    });
  }

  /** Stores what was loaded, unless something has been stored since it was missed. */
  async #fill(key: Key, value: V, ttl: number, fill: Fill): Promise<void> {
    const { bytes, flags } = this.prepare(key, value);
    const { capabilities, timeout } = this.#config;
    const condition = capabilities.compareAndSet && { ifAbsent: true };
    const how = { flags, ttlMs: this.#checkedTtl(ttl), ...condition };
    try {
      const stored = fill.isVoid
        ? undefined
        : await this.#settle((signal) => this.#store.put(key, bytes, how, signal), {
            timeout,
            signal: undefined,
          });
      this.#counts.unstored += stored === undefined ? 1 : 0;
    } catch (error) {
      // Whoever waits has what was loaded; that it is not kept is no reason to lose it.
      if (!(error instanceof CacheConnectionError)) {
        throw error;
      }
      this.#counts.unstored++;
    }
  }

  /** A write of this client: what was loaded before is not stored over it. */
  #changed(key: Key): void {
    this.#loads.detach(key);
    const fill = this.#fills.get(key);
    if (fill !== undefined) {
      fill.isVoid = true;
    }
  }

  #checkedTtl(ttl: number): number {
    const { minTtlMs } = this.#config.capabilities;
    if (ttl < minTtlMs) {
      const { engine } = this.#config;
      throw outOfRange(`the ttl is ${ttl} ms; '${engine}' keeps entries ${minTtlMs} ms at least`);
    }
    return ttl;
  }

  /** Settles as the engine does, at the latest after `timeout`; then `done` is called. */
  async #settle<T>(
    work: (signal: AbortSignal) => Promise<T>,
    { timeout, signal }: Call,
    done: () => void = () => undefined,
  ): Promise<T> {
    this.host.checkOpen();
    const limit = AbortSignal.timeout(timeout);
    let end!: (reason: unknown) => void;
    const ended = new Promise<never>((_, reject) => {
      end = reject;
    });
    this.#endings.add(end);
    try {
      return await abortable(Promise.race([work(limit).finally(done), ended]), signal);
    } catch (error) {
      throw signal?.aborted === true && error === signal.reason
        ? error
        : this.#errorOf(error, limit, timeout);
    } finally {
      this.#endings.delete(end);
      this.host.look();
    }
  }

  /** An engine's own errors are those of its client. */
  #errorOf(error: unknown, limit: AbortSignal, timeout: number): unknown {
    const { engine } = this.#config;
    const isOurs = typeof (error as { code?: unknown } | undefined)?.code === 'string';
    if (isOurs && (error as { code: string }).code.startsWith('ERR_CACHE_')) {
      return error;
    }
    const message =
      limit.aborted && error === limit.reason
        ? `the engine '${engine}' did not answer within ${timeout} ms; a write may have acted`
        : `the engine '${engine}' failed: ${String((error as Error | undefined)?.message)}`;
    return new CacheConnectionError('ERR_CACHE_CONNECTION', message, { cause: error });
  }
}

/** The numbers of consistencies that are not the engine's own. */
const NEAR = 0;
const ALL = 2;
