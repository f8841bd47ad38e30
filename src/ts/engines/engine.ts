/** An existing engine as users hold it: what it is called, what it can do, and inside, its store. */

import type { EngineCapabilities, EngineStore } from './engine-store.js';

/** Where an engine keeps its store: entries of the package know each other's engines by it. */
export const STORE = Symbol.for('tidecache.engine');

/** An existing engine that a `DistributedCache` can stand on. */
export interface Engine {
  /** What it is. */
  readonly name: string;
  /** What it can do; known before anything is connected. */
  readonly capabilities: Readonly<Record<string, boolean | number>>;
}

/** An engine with its store. */
export interface StoreEngine extends Engine {
  readonly capabilities: Readonly<Record<string, boolean | number>> & EngineCapabilities;
  readonly [STORE]: EngineStore;
}
