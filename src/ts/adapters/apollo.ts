/** Apollo's `KeyValueCache`: for `ApolloServer`'s option `cache`. */

import type { CacheLike } from './cache-like.js';

/** How Apollo says how long: seconds, `null` for ever. */
export interface ApolloSetOptions {
  ttl?: number | null;
}

/** What {@link apolloCache} returns: Apollo's `KeyValueCache<string>`. */
export interface ApolloCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, options?: ApolloSetOptions): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * Returns a cache for Apollo that keeps its texts in `cache`.
 *
 * ```ts
 * const server = new ApolloServer({ typeDefs, resolvers, cache: apolloCache(new TTLCache()) });
 * ```
 *
 * Without a TTL the cache's `defaultTtl` counts; `null` is for ever, where the cache allows that.
 */
export function apolloCache(cache: CacheLike<string>): ApolloCache {
  return {
    get: (key) => cache.get(key),
    async set(key, value, options) {
      const ttl = options?.ttl;
      if (ttl === null) {
        await cache.set(key, value, Infinity);
      } else if (ttl === undefined) {
        await cache.set(key, value);
      } else if (ttl > 0) {
        await cache.set(key, value, ttl * 1000);
      } else {
        await cache.delete(key);
      }
    },
    delete: (key) => cache.delete(key),
  };
}
