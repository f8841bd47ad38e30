/** The adapters over both kinds of caches; for the frameworks' own types see tests/adapters. */
import { TTLCache } from 'tidecache';
import { apolloCache } from 'tidecache/apollo';
import { DistributedCache } from 'tidecache/cluster';
import { responseCache as fastifyCache } from 'tidecache/fastify';
import { responseCache } from 'tidecache/hono';
import { createCache } from 'tidecache/http';
import { keyvStore } from 'tidecache/keyv';
import { nextCacheHandler, type NextEntry } from 'tidecache/next';
import { unstorageDriver } from 'tidecache/unstorage';

const local = new TTLCache();
const cluster = new DistributedCache<unknown>({ nodes: ['ws://localhost:1'] });
export const stores = [keyvStore(local), keyvStore(cluster)];
export const drivers = [unstorageDriver(local), unstorageDriver(cluster)];
export const instance: TTLCache = unstorageDriver(local).getInstance();
export const apollo: Promise<string | undefined> = apolloCache(new TTLCache<string>()).get('a');
export const Handler = nextCacheHandler(new TTLCache<NextEntry | number>());
export const entry: Promise<NextEntry | null> = new Handler({}).get('a');

const http = createCache({ shared: true });
export const middleware = responseCache({ fetch: () => new Response() }, http);
export const plugin: typeof fastifyCache = fastifyCache;

// @ts-expect-error: numbers are no texts
apolloCache(new TTLCache<number>());
