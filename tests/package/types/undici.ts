/** `UndiciStore` where undici's interface is wanted; undici's own types need Node's. */
import { UndiciStore } from 'tidecache/http';

interface Chunk {
  readonly length: number;
  readonly isNodes: true;
}
interface Result {
  statusCode: number;
  body?: Iterable<Chunk> | string;
}
interface WritableOfNode {
  write(chunk: Chunk): boolean;
}
interface CacheStore {
  get(key: {
    origin: string;
    method: string;
    path: string;
  }): Result | Promise<Result | undefined> | undefined;
  createWriteStream(
    key: { origin: string; method: string; path: string },
    value: {
      statusCode: number;
      statusMessage: string;
      headers: Record<string, string | string[]>;
      cachedAt: number;
      staleAt: number;
      deleteAt: number;
    },
  ): WritableOfNode | undefined;
  delete(key: { origin: string; method: string; path: string }): void | Promise<void>;
}

export const inferred: CacheStore = new UndiciStore({ maxBytes: '100MB', evictionPolicy: 'lru' });
const plain = new UndiciStore();
export const assigned: CacheStore = plain;
export const bytes: number = plain.size;

// @ts-expect-error: there is no such option; undici's own store calls it so.
new UndiciStore({ maxSize: 1 });
