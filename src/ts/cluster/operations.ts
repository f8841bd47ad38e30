/**
 * What a distributed cache does with checked arguments: encodes, asks the coordinator, decodes and
 * counts.
 *
 * Each operation reaches the coordinator in the turn it is called in, so that what one turn asks of
 * a node goes out in one frame; only the very first waits for the module.
 */

import type { Hit, Lease } from './told.js';
import { checkPair } from '../inputs.js';
import type { Key } from '../types.js';
import {
  abortable,
  readLoaderTtl,
  type Call,
  type Loading,
  type Reading,
  type Writing,
} from './calls.js';
import { ClientHost } from './client-host.js';
import type { ClusterConfig } from './cluster-options.js';
import type { CacheOperations, Found, Sendable } from './cache-operations.js';
import { decode, encode } from './codec.js';
import { CacheConnectionError } from './cluster-errors.js';
import { closedError, errorOf, tooLarge } from './failure.js';
import { encodeKey } from './keys.js';
import { LeaseReads } from './leases.js';
import { Loads } from './loads.js';
import { NearCopies } from './near.js';
import { TurnReads } from './turn-reads.js';
import type { DistributedStats, Loader } from './types.js';

/** The longest value that nodes take. */
const VALUE_BYTES_MAX = 2 ** 20;

