/** A driver for unstorage 1, which is what Nitro and Nuxt keep things in. */

import { clearBelow, keysBelow, type CacheLike } from './cache-like.js';

/** What unstorage passes on with a `set`: seconds, as its other drivers have it. */
export interface UnstorageSetOptions {
  ttl?: number;
}

/** What {@link unstorageDriver} returns: unstorage's `Driver`. */
export interface UnstorageDriver<C> {
  name: string;
  flags: { ttl: boolean };
  getInstance(): C;
  hasItem(key: string): Promise<boolean>;
  getItem(key: string): Promise<string | null>;
  getItemRaw(key: string): Promise<unknown>;
  setItem(key: string, value: string, options?: UnstorageSetOptions): Promise<void>;
  setItemRaw(key: string, value: unknown, options?: UnstorageSetOptions): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
  clear(base?: string): Promise<void>;
}

/**
 * Returns a driver that keeps items in `cache`.
 *
 * ```ts
 * const storage = createStorage({ driver: unstorageDriver(new TTLCache({ maxSize: 10_000 })) });
 * await storage.setItem('user:ada', { name: 'Ada' }, { ttl: 60 }); // seconds
 * ```
 *
 * Without `ttl` the cache's `defaultTtl` counts. Listing and clearing need a cache that lists its
 * keys. unstorage's `dispose` leaves the cache open: it is the caller's.
 */
export function unstorageDriver<C extends CacheLike<unknown>>(cache: C): UnstorageDriver<C> {
  const put = async (key: string, value: unknown, options?: UnstorageSetOptions): Promise<void> => {
    const ttl = options?.ttl;
    await (ttl ? cache.set(key, value, ttl * 1000) : cache.set(key, value));
  };
  return {
    name: 'tidecache',
    flags: { ttl: true },
    getInstance: () => cache,
    hasItem: (key) => cache.has(key),
    getItem: async (key) => ((await cache.get(key)) ?? null) as string | null,
    getItemRaw: async (key) => (await cache.get(key)) ?? null,
    setItem: put,
    setItemRaw: put,
    async removeItem(key) {
      await cache.delete(key);
    },
    getKeys: (base = '') => keysBelow(cache, base),
    clear: (base = '') => clearBelow(cache, base),
  };
}
