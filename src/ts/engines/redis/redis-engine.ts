/** `redisEngine`: an engine over Redis or Valkey, by the client that the program has. */

import { describe, wrongType } from '../../errors.js';
import { checkNames } from '../../options.js';
import type { Engine } from '../engine.js';
import type { EngineCapabilities } from '../engine-store.js';
import { makeEngine } from '../make-engine.js';
import { ioredisLink, type IoredisClient } from './ioredis.js';
import {
  clientLink,
  clusterLink,
  sentinelLink,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
} from './node-redis.js';
import type { RedisLink } from './redis-link.js';
import { RedisStore } from './redis-store.js';

/** What one gives of Redis or Valkey. */
export interface RedisOptions {
  /**
   * The program's client: of node-redis from 5 (`createClient`, `createCluster`, `createSentinel`),
   * ioredis or iovalkey (`new Redis`, `new Cluster`). It is connected unless it is, and stays open.
   */
  readonly client: object;
  /** What stands before the names of all keys. @defaultValue `'tidecache:'` */
  readonly prefix?: string;
}

const CAPABILITIES: EngineCapabilities = {
  compareAndSet: true,
  touch: true,
  watch: true,
  minTtlMs: 1,
  maxTtlMs: Infinity,
  maxValueBytes: 1024 * 1024,
};

/**
 * Returns an engine over Redis (6.0 or newer) or Valkey: one server, Sentinel or a Cluster. Nothing
 * is connected yet. `connect()` rejects if a server is older.
 *
 * ```ts
 * const engine = redisEngine({ client: createClient({ url: 'redis://cache.example.com' }) });
 * const cache = new DistributedCache({ engine });
 * ```
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: an option is not what it should be.
 */
export function redisEngine(options: RedisOptions): Engine {
  const {
    client,
    prefix = 'tidecache:',
    url,
  } = Object(options) as RedisOptions & { url?: unknown };
  if (url !== undefined) {
    throw wrongType('redisEngine takes no url; give a client: { client: createClient({ url }) }');
  }
  checkNames(options, ['client', 'prefix']);
  if (typeof prefix !== 'string' || prefix === '') {
    throw wrongType(`prefix is ${describe(prefix)}; give a text of one letter at least`);
  }
  const link = linkOf(client);
  const capabilities = { ...CAPABILITIES, watch: link.canListen };
  return makeEngine('redis', capabilities, new RedisStore(link, prefix));
}

function linkOf(client: object): RedisLink {
  const has = (name: string): boolean =>
    typeof (client as Record<string, unknown> | null | undefined)?.[name] === 'function';
  const { options } = Object(client) as { options?: { keyPrefix?: string } };
  if (options?.keyPrefix !== undefined && options.keyPrefix !== '') {
    throw wrongType('the client has a keyPrefix, which not all commands heed; give prefix instead');
  }
  if (has('callBuffer') && has('duplicate') && has('subscribe')) {
    return ioredisLink(client as IoredisClient);
  }
  if (has('withTypeMapping') && has('sendCommand')) {
    if (has('nodeClient')) {
      return clusterLink(client as NodeRedisCluster);
    }
    if (has('getSentinelNode')) {
      return sentinelLink(client as NodeRedisSentinel);
    }
    // A pool is none: its connections come and go.
    if (has('duplicate') && !('totalClients' in client)) {
      return clientLink(client as NodeRedisClient);
    }
  }
  throw wrongType(
    `client is ${describe(client)}; give what createClient, createCluster or createSentinel of ` +
      'node-redis 5 or newer returns, or a Redis or Cluster of ioredis or iovalkey',
  );
}
