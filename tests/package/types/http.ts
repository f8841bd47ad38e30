/** Users' code for `tidecache/http`, and what the compiler must refuse. */

import {
  CacheFirst,
  CachePolicy,
  createCache,
  HttpCache,
  HttpSemantics,
  NetworkFirst,
  registerRoute,
  route,
  type Handler,
  type HttpCacheEvent,
  type HttpCacheStats,
  type Plugin,
} from 'tidecache/http';

const cache: HttpCache = createCache({
  name: 'app',
  maxBytes: '50MB',
  evictionPolicy: 'w-tinylfu',
  shared: false,
  partition: (request) => request.headers.get('authorization') ?? undefined,
  cacheStatus: 'tidecache',
  on: ({ type, url, reason }: HttpCacheEvent) => void [type, url, reason],
  storage: { directory: '/tmp/app' },
});

registerRoute(
  ({ request, url, sameOrigin }) => sameOrigin && url.pathname !== '/' && request.method === 'GET',
  new CacheFirst({ cacheName: 'img', maxEntries: 400, maxAgeSeconds: 30 * 86_400 }),
);
const plugin: Plugin = {
  cacheWillUpdate: async ({ response }) => (response.status === 200 ? response : null),
  cacheKeyWillBeUsed: ({ request, mode }) => (mode === 'read' ? request : request.url),
  handlerDidError: () => new Response('offline'),
};
const handler: Handler = cache.handler({
  routes: [
    route('/api/*', new HttpSemantics({ staleIfError: '1h' })),
    route(/\.css$/, new NetworkFirst({ networkTimeoutSeconds: 3, plugins: [plugin] })),
  ],
  fallback: fetch,
  networkTimeoutSeconds: 3,
});
export const answered: Promise<Response> = handler(new Request('https://a.test/'), {
  waitUntil: (work: Promise<unknown>) => void work,
});
export const cachedFetch = cache.fetch(globalThis.fetch);
export const fetched: Promise<Response> = cachedFetch('https://a.test/', { method: 'GET' });
export const purged: Promise<number> = cache.purge({ prefix: 'https://a.test/', tag: 'a' });
const stats: HttpCacheStats = cache.stats();
export const rate: number = stats.hitRate;
export const policy: typeof CachePolicy = CachePolicy;

// @ts-expect-error: there is no such unit.
createCache({ maxBytes: '50MiB' });
// @ts-expect-error: there is no such option.
createCache({ maxByte: 1 });
// @ts-expect-error: only HttpSemantics has windows.
new CacheFirst({ staleIfError: '1h' });
// @ts-expect-error: a strategy, not its class.
route('/a', CacheFirst);
// @ts-expect-error: statistics are a snapshot.
stats.hits = 1;
