/**
 * Who takes part in the awaited cells: `make` returns the cache, with `get` and `set`, and a way to
 * read many keys at once.
 */

const TTL_MS = 300_000;

/** Caches whose reads are awaited. `getMany` takes keys and gives an array or a Map. */
export const PROMISE = {
  tidecache: {
    async make(maxSize) {
      const { TTLCache } = await import(process.env.TIDECACHE_BENCH_ENTRY);
      const cache = new TTLCache({ maxSize, defaultTtl: TTL_MS });
      return { cache, getMany: (keys) => cache.getMany(keys) };
    },
  },
  /** The least that any awaited cache costs: no limit, no TTL, no policy. */
  'async-map': {
    async make() {
      const map = new Map();
      const cache = {
        async get(key) {
          return map.get(key);
        },
        async set(key, value) {
          map.set(key, value);
        },
      };
      const getMany = async (keys) => new Map(keys.map((key) => [key, map.get(key)]));
      return { cache, getMany };
    },
  },
  /** keyv over its own Map, values by reference as ours are, with a TTL. No limit, no policy. */
  'keyv-by-reference': {
    package: 'keyv',
    async make() {
      const { Keyv } = await import('keyv');
      const cache = new Keyv({ ttl: TTL_MS, serialize: undefined, deserialize: undefined });
      cache.serialize = undefined;
      cache.deserialize = undefined;
      return { cache, getMany: (keys) => cache.getMany(keys) };
    },
  },
  /** keyv as installed, which serialises every value. */
  keyv: {
    package: 'keyv',
    async make() {
      const { Keyv } = await import('keyv');
      const cache = new Keyv({ ttl: TTL_MS });
      return { cache, getMany: (keys) => cache.getMany(keys) };
    },
  },
  /** cache-manager as installed: over a keyv that keeps values by reference. */
  'cache-manager': {
    package: 'cache-manager',
    async make() {
      const { createCache } = await import('cache-manager');
      const cache = createCache({ ttl: TTL_MS });
      return { cache, getMany: (keys) => cache.mget(keys) };
    },
  },
  /** cacheable as installed. */
  cacheable: {
    package: 'cacheable',
    async make() {
      const { Cacheable } = await import('cacheable');
      const cache = new Cacheable({ ttl: TTL_MS });
      return { cache, getMany: (keys) => cache.getMany(keys) };
    },
  },
};
