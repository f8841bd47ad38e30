/**
 * One little script that every runtime and every bundle runs, and what it must print.
 *
 * The function stands alone: its source text goes into modules, CommonJS files, workers and bundles,
 * so it may use nothing from outside but its argument. All time is the script's own.
 */

/** What the package exports, by name, so that each loader must find each of them. */
export const NAMES = [
  'CacheConflictError',
  'CacheError',
  'CacheKeyError',
  'CacheLoadError',
  'EvictionPolicy',
  'TTLCache',
  'TTLFIFOCache',
  'TTLLFUCache',
  'TTLLRUCache',
  'cached',
  'duration',
  'init',
  'withCache',
];

/** What `tidecache/bytes` exports. */
export const BYTES_NAMES = ['CacheError', 'CacheSerializationError', 'bytes'];

/** What `tidecache/lru` exports. */
export const LRU_NAMES = ['CacheError', 'EvictionPolicy', 'LRUCache'];

/** What each adapter exports, for the framework that its entry is named after. */
export const ADAPTER_NAMES = {
  apollo: ['apolloCache'],
  fastify: ['responseCache'],
  hono: ['responseCache'],
  keyv: ['keyvStore'],
  next: ['nextCacheHandler'],
  unstorage: ['unstorageDriver'],
};

/** What `tidecache/cluster` exports. */
export const CLUSTER_NAMES = [
  'CacheConnectionError',
  'CacheError',
  'CacheKeyError',
  'CacheLoadError',
  'CacheNode',
  'CacheQuorumError',
  'CacheSerializationError',
  'DistributedCache',
  'EvictionPolicy',
];

/** What `tidecache/http` exports. */
export const HTTP_NAMES = [
  'CacheError',
  'CacheFirst',
  'CacheOnly',
  'CachePolicy',
  'HttpCache',
  'HttpSemantics',
  'NetworkFirst',
  'NetworkOnly',
  'StaleWhileRevalidate',
  'Strategy',
  'UndiciStore',
  'createCache',
  'init',
  'registerRoute',
  'route',
];

/** What `tidecache/persist` exports. */
export const PERSIST_NAMES = [
  'CacheError',
  'CacheSerializationError',
  'dump',
  'file',
  'indexedDb',
  'load',
  'persistIn',
];

/** What `tidecache/channel` exports. */
export const CHANNEL_NAMES = ['CacheError', 'broadcast', 'joinBy'];

/** What `tidecache/metrics` exports. */
export const METRICS_NAMES = ['instrument', 'metricsText', 'publish'];

/** What `tidecache/nats` exports. */
export const NATS_NAMES = ['natsEngine'];

/** What `tidecache/redis` exports. */
export const REDIS_NAMES = ['redisEngine'];

