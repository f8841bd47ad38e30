/** Choosing a store for what the runtime has. */

import { CacheError } from '../errors.js';
import { BrowserStore } from './browser-store.js';
import { MemoryStore } from './memory-store.js';
import type { ResponseStore } from './response-store.js';
import type { StorageOption } from './types.js';

let openFiles: ((directory: string, name: string) => ResponseStore | undefined) | undefined;

/** Says how files are opened; called by the entries that may run where there are some. */
export function setFileStore(open: NonNullable<typeof openFiles>): void {
  openFiles = open;
}

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
    const files = openFiles?.(storage.directory, name);
    if (files === undefined) {
      throw new CacheError(
        'ERR_CACHE_UNSUPPORTED',
        "storage is a directory, and this runtime has no files; give 'auto' or 'memory'",
      );
    }
    return files;
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
