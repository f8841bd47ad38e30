/** Choosing a store for what the runtime has. */

import { nodeBuiltin } from '../cluster/platform.js';
import { CacheError } from '../errors.js';
import { BrowserStore } from './browser-store.js';
import { FileStore, type FileSystem } from './file-store.js';
import { MemoryStore } from './memory-store.js';
import type { ResponseStore } from './response-store.js';
import type { StorageOption } from './types.js';

/**
 * Returns the store of the cache `name`; `failed` is told what it does without.
 * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: files, where there are none.
 */
export function openStore(
  storage: StorageOption,
  name: string,
  failed: (error: unknown) => void,
): ResponseStore {
  if (typeof storage === 'object') {
    const files = nodeBuiltin('fs/promises') as FileSystem | undefined;
    if (files === undefined) {
      throw new CacheError(
        'ERR_CACHE_UNSUPPORTED',
        "storage is a directory, and this runtime has no files; give 'auto' or 'memory'",
      );
    }
    return new FileStore(files, storage.directory, name);
  }
  const caches = storage === 'auto' ? cacheStorage() : undefined;
  return caches === undefined ? new MemoryStore() : new BrowserStore(caches, name, failed);
}

/** Returns a browser's Cache Storage; other runtimes have parts of one, or none. */
export function cacheStorage(): CacheStorage | undefined {
  // Deno's has no origin, and so no URLs of its own for bodies.
  const { caches, location } = globalThis as Partial<typeof globalThis>;
  return location === undefined ? undefined : caches;
}
