/** The worker of the almanac: a handler, and nothing else that it could forget. */

// In a program of yours: from 'tidecache/http'.
import { CacheFirst, createCache, HttpSemantics, route } from '../../pkg/http.js';

const cache = createCache({ name: 'almanac', maxBytes: '5MB' });

// The files that the page is made of. A build tool would write the revisions.
const precached = cache.precache([
  { url: 'index.html', revision: '1' },
  { url: 'main.mjs', revision: '1' },
  { url: 'style.css', revision: '1' },
]);
addEventListener('install', (event) => event.waitUntil(precached));
addEventListener('activate', (event) =>
  event.waitUntil(Promise.all([cache.prunePrecache(), clients.claim()])),
);

const here = new URL('harbours/', location.href).pathname;
const handler = cache.handler({
  routes: [
    // Pictures never change; thirty of them at most.
    route(`${here}*.svg`, new CacheFirst({ cacheName: 'pictures', maxEntries: 30 })),
    // Tides say themselves how long they hold, and old ones are better than none.
    route(`${here}*.json`, new HttpSemantics({ staleIfError: '7d' })),
  ],
  fallback: fetch,
});
addEventListener('fetch', (event) => event.respondWith(handler(event.request, event)));

// What the page asks of the worker by hand.
addEventListener('message', (event) => {
  const [port] = event.ports;
  const answer = async () => {
    if (event.data === 'forget') await cache.purge({ prefix: new URL('harbours/', location.href) });
    port.postMessage(cache.stats());
  };
  event.waitUntil(answer());
});
