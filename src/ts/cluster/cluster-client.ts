/** A client of a cluster: each call is checked, begun, and answered by a Promise. */

import type { Link } from './addresses.js';
import { ClientDriver, rejected, type Ask } from './client-driver.js';
import type { ClientOptions } from './client-plan.js';
import type { LinkHost } from './link-session.js';
import type { Answer, Hit, Lease, Stored } from './told.js';
import type { NodeHealth } from './types.js';

/** What a client counts; in the order of `ClientCore.stats`. */
const COUNTERS = [
  'reads',
  'widened',
  'repairs',
  'blockingRepairs',
  'failovers',
  'hedges',
  'hints',
  'secondRounds',
  'busy',
] as const;

/** What a client has counted. */
export type ClientStats = Record<(typeof COUNTERS)[number], number>;

/** The kinds of requests; 0 to 2 read from one replica, from a quorum, from all. */
const PUT = 3;
const DELETE = 4;
const TOUCH = 5;
const CLEAR = 6;
const LOAD = 7;
const FILL = 8;
const RELEASE = 9;

const VERSION_BYTES = 16;

/** What nodes take. */
const KEY_BYTES_MAX = 1024;
const VALUE_BYTES_MAX = 2 ** 20;

let dropped: FinalizationRegistry<ClientDriver> | undefined;

/**
 * A client that opens nothing before its first operation. A Promise is rejected with a plain
 * `Failure`. One that is dropped is closed when it is collected: neither the driver nor a link
 * knows it.
 */
export class ClusterClient {
  readonly #driver: ClientDriver;

  /** `onDrop` is called with keys whose near copies are to be let go of. */
  constructor(
    options: ClientOptions,
    links: readonly Link[],
    token: LinkHost['token'],
    onDrop: (key: Uint8Array) => void,
  ) {
    const driver = new ClientDriver(options, links, token, onDrop);
    this.#driver = driver;
    dropped ??= new FinalizationRegistry((one) => {
      one.close();
    });
    dropped.register(this, driver);
  }

  /** Reads a key with consistency 0 (one replica), 1 (a quorum) or 2 (all replicas). */
  get(key: Uint8Array, consistency: number, timeoutMs: number): Promise<Hit | undefined> {
    return this.#ask({ kind: consistency, key, timeoutMs }, (answer) => answer as Hit | undefined);
  }

  /** Stores a value and resolves with its version. */
  put(
    key: Uint8Array,
    value: Uint8Array,
    flags: number,
    ttlMs: number,
    timeoutMs: number,
  ): Promise<Uint8Array> {
    const request = { kind: PUT, key, value, flags, ttlMs, timeoutMs };
    return this.#ask(request, (answer) => (answer as Stored).stored);
  }

  /** Removes a key and resolves with whether a replica that acknowledged it held a live record. */
  delete(key: Uint8Array, timeoutMs: number): Promise<boolean> {
    return this.#ask({ kind: DELETE, key, timeoutMs }, (answer) => (answer as Stored).removed);
  }

  /** Gives a record a later end and resolves with whether there was one. */
  touch(key: Uint8Array, ttlMs: number, timeoutMs: number): Promise<boolean> {
    return this.#ask({ kind: TOUCH, key, ttlMs, timeoutMs }, (answer) => answer as boolean);
  }

  /** Removes every key of a namespace; of an empty one, every key. */
  clear(key: Uint8Array, timeoutMs: number): Promise<void> {
    return this.#ask({ kind: CLEAR, key, timeoutMs }, () => undefined);
  }

  /** Reads a key, or resolves with the lease of whoever is to load it. */
  load(key: Uint8Array, timeoutMs: number): Promise<Hit | Lease> {
    return this.#ask({ kind: LOAD, key, timeoutMs }, (answer) => answer as Hit | Lease);
  }

  /** Stores what was loaded and resolves with whether it was still wanted. */
  fill(
    lease: Lease,
    value: Uint8Array,
    flags: number,
    ttlMs: number,
    timeoutMs: number,
  ): Promise<boolean> {
    const request = { kind: FILL, key: ticketOf(lease), value, flags, ttlMs, timeoutMs };
    return this.#ask(request, (answer) => answer !== false);
  }

  /** Gives a lease back, whether or not it was filled. */
  release(lease: Lease): void {
    this.#driver.release({ kind: RELEASE, key: ticketOf(lease) });
  }

  /** Whether the near cache's copy of `key` may be used now. */
  nearHas(key: Uint8Array): boolean {
    return this.#driver.core.nearHas(performance.now(), Date.now(), key);
  }

  /** Has `tell` called with a node's id and state whenever that changes from now on. */
  watch(tell: (id: string, state: NodeHealth['state']) => void): void {
    this.#driver.watch(tell);
  }

  /**
   * Opens the links; resolves when as many nodes are up as a read and a write need, and have run
   * for long enough to take every write; by the timeout the first is enough.
   */
  connect(): Promise<void> {
    return this.#driver.connect();
  }

  /** Changes to other nodes of a higher epoch, or throws; nothing has changed then. */
  reconfigure(options: ClientOptions, links: readonly Link[]): void {
    this.#driver.reconfigure(options, links);
  }

  /** Returns the nodes and how they are doing. */
  nodes(): NodeHealth[] {
    return this.#driver.health().nodes.map(({ id, state, rttMs }) => ({ id, state, rttMs }));
  }

  /** Returns the counters. */
  stats(): ClientStats {
    const counts = this.#driver.core.stats();
    return Object.fromEntries(COUNTERS.map((name, at) => [name, counts[at]])) as ClientStats;
  }

  /** Rejects what is under way and closes the links. */
  close(): void {
    this.#driver.close();
  }

  /** Begins a request, unless its key or its value does not fit. */
  #ask<T>(request: Ask, read: (answer: Answer) => T): Promise<T> {
    const { kind, key, value = key } = request;
    const keyBytes = key.length - (kind === FILL ? VERSION_BYTES : 0);
    if (keyBytes > KEY_BYTES_MAX || value.length > VALUE_BYTES_MAX) {
      return rejected({
        kind: 'tooLarge',
        limit: keyBytes > KEY_BYTES_MAX ? KEY_BYTES_MAX : VALUE_BYTES_MAX,
      });
    }
    return this.#driver.ask(request, read);
  }
}

/** Returns a lease as the module takes it. */
function ticketOf({ version, key }: Lease): Uint8Array {
  const ticket = new Uint8Array(VERSION_BYTES + key.length);
  ticket.set(version);
  ticket.set(key, VERSION_BYTES);
  return ticket;
}
