/** What `DistributedCache` asks of whatever stands behind it: a quorum of nodes, or an engine. */

import type { Key } from '../types.js';
import type { Call, Loading, Reading, Writing } from './calls.js';
import type { Encoded } from './codec.js';
import type { DistributedEvents, DistributedStats, Loader, NodeHealth } from './types.js';

/** What was read, undecoded. */
export interface Found {
  readonly value: Uint8Array;
  readonly flags: number;
  readonly expiresAtMs: number;
  readonly createdAtMs: number;
  readonly version: Uint8Array | string;
}

/** A key and its value, ready to be sent. */
export interface Sendable extends Encoded {
  readonly key: Key;
  readonly name: Uint8Array;
}

/** Who is asked, as far as known. */
export interface CacheHost {
  readonly events: {
    on(
      event: keyof DistributedEvents,
      listener: (payload: DistributedEvents['node']) => void,
    ): () => void;
  };
  nodes(): readonly NodeHealth[];
  checkOpen(): void;
}

/** The operations of one cache, on checked arguments. */
export interface CacheOperations<V> {
  readonly host: CacheHost;
  get(key: Key, reading: Reading): Promise<V | undefined>;
  find(key: Key, reading: Reading): Promise<Found | undefined>;
  decode(key: Key, found: Found): V;
  prepare(key: Key, value: V): Sendable;
  /** Whether it was stored: its condition was met. */
  put(sendable: Sendable, writing: Writing): Promise<boolean>;
  delete(key: Key, call: Call): Promise<boolean>;
  touch(key: Key, ttl: number, call: Call): Promise<boolean>;
  clear(call: Call): Promise<void>;
  connect(signal: AbortSignal | undefined): Promise<void>;
  load(key: Key, loader: Loader<V>, loading: Loading<V>): Promise<V>;
  stats(): DistributedStats;
  close(): Promise<void>;
}
