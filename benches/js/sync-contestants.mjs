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

const tidecache = (evictionPolicy, exact) => ({
  exact,
  ttl: true,
  make: makeOurs(evictionPolicy),
});

const makeOurs = (evictionPolicy) => async (maxSize) => {
  const { TTLCache } = await ours();
  return new TTLCache({ maxSize, defaultTtl: TTL_MS, evictionPolicy }).sync;
};

/** Returns a contestant; `exact` names the policy that it follows to the letter, if it does. */
const peer = (name, exact, ttl, make) => ({ package: name, exact, ttl, make });

/**
 * Caches that answer at once. `isLoose`: it may hold more or fewer entries than it is told, so its
 * work is not quite the same; the hit ratios beside the times say how far.
 */
export const SYNC = {
  'tidecache:lru': tidecache('lru', 'lru'),
  'tidecache:lfu': tidecache('lfu', 'lfu'),
  'tidecache:fifo': tidecache('fifo', 'fifo'),
  'tidecache:sieve': tidecache('sieve', 'sieve'),
  'tidecache:s3-fifo': tidecache('s3-fifo'),
  'tidecache:w-tinylfu': tidecache('w-tinylfu'),
  'tidecache:adaptive': tidecache('adaptive'),
  'lru-cache': peer('lru-cache', 'lru', true, async (max) => {
    const { LRUCache } = await import('lru-cache');
    return new LRUCache({ max, ttl: TTL_MS });
  }),
  'lru-cache-no-ttl': peer('lru-cache', 'lru', false, async (max) => {
    const { LRUCache } = await import('lru-cache');
    return new LRUCache({ max });
  }),
  mnemonist: peer('mnemonist', 'lru', false, async (max) => {
    const { LRUMap } = await import('mnemonist');
    return new LRUMap(max);
  }),
  'sieve-cache': peer('@neophi/sieve-cache', 'sieve', false, async (max) => {
    const { SieveCache } = await import('@neophi/sieve-cache');
    return new SieveCache(max);
  }),
  'quick-lru': {
    ...peer('quick-lru', undefined, true, async (maxSize) => {
      const { default: QuickLRU } = await import('quick-lru');
      return new QuickLRU({ maxSize, maxAge: TTL_MS });
    }),
    isLoose: true,
  },
  'lru.min': peer('lru.min', 'lru', false, async (max) => {
    const { createLRU } = await import('lru.min');
    return createLRU({ max });
  }),
  'tiny-lru': peer('tiny-lru', 'lru', true, async (max) => {
    const { lru } = await import('tiny-lru');
    return lru(max, TTL_MS);
  }),
  'toad-cache': peer('toad-cache', 'lru', true, async (max) => {
    const { LruMap } = await import('toad-cache');
    return new LruMap(max, TTL_MS);
  }),
  transitory: {
    ...peer('transitory', undefined, true, async (max) => {
      const { newCache } = await import('transitory');
      return nullIsMiss(newCache().maxSize(max).expireAfterWrite(TTL_MS).build());
    }),
    isLoose: true,
  },
};

/** Makes a cache whose misses are `null` answer as the others do. */
function nullIsMiss(cache) {
  return {
    get: (key) => cache.getIfPresent(key) ?? undefined,
    set: (key, value) => cache.set(key, value),
    get size() {
      return cache.size;
    },
  };
}
