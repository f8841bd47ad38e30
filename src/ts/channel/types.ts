/** The public types of `tidecache/channel`. */

import type { Duration } from '../types.js';

/** What carries messages to all others, and theirs here; in any order, perhaps not all of them. */
export interface CacheChannel {
  /** Sends to all others. It may also come back here. */
  post(message: Uint8Array): void;
  /** Calls `listener` with what others send, until the function that is returned is called. */
  onMessage(listener: (message: Uint8Array) => void): () => void;
}

/** What a cache does when it joins. */
export interface ChannelOptions {
  /** Whether it asks those that are there for their entries. @defaultValue `false` */
  warm?: boolean;
  /** How long the first use waits for them at most. @defaultValue `'500ms'` */
  warmTimeout?: Duration;
}
