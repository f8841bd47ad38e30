/**
 * Who takes part. To add one: a line in a table here, and the package in package.json.
 *
 * A synchronous contestant is `{ get, set, size }` over at most `maxSize` entries, `undefined` on a
 * miss. Every contestant is made as its own documentation shows, with nothing turned off that it
 * has by default, and with a TTL of five minutes where it has one: nothing dies during a run.
 */

const TTL_MS = 300_000;

/** Imports the package as it was copied when the benchmark began. */
const ours = async () => import(process.env.TIDECACHE_BENCH_ENTRY);

const tidecache = (evictionPolicy) => async (maxSize) => {
  const { TTLCache } = await ours();
  return new TTLCache({ maxSize, defaultTtl: TTL_MS, evictionPolicy }).sync;
};

/** Caches that answer at once. `exact` names the policy that they follow to the letter. */
export const SYNC = {
  'tidecache:lru': { exact: 'lru', ttl: true, make: tidecache('lru') },
  'tidecache:lfu': { exact: 'lfu', ttl: true, make: tidecache('lfu') },
  'tidecache:fifo': { exact: 'fifo', ttl: true, make: tidecache('fifo') },
  'lru-cache': {
    package: 'lru-cache',
    exact: 'lru',
    ttl: true,
    async make(max) {
      const { LRUCache } = await import('lru-cache');
      return new LRUCache({ max, ttl: TTL_MS });
    },
  },
  'lru-cache-no-ttl': {
    package: 'lru-cache',
    exact: 'lru',
    ttl: false,
    async make(max) {
      const { LRUCache } = await import('lru-cache');
      return new LRUCache({ max });
    },
  },
  'mnemonist-lru-map': {
    package: 'mnemonist',
    exact: 'lru',
    ttl: false,
    async make(max) {
      const { LRUMap } = await import('mnemonist');
      return new LRUMap(max);
    },
  },
};

/** Caches whose reads are awaited. `getMany` takes keys and gives an array or a Map. */
export const PROMISE = {
  tidecache: {
    async make(maxSize) {
      const { TTLCache } = await ours();
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
};
