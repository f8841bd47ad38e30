/** What the entries of `tidecache/lru` export. */

export { LRUCache } from './lru-cache.js';
export { CacheError } from '../errors.js';
export { EvictionPolicy } from '../types.js';
export type * from './types.js';
