/** What tabs and the worker of an origin tell one another: what was stored and what has gone. */

import type { BucketNews } from './bucket.js';
import { cacheStorage } from './storage.js';
import type { StorageOption } from './types.js';

interface Message {
  readonly bucket: string;
  readonly news: BucketNews;
}

/** One end of the channel; nothing where there is none, or nobody to talk to. */
export class Tabs {
  readonly #channel: BroadcastChannel | undefined;

  constructor(
    name: string,
    storage: StorageOption,
    hear: (bucket: string, news: BucketNews) => void,
  ) {
    // What is in memory is nobody else's; and Node's channel would keep the process alive.
    const isKept = storage === 'auto' && cacheStorage() !== undefined;
    if (isKept && typeof BroadcastChannel !== 'undefined') {
      this.#channel = new BroadcastChannel(`tidecache/http/${name}`);
      this.#channel.onmessage = ({ data }) => {
        const { bucket, news } = data as Message;
        hear(bucket, news);
      };
    }
  }

  /** Tells the others. */
  tell(bucket: string, news: BucketNews): void {
    this.#channel?.postMessage({ bucket, news } satisfies Message);
  }

  /** Hangs up. */
  close(): void {
    this.#channel?.close();
  }
}
