/** What every entry of the response cache exports. */

export { CacheError } from '../errors.js';
export type { Duration } from '../types.js';
export { CachePolicy } from './cache-policy.js';
export type {
  Evaluation,
  PolicyHeaders,
  PolicyObject,
  PolicyOptions,
  PolicyRequest,
  PolicyResponse,
  Revalidation,
} from './cache-policy.js';
export { createCache, HttpCache } from './http-cache.js';
export type { HandlerOptions } from './http-cache.js';
export { init } from './init.js';
export { registerRoute, route } from './routes.js';
export type { Route } from './routes.js';
export {
  CacheFirst,
  CacheOnly,
  HttpSemantics,
  NetworkFirst,
  NetworkOnly,
  StaleWhileRevalidate,
  Strategy,
} from './strategies.js';
export type {
  ByteSize,
  FetchFunction,
  Handler,
  HandlerContext,
  HttpCacheEvent,
  HttpCacheOptions,
  HttpCacheStats,
  HttpSemanticsOptions,
  OpaqueOptions,
  Plugin,
  PluginCall,
  PrecacheEntry,
  PrecacheResult,
  PurgeOptions,
  RouteCall,
  RouteMatch,
  StorageOption,
  StrategyOptions,
} from './types.js';
export { UndiciStore } from './undici-store.js';
export type { UndiciKey, UndiciResult, UndiciStoreOptions, UndiciValue } from './undici-store.js';
