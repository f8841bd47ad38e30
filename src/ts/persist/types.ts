/** The public types of `tidecache/persist`. */

import type { Duration } from '../types.js';

/** Where the bytes of one cache are kept. A write takes the last one's place, or does nothing. */
export interface PersistentStore {
  /** Resolves with what was written last, `undefined` if nothing was. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when the bytes are kept. Never called again before it has settled. */
  write(snapshot: Uint8Array): Promise<void>;
}

/** When to read and write. */
export interface PersistOptions {
  /**
   * How long after a change it is written, with all that came meanwhile; a cache that takes long to
   * write is written more seldom. @defaultValue `'1s'`
   */
  delay?: Duration;
  /**
   * How long the first use waits for the store; after that the cache begins empty.
   * @defaultValue `'10s'`
   */
  loadTimeout?: Duration;
}
