/** What `tidecache/persist` exports. */

import { once } from '../attached.js';
import { nodeBuiltin } from '../cluster/platform.js';
import { milliseconds } from '../duration.js';
import { CacheError, describe, wrongType } from '../errors.js';
import { HOST, type Attachable, type ExtensionHost } from '../extension.js';
import { checkNames, readString } from '../options.js';
import { putEntries, takeEntries } from './entries.js';
import { FileStore, type FileSystem, type Paths } from './file.js';
import { IndexedDbStore } from './indexed-db.js';
import { Persistence } from './persistence.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';
import type { PersistentStore, PersistOptions } from './types.js';

export { CacheError } from '../errors.js';
export type { Attachable } from '../extension.js';
export { CacheSerializationError } from '../serialization-error.js';
export type { Duration } from '../types.js';
export type { PersistentStore, PersistOptions } from './types.js';

/** What {@link dump} and {@link load} take: a `TTLCache` or one of its kin. */
export interface DumpedCache {
  /** Whether the cache is closed. */
  readonly closed: boolean;
  /** How many entries it has. */
  readonly size: number;
}

/**
 * Resolves with the live entries of a cache as bytes: with their deadlines, in the order in which
 * they would leave.
 * @throws {CacheSerializationError} `ERR_CACHE_SERIALIZATION`: a value that cannot be carried; the
 * error has its `key`.
 */
export async function dump(cache: DumpedCache): Promise<Uint8Array> {
  return writeSnapshot(takeEntries(await hostOf(cache)));
}

/**
 * Puts the entries of a {@link dump} that are still alive into a cache, as sets would: what does
 * not fit is evicted. Resolves with how many were put.
 * @throws {CacheSerializationError} `ERR_CACHE_SNAPSHOT`: damaged, foreign or of a newer version;
 * nothing was loaded.
 */
export async function load(cache: DumpedCache, snapshot: Uint8Array): Promise<number> {
  const host = await hostOf(cache);
  return putEntries(host, readSnapshot(snapshot));
}

/**
 * Returns what the option `persist` takes, for any store of bytes.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: no `read` and `write`, or no such option.
 */
export function persistIn(store: PersistentStore, options: PersistOptions = {}): Attachable {
  if (typeof store?.read !== 'function' || typeof store.write !== 'function') {
    throw wrongType(`the store is ${describe(store)}; give an object with read and write`);
  }
  checkNames(options, ['delay', 'loadTimeout']);
  const delay = milliseconds(options.delay ?? '1s', 'delay');
  const loadTimeout = milliseconds(options.loadTimeout ?? '10s', 'loadTimeout');
  return once(() => new Persistence(store, delay, loadTimeout));
}

/**
 * Returns what the option `persist` takes: the entries are kept in the browser's IndexedDB, by this
 * name. Where there is none, or it is forbidden, the `error` event says so.
 */
export function indexedDb(name: string, options?: PersistOptions): Attachable {
  return persistIn(new IndexedDbStore(readString(name, 'name')), options);
}

/**
 * Returns what the option `persist` takes: the entries are kept in this file (Node, Deno, Bun).
 * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: this runtime has no files.
 */
export function file(path: string, options?: PersistOptions): Attachable {
  const files = nodeBuiltin('fs/promises') as FileSystem | undefined;
  const paths = nodeBuiltin('path') as Paths | undefined;
  if (files === undefined || paths === undefined) {
    throw new CacheError(
      'ERR_CACHE_UNSUPPORTED',
      'this runtime has no files; use indexedDb(name), or persistIn(store)',
    );
  }
  if (readString(path, 'path') === '') {
    throw wrongType('path is empty; give the name of a file');
  }
  return persistIn(new FileStore(files, paths, path), options);
}

async function hostOf(cache: DumpedCache): Promise<ExtensionHost> {
  const open = (Object(cache) as Record<symbol, unknown>)[HOST];
  if (typeof open !== 'function') {
    throw wrongType(`the cache is ${describe(cache)}; give a TTLCache of this version`);
  }
  return open.call(cache) as Promise<ExtensionHost>;
}
