/** What every entry of the cluster exports. */

export { CacheError, CacheKeyError, CacheLoadError } from '../errors.js';
export { EvictionPolicy } from '../types.js';
export type { Duration, Entry, Key, Operations, Version } from '../types.js';
export { CacheSerializationError } from '../serialization-error.js';
export { CacheConnectionError, CacheQuorumError } from './cluster-errors.js';
export type { NodeCause, QuorumFailure } from './cluster-errors.js';
export { CacheNode } from './cache-node.js';
export type { CacheNodeStats, PlatformResponse } from './cache-node.js';
export type { Engine, EngineOptions } from '../engines/engine.js';
export { DistributedCache } from './distributed-cache.js';
export type { ListenOptions, NodeAddressInfo } from './node-listen.js';
export type { CacheNodeOptions } from './node-options.js';
export type {
  CallOptions,
  Codec,
  Consistency,
  DistributedEvents,
  DistributedOptions,
  DistributedStats,
  Loader,
  LoaderContext,
  LoadOptions,
  NearStore,
  NodeAddress,
  NodeHealth,
  NodeOptions,
  PortLike,
  ReadOptions,
  Transport,
  WebSocketConstructor,
  WriteOptions,
} from './types.js';
