/** What every entry exports. */

export { TTLCache } from './cache.js';
export { duration } from './duration.js';
export { CacheConflictError, CacheError, CacheKeyError, CacheLoadError } from './errors.js';
export type { CacheErrorCode } from './errors.js';
export { init } from './init.js';
export type { PairStore, Storage } from './storage.js';
export { TTLFIFOCache, TTLLFUCache, TTLLRUCache } from './sized-caches.js';
export type { SizedOptions } from './sized-caches.js';
export { EvictionPolicy } from './types.js';
export type {
  CacheEvents,
  CacheOptions,
  CacheStats,
  Clock,
  Duration,
  Entry,
  Key,
  Operations,
  RemovalReason,
  SetOptions,
  SyncCache,
  Transaction,
  TransactionOptions,
  Version,
} from './types.js';
export type {
  Loader,
  LoaderContext,
  LoadOptions,
  Status,
  WrapOptions,
  Wrapped,
} from './load-types.js';
export { cached, withCache } from './with-cache.js';
