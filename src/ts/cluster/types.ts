/** The public types of the distributed cache. What is promised: docs/cluster.md. */

import type { Duration, Entry, Key, Version } from '../types.js';

/**
 * How many replicas a read asks: `one` (fast, eventual), a `quorum` (never older than a write that
 * was acknowledged before), or `all`.
 */
export type Consistency = 'one' | 'quorum' | 'all';

/** What messages go through: a `MessagePort`, a `Worker`, or one of `node:worker_threads`. */
export interface PortLike {
  /** Sends a message, moving what `transfer` lists. */
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
}

/** A way to a node that you bring yourself. */
export interface Transport {
  /** Resolves with the replies to the commands in `frame`, in their order. */
  request(frame: Uint8Array, options: { signal: AbortSignal }): Promise<Uint8Array>;
  /** Says who is to get what the node sends unasked; needed for a near cache. */
  onPush?(listener: (frame: Uint8Array) => void): void;
  /** Gives up the way to the node: the cache that closes does so, or one that leaves the node. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where a node is: `ws:`, `wss:`, `http:` or `https:`, a host and port, a port, or a transport. */
export type NodeAddress =
  string | URL | readonly [host: string, port: number] | PortLike | Transport;

/** A node and what placement knows of it. Every client of a cluster has to say the same. */
export interface NodeOptions {
  /** Where it is. */
  address: NodeAddress;
  /**
   * What placement hashes: the same for every client, whatever address it uses.
   * @defaultValue host, port and path of the address; ports and transports need one
   */
  id?: string;
  /** Its share of the keys beside others': a whole number, 1 to 65,535. @defaultValue `1` */
  weight?: number;
  /** What it shares a fate with; replicas go to different zones first. @defaultValue none */
  zone?: string;
}

/** The constructor of a WebSocket, as browsers have it; that of the package `ws` fits, too. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => object;

/** Turns values into bytes and back. */
export interface Codec<V> {
  /** Returns the bytes of a value. */
  encode(value: V): Uint8Array;
  /** Returns the value; the bytes may come from anybody who can write to the cluster. */
  decode(bytes: Uint8Array): V;
}

/** What the near cache needs of a cache; a `TTLCache` has it. */
export interface NearStore<V> {
  /** Resolves with the value, or `undefined`. */
  get(key: Key): Promise<V | undefined>;
  /** Stores a value for `ttl` milliseconds. */
  set(key: Key, value: V, ttl: number): Promise<boolean>;
  /** Removes a value. */
  delete(key: Key): Promise<boolean>;
  /** Removes all values. */
  clear(): Promise<void>;
}

/** What a distributed cache can be told when it is made. Unknown names are a `TypeError`. */
export interface DistributedOptions<V> {
  /** The nodes of this epoch, 1 to 32. */
  nodes: readonly (NodeAddress | NodeOptions)[];
  /** The number of this set of nodes; a node in another epoch refuses. @defaultValue `1` */
  epoch?: number;
  /** How long an entry lives unless `set` says otherwise; at most `maxTtl`. @defaultValue `'5m'` */
  defaultTtl?: Duration;
  /** Replicas of a key: N. @defaultValue `min(3, nodes)` */
  replicationFactor?: number;
  /** Replicas that a read needs: R. @defaultValue 2 of 3 and more, else 1 */
  readQuorum?: number;
  /** Replicas that a write needs: W. @defaultValue `max(N - R + 1, floor(N / 2) + 1)` */
  writeQuorum?: number;
  /**
   * What a read does with a replica that trails: it waits until enough know what it returns, it
   * does not wait, or it leaves it. @defaultValue `'blocking'`
   */
  readRepair?: 'blocking' | 'async' | false;
  /** Whether a read asks another replica when one is slower than usual. @defaultValue `true` */
  hedge?: boolean;
  /** The longest an operation may take; at most what the nodes allow, 5 s. @defaultValue `'1s'` */
  timeout?: Duration;
  /** The longest life of an entry; at most what the nodes allow. @defaultValue `'24h'` */
  maxTtl?: Duration;
  /** What opens the nodes, or a function that is asked for it at each connection. */
  token?: string | (() => Promise<string>);
  /** Keeps copies for reads of consistency `one`: a `TTLCache` of its own. */
  near?: NearStore<V>;
  /**
   * What opens connections.
   * @defaultValue the platform's own, else that of the package `ws` if it is installed, else HTTP
   */
  WebSocket?: WebSocketConstructor;
  /** How values are sent. @defaultValue structured values: see {@link DistributedCache} */
  codec?: Codec<V>;
}

/** What one call can be told. */
export interface CallOptions {
  /** The longest it may take; at most what the nodes allow. @defaultValue the cache's `timeout` */
  timeout?: Duration;
  /** Ends the waiting, not the work: a write that has been sent may still act. */
  signal?: AbortSignal;
}

/** What one read can be told. */
export interface ReadOptions extends CallOptions {
  /** How many replicas are asked. @defaultValue `'quorum'` */
  consistency?: Consistency;
}

/** What one write can be told. */
export interface WriteOptions extends CallOptions {
  /** How long the entry lives. @defaultValue the cache's `defaultTtl` */
  ttl?: Duration;
  /** Stores only where nothing is held; engines only. */
  ifAbsent?: boolean;
  /** Stores only where this version is held, as `getEntry` tells it; engines only. */
  ifVersion?: Version;
}

/** What a loader is given. */
export interface LoaderContext<V> {
  /** What is wanted. */
  readonly key: Key;
  /** Aborts when everybody who waits has given up, or at the `timeout`. */
  readonly signal: AbortSignal;
  /** An entry that may still be served: here always `undefined`. */
  readonly stale: Entry<V> | undefined;
  /** Whether nobody waits for it: here always `false`. */
  readonly background: boolean;
  /** Says how the value is to be stored. */
  setOptions(options: { ttl?: Duration }): void;
  /** Says that the value is not to be stored. */
  skip(): void;
}

/** Makes the value that is missing. */
export type Loader<V> = (context: LoaderContext<V>) => V | PromiseLike<V>;

/** How a value is loaded. */
export interface LoadOptions<V> {
  /** How long the value lives. @defaultValue the cache's `defaultTtl` */
  ttl?: Duration;
  /** The longest the loader may take: then `ERR_CACHE_LOAD_TIMEOUT`. @defaultValue `Infinity` */
  timeout?: Duration;
  /** Whether the value is to be stored; it is returned in either case. @defaultValue always */
  shouldCache?(value: V): boolean;
  /** Ends the waiting; the loader goes on for others who wait. */
  signal?: AbortSignal;
}

/** A node as this client sees it. */
export interface NodeHealth {
  /** What it is called. */
  readonly id: string;
  /** Whether it answers, has lately failed, or has no link. */
  readonly state: 'up' | 'suspect' | 'down';
  /** How long it takes to answer, smoothed, in milliseconds; 0 before the first answer. */
  readonly rttMs: number;
}

/** What a distributed cache tells of by itself. */
export interface DistributedEvents {
  /** A node is up, suspect or down, and was not before. Frozen. */
  node: Pick<NodeHealth, 'id' | 'state'>;
}

/** What a client has counted since it was made. Frozen. */
export interface DistributedStats {
  /** Reads that found an entry, near copies included. */
  readonly hits: number;
  /** Reads that found none. */
  readonly misses: number;
  /** `hits / (hits + misses)`, 0 before the first read. */
  readonly hitRate: number;
  /** Reads that a near copy answered. */
  readonly nearHits: number;
  /** Reads and loads that joined one of the same key. */
  readonly coalesced: number;
  /** Times that a loader ran. */
  readonly loads: number;
  /** Loaders that threw, rejected or took too long. */
  readonly loadErrors: number;
  /** Loaded values that were returned and not stored: something newer was there, or no quorum. */
  readonly unstored: number;
  /** Repairs sent to replicas that trailed. */
  readonly repairs: number;
  /** Writes kept for replicas that missed them. */
  readonly hints: number;
  /** Reads sent to another replica because one was slower than usual. */
  readonly hedges: number;
  /** Reads sent to another replica because one did not answer. */
  readonly failovers: number;
}
