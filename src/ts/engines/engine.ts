/** An existing engine as users hold it: what it is called, what it can do, and its work inside. */

import type { CacheOperations } from '../cluster/cache-operations.js';
import type { Defaults } from '../cluster/calls.js';
import type { Codec, NearStore } from '../cluster/types.js';
import type { Duration } from '../types.js';
import type { EngineStore } from './engine-store.js';

/**
 * By these names every entry of the package finds what an engine of another entry carries: the
 * operations of a cache on it, so that the cluster's entry need not hold them, and its commands.
 */
export const OPERATE = Symbol.for('tidecache.engine.operate');
export const STORE = Symbol.for('tidecache.engine');

/** An existing engine that a `DistributedCache` can stand on; made for one cache. */
export interface Engine {
  /** What it is. */
  readonly name: string;
  /** What it can do; known before anything is connected. */
  readonly capabilities: Readonly<Record<string, boolean | number>>;
}

/** What a distributed cache on an engine can be told. Unknown names are a `TypeError`. */
export interface EngineOptions<V> {
  /** What holds the entries, such as `natsEngine(...)`. */
  engine: Engine;
  /** What opens the engine's gateway, where it has one. */
  token?: string | (() => Promise<string>);
  /** Keeps copies for reads of consistency `one`: a `TTLCache` of its own. */
  near?: NearStore<V>;
  /** How values are sent. @defaultValue structured values: see `DistributedCache` */
  codec?: Codec<V>;
  /** How long entries live that are not told otherwise. @defaultValue `'5m'` */
  defaultTtl?: Duration;
  /** The longest one operation may take. @defaultValue `'1s'` */
  timeout?: Duration;
}

/** A cache's operations on an engine, and what calls without options ask for. */
export interface EngineCache<V> {
  readonly operations: CacheOperations<V>;
  readonly defaults: Defaults;
}

/** An engine with what it carries. */
export interface WorkingEngine extends Engine {
  /** Checks the options and returns a cache on the engine, once. */
  [OPERATE]<V>(options: EngineOptions<V>): EngineCache<V>;
  readonly [STORE]: EngineStore;
}
