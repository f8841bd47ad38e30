/** One node of a cluster, hosted in JavaScript. */

import { describe, outOfRange, wrongType } from '../errors.js';
import { respond } from './node-fetch.js';
import { Hub } from './node-hub.js';
import {
  infoOf,
  listen,
  type Listening,
  type ListenOptions,
  type NodeAddressInfo,
} from './node-listen.js';
import { readEpoch, readNodeOptions, type CacheNodeOptions } from './node-options.js';
import { attachPort } from './node-port.js';
import { bunHandlers } from './node-socket.js';
import type { PortLike } from './types.js';

/** `Response`, by whatever types the program is checked with. */
export type PlatformResponse = typeof globalThis extends { Response: { prototype: infer R } }
  ? R
  : object;

/** What a node has counted since it was made. Frozen. */
export interface CacheNodeStats {
  /** Entries it holds, some of which may have expired. */
  readonly entries: number;
  /** Keys whose value is gone and whose version it knows. */
  readonly gone: number;
  /** Connections and requests of HTTP that are open. */
  readonly connections: number;
  /** Connections that were turned away because there were too many. */
  readonly turnedAway: number;
  /** Commands that were answered, refused ones too. */
  readonly commands: number;
  /** Logins with a wrong token. */
  readonly wrongLogins: number;
  /** Reads that found an entry. */
  readonly hits: number;
  /** Reads that found none. */
  readonly misses: number;
  /** Messages to near caches that were queued. */
  readonly pushes: number;
  /** Messages to near caches that were left out since nobody read them. */
  readonly pushesSkipped: number;
}

const NOTHING_COUNTED: CacheNodeStats = Object.freeze({
  entries: 0,
  gone: 0,
  connections: 0,
  turnedAway: 0,
  commands: 0,
  wrongLogins: 0,
  hits: 0,
  misses: 0,
  pushes: 0,
  pushesSkipped: 0,
});

/**
 * One node: what a {@link DistributedCache} reads from and writes to. In a worker, in Node, Deno,
 * Bun or an edge worker; it starts empty with its first use and keeps everything in memory.
 *
 * ```ts
 * // In Node (with the package `ws`), Deno or Bun:
 * const node = new CacheNode({ tokens: [process.env.CACHE_TOKEN] });
 * const { url } = await node.listen({ host: '0.0.0.0', port: 5000 });
 *
 * // In a worker of a page:
 * new CacheNode().attach(self);
 *
 * // In Cloudflare Workers, where isolates come and go and each would be another node: in a
 * // Durable Object, which there is one of.
 * export class Node {
 *   node = new CacheNode({ tokens });
 *   fetch(request) {
 *     return this.node.fetch(request);
 *   }
 * }
 * ```
 *
 * It answers the standard commands of Redis too (`GET`, `SET` with `EX`, `PX`, `NX`, `XX`, `DEL`,
 * `MGET`, `EXPIRE`, `TTL`, `INFO` and others), each on this node alone; what `SET` stores is bytes.
 */
export class CacheNode implements AsyncDisposable {
  readonly #hub: Hub;
  readonly #attached = new Set<PortLike>();
  readonly #servers = new Set<Listening>();

  /**
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
   */
  constructor(options: CacheNodeOptions = {}) {
    this.#hub = new Hub(readNodeOptions(options));
  }

  /** What tools call it. */
  get id(): string {
    return this.#hub.id;
  }

  /** The number of the set of nodes it belongs to. */
  get epoch(): number {
    return this.#hub.epoch;
  }

  /** For a `Bun.serve` of your own: its `websocket`. Hand its server to {@link fetch}. */
  get websocket(): object {
    return bunHandlers;
  }

  /**
   * Compiles the module and starts, empty; whatever uses the node does so, too.
   * @throws {CacheError} `ERR_CACHE_WASM`: it does not compile; the cause is inside.
   */
  async start(): Promise<void> {
    await this.#hub.start();
  }

  /**
   * Answers a request of the platform's: `POST …/v1/frames`, `GET …/healthz`, and upgrades to
   * WebSockets in Deno, Bun and Cloudflare Workers.
   * @param server in a `Bun.serve` of your own: the second argument of its `fetch`; after an
   * upgrade the Promise resolves with nothing, as Bun wants it
   * @throws {CacheError} `ERR_CACHE_CLOSED`, `ERR_CACHE_WASM`
   */
  async fetch(request: object, server?: object): Promise<PlatformResponse> {
    if (typeof (request as Partial<Request> | null)?.url !== 'string') {
      throw wrongType(`fetch got ${describe(request)}; give a Request`);
    }
    this.#hub.checkOpen();
    return respond(this.#hub, request as Request, server);
  }

  /**
   * Talks through a `MessagePort`, a `Worker`, the global scope of a worker, or a port or worker of
   * `node:worker_threads`, until either end closes the link. Whoever holds the other end needs no
   * token. A port that is attached already stays as it is.
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: it is no port.
   */
  attach(port: PortLike): void {
    this.#hub.checkOpen();
    attachPort(this.#hub, this.#attached, port);
  }

  /**
   * Listens for WebSockets and HTTP in Node, Deno or Bun. On Node WebSockets take the package `ws`,
   * which has to be installed; without it the node answers HTTP, and `webSocket` is false.
   * @throws {CacheConnectionError} `ERR_CACHE_CONNECTION`: the address is not to be had.
   * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: this runtime has nothing to listen with;
   * `ERR_CACHE_CLOSED`
   */
  async listen(options: ListenOptions = {}): Promise<NodeAddressInfo> {
    const server = await listen(this.#hub, options);
    this.#servers.add(server);
    try {
      this.#hub.checkOpen();
    } catch (error) {
      // It was closed meanwhile, and has not closed this one.
      this.#servers.delete(server);
      await server.close();
      throw error;
    }
    return infoOf(server);
  }

  /**
   * Takes another, higher epoch: the node forgets everything and ends all connections. Raise it on
   * every node, then on the clients.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: it is not higher.
   */
  async reconfigure(epoch: number): Promise<void> {
    if (readEpoch(epoch) <= this.epoch) {
      throw outOfRange(`epoch ${epoch} is over; the present one is ${this.epoch}`);
    }
    await this.#hub.restart(epoch);
  }

  /** Returns what was counted, frozen. */
  getStats(): CacheNodeStats {
    return Object.freeze({ ...(this.#hub.stats() ?? NOTHING_COUNTED) });
  }

  /** Ends all connections and servers, and forgets everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hub.close();
    const servers = [...this.#servers];
    this.#servers.clear();
    await Promise.allSettled(servers.map((server) => server.close()));
  }
}