/** Uses a little of everything and returns what came of it, as JSON can hold it. */
export async function contract(tidecache) {
  const { CacheError, EvictionPolicy, TTLCache, TTLLFUCache, TTLLRUCache } = tidecache;
  const clock = {
    time: 1000,
    now() {
      return this.time;
    },
  };
  const log = [];
  const cache = new TTLCache({
    clock,
    cleanupInterval: false,
    defaultTtl: '1s',
    maxSize: 2,
    onEvicted(key, value, reason) {
      log.push(`${key} ${value} ${reason}`);
    },
  });
  /** Loads, tags and namespaces; what came of them. */
  async function loading() {
    const cache = new TTLCache({ clock, defaultTtl: 100, staleWhileRevalidate: 100 });
    const told = [];
    cache.on('refresh', ({ key }) => told.push(key));
    const space = cache.namespace('n', { tags: ['all'] });
    let runs = 0;
    const loader = async ({ key }) => `${key}${++runs}`;
    const seen = await Promise.all([cache, cache, space].map((one) => one.getOrSet('k', loader)));
    clock.time += 150;
    seen.push((await cache.getOrSetEntry('k', loader)).status);
    await cache.getOrSet('k', loader, { fresh: true, timeout: '1m' });
    seen.push(await cache.invalidateTags('all'), await cache.increment('n'), space.size);
    seen.push(await cache.update('n', (old) => old + 1), told.length > 0);
    await cache.close();
    return seen;
  }

  const result = { names: Object.keys(tidecache).sort() };

  await cache.set('a', 1);
  await cache.set('null', null, { ttl: '2s' });
  const values = [await cache.get('a'), await cache.get('null'), await cache.get('no', 'default')];
  clock.time += 999;
  values.push(await cache.has('a'));
  clock.time += 1;
  values.push(await cache.has('a'), (await cache.get('a')) === undefined, await cache.has('null'));
  result.values = values;

  await cache.set('b', 2);
  await cache.get('null');
  await cache.set('c', 3);
  result.kept = (await cache.items()).map(([key]) => key).sort();
  result.log = log;
  const { hits, misses, evictions, expirations, items, hitRate, wasmBytes } = cache.getStats();
  result.stats = { hits, misses, evictions, expirations, items, hitRate, wasm: wasmBytes > 0 };

  // A cache of each other policy, one of them large enough for wasm memory to grow on the way.
  const least = new TTLLFUCache({ maxSize: 2 });
  for (const key of ['x', 'y']) least.sync.set(key, key);
  least.sync.get('x');
  least.sync.set('z', 'z');
  const large = new TTLCache({ evictionPolicy: EvictionPolicy.FIFO, maxSize: 30000 });
  for (let n = 0; n < 40000; n++) large.sync.set(`key ${n}`, n);
  const fifo = [large.sync.has('key 9999'), large.sync.peek('key 10000'), large.size];
  result.policies = { lfu: [...least.sync.keys()].sort(), fifo };

  class Doubling extends TTLLRUCache {
    preSet(key, value) {
      return value * 2;
    }
  }
  const doubling = new Doubling({ maxSize: 5 });
  await doubling.transaction(async (tx) => tx.set('n', ((await tx.get('n')) ?? 20) + 1));
  let runs = 0;
  const wrapped = tidecache.withCache(doubling, async (n) => (runs++, n), { ttl: '1m' });
  await Promise.all([wrapped(7), wrapped(7)]);
  result.layers = { hooked: await doubling.get('n'), runs, seen: await wrapped(7) };
  result.loading = await loading();
  result.duration = tidecache.duration('1.5h');

  const failures = [
    () => cache.get(1),
    () => cache.getOrThrow('no'),
    () => cache.set('k', undefined),
    () => cache.set('k', 1, 0),
    () => doubling.sync,
    async () => {
      const tx = cache.transaction();
      await tx.get('c');
      await cache.set('c', 4);
      await tx.commit();
    },
    async () => {
      for (const open of [cache, least, large, doubling]) await open.close();
      await cache.get('c');
    },
  ];
  result.errors = [];
  for (const failure of failures) {
    try {
      await failure();
      result.errors.push('none');
    } catch (error) {
      const base = [CacheError, RangeError, TypeError].find((one) => error instanceof one);
      result.errors.push(`${error.name} ${error.code} ${base?.name}`);
    }
  }
  return result;
}

/** What {@link contract} returns everywhere. */
export const EXPECTED = {
  names: NAMES,
  values: [1, null, 'default', true, false, true, true],
  kept: ['c', 'null'],
  log: ['a 1 expired', 'b 2 evicted'],
  stats: { hits: 3, misses: 2, evictions: 1, expirations: 1, items: 2, hitRate: 0.6, wasm: true },
  policies: { lfu: ['x', 'z'], fifo: [false, 10000, 30000] },
  layers: { hooked: 42, runs: 1, seen: 14 },
  loading: ['k1', 'k1', 'k2', 'stale', 1, 1, 0, 2, true],
  duration: 5_400_000,
  errors: [
    'CacheKeyError ERR_CACHE_INVALID_KEY CacheError',
    'CacheKeyError ERR_CACHE_KEY_NOT_FOUND CacheError',
    'TypeError ERR_CACHE_INVALID_ARGUMENT TypeError',
    'RangeError ERR_CACHE_INVALID_ARGUMENT RangeError',
    'CacheError ERR_CACHE_UNSUPPORTED CacheError',
    'CacheConflictError ERR_CACHE_CONFLICT CacheError',
    'CacheError ERR_CACHE_CLOSED CacheError',
  ],
};