/** The operations of one cache. */
export class ClusterOperations<V> implements CacheOperations<V> {
  readonly host: ClientHost<V>;
  readonly #config: ClusterConfig<V>;
  readonly #near: NearCopies<V> | undefined;
  readonly #loads = new Loads<V>();
  readonly #reads = new TurnReads<Hit | undefined>();
  readonly #leases = new LeaseReads((key, lease) => {
    // A loader of this client that runs by now has the same right.
    if (this.#loads.find(key) === undefined) {
      this.#release(lease);
    }
  });
  #hits = 0;
  #misses = 0;
  #nearHits = 0;
  #coalesced = 0;
  #unstored = 0;

  constructor(config: ClusterConfig<V>) {
    this.#config = config;
    this.#near = config.near === undefined ? undefined : new NearCopies(config.near);
    this.host = new ClientHost(config, dropsOf(this.#near));
  }

  /** Resolves with the value, `undefined` on a miss; counted. */
  async get(key: Key, reading: Reading): Promise<V | undefined> {
    const name = encodeKey(key);
    const near = reading.consistency === 0 ? this.#near : undefined;
    if (near !== undefined && this.host.atOnce()?.nearHas(name) === true) {
      const copy = await near.get(key);
      if (copy !== undefined) {
        this.#nearHits++;
        this.#count(true);
        return copy;
      }
    }
    const { hit, isFirst } = await this.#read(key, name, reading);
    const value = hit === undefined ? undefined : this.decode(key, hit);
    if (value !== undefined && isFirst && hit?.mayFillNear === true) {
      this.#near?.keep(key, value, hit);
    }
    this.#count(value !== undefined);
    return value;
  }

  /** Resolves with what is held, undecoded; not counted. */
  async find(key: Key, reading: Reading): Promise<Hit | undefined> {
    return (await this.#read(key, encodeKey(key), reading)).hit;
  }

  /** Returns the value of what was found. */
  decode(key: Key, hit: Found): V {
    const bytes = hit.value;
    return decode(key, { bytes, flags: hit.flags }, this.#config.codec);
  }

  /** Returns a key and its value as they are sent, or throws. */
  prepare(key: Key, value: V): Sendable {
    checkPair(key, value);
    const name = encodeKey(key);
    const { bytes, flags } = encode(key, value, this.#config.codec);
    if (bytes.length > VALUE_BYTES_MAX) {
      throw tooLarge(key, bytes.length, VALUE_BYTES_MAX);
    }
    // The caller may go on writing to its own array while the module is compiled.
    return { key, name, flags, bytes: flags === 0 ? bytes.slice() : bytes };
  }

  /** Stores what was prepared. */
  async put(
    { key, name, bytes, flags }: Sendable,
    { ttl, timeout, signal }: Writing,
  ): Promise<boolean> {
    this.#loads.detach(key);
    const client = this.host.atOnce() ?? (await this.host.ready());
    await settle(client.put(name, bytes, flags, ttl, timeout), key, signal);
    return true;
  }

  /** Removes a key; whether a live record was held. */
  async delete(key: Key, { timeout, signal }: Call): Promise<boolean> {
    const name = encodeKey(key);
    this.#loads.detach(key);
    const client = this.host.atOnce() ?? (await this.host.ready());
    return settle(client.delete(name, timeout), key, signal);
  }

  /** Moves the end of what is held; whether there is something. */
  async touch(key: Key, ttl: number, { timeout, signal }: Call): Promise<boolean> {
    const name = encodeKey(key);
    const client = this.host.atOnce() ?? (await this.host.ready());
    return settle(client.touch(name, ttl, timeout), key, signal);
  }

  /** Removes everything, on every node. */
  async clear({ timeout, signal }: Call): Promise<void> {
    this.#loads.detachAll();
    const client = this.host.atOnce() ?? (await this.host.ready());
    await settle(client.clear(new Uint8Array(0), timeout), undefined, signal);
    this.#near?.clear();
  }

  /** Resolves when as many nodes can be reached as reads and writes need. */
  async connect(signal: AbortSignal | undefined): Promise<void> {
    const client = this.host.atOnce() ?? (await this.host.ready());
    await settle(client.connect(), undefined, signal);
  }

  /** Resolves with what is held, or with what the one loader of the cluster makes. */
  async load(key: Key, loader: Loader<V>, loading: Loading<V>): Promise<V> {
    const name = encodeKey(key);
    const client = this.host.atOnce() ?? (await this.host.ready());
    const { signal } = loading;
    let running = this.#loads.find(key);
    if (running === undefined) {
      const { found, isFirst } = await this.#leases.share(
        key,
        () => client.load(name, this.#config.timeout),
        (read) => settle(read, key, signal),
      );
      this.#coalesced += isFirst ? 0 : 1;
      if (isHit(found)) {
        this.#count(true);
        return this.decode(key, isFirst ? found : ownCopy(found));
      }
      running = this.#loads.find(key) ?? this.#start(key, found, loader, loading);
    } else {
      this.#coalesced++;
    }
    this.#count(false);
    return running.join(signal);
  }

  /** Returns what was counted, frozen. */
  stats(): DistributedStats {
    const { repairs = 0, hints = 0, hedges = 0, failovers = 0 } = this.host.stats();
    const [hits, misses] = [this.#hits, this.#misses];
    return Object.freeze({
      hits,
      misses,
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      nearHits: this.#nearHits,
      coalesced: this.#coalesced,
      loads: this.#loads.loads,
      loadErrors: this.#loads.errors,
      unstored: this.#unstored,
      repairs,
      hints,
      hedges,
      failovers,
    });
  }

  /** Ends everything under way, drops the copies and closes the links. */
  async close(): Promise<void> {
    if (!this.host.closed) {
      this.#near?.clear();
      const closing = this.host.close();
      this.#loads.close(closedError());
      await closing;
    }
  }

  /** Reads a key, together with those who ask in the same turn. */
  async #read(
    key: Key,
    name: Uint8Array,
    { consistency, timeout, signal }: Reading,
  ): Promise<{ hit: Hit | undefined; isFirst: boolean }> {
    const client = this.host.atOnce() ?? (await this.host.ready());
    const { result, isFirst } = this.#reads.share(`${consistency} ${timeout} ${key}`, () =>
      client.get(name, consistency, timeout),
    );
    this.#coalesced += isFirst ? 0 : 1;
    const hit = await settle(result, key, signal);
    return { hit: hit === undefined || isFirst ? hit : ownCopy(hit), isFirst };
  }

  #start(
    key: Key,
    lease: Lease,
    loader: Loader<V>,
    loading: Loading<V>,
  ): ReturnType<Loads<V>['start']> {
    return this.#loads.start(key, loader, loading, {
      release: () => {
        this.#release(lease);
      },
      readTtl: (options) => readLoaderTtl(this.#config, options),
      store: async (value, ttl) => {
        const { bytes, flags } = this.prepare(key, value);
        const client = this.host.atOnce() ?? (await this.host.ready());
        try {
          const filled = client.fill(lease, bytes, flags, ttl, this.#config.timeout);
          this.#unstored += (await settle(filled, key, undefined)) ? 0 : 1;
        } catch (error) {
          // Whoever waits has what was loaded; that it is not kept is no reason to lose it.
          if (!(error instanceof CacheConnectionError)) {
            throw error;
          }
          this.#unstored++;
        }
      },
    });
  }

  /** Gives the right to load back. */
  #release(lease: Lease): void {
    if (!this.host.closed) {
      this.host.atOnce()?.release(lease);
    }
  }

  #count(isHit: boolean): void {
    if (isHit) {
      this.#hits++;
    } else {
      this.#misses++;
    }
  }
}

/**
 * Returns what drops copies. The module keeps it, so it must not know the cache: one that is
 * dropped without a close could not be collected.
 */
function dropsOf<V>(near: NearCopies<V> | undefined): (key: Uint8Array) => void {
  return (key) => near?.drop(key);
}

/** Settles as the coordinator does, with errors that say what to do; or as the signal does. */
function settle<T>(
  work: Promise<T>,
  key: Key | undefined,
  signal: AbortSignal | undefined,
): Promise<T> {
  const told = work.catch((failure: unknown) => {
    throw errorOf(failure, key);
  });
  return abortable(told, signal);
}

function isHit(found: Hit | Lease): found is Hit {
  return 'value' in found;
}

/** Returns a hit that shares no bytes with the one it was made from. */
function ownCopy(hit: Hit): Hit {
  return { ...hit, value: hit.value.slice() };
}
