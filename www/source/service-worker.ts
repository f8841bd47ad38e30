/** Keeps the page, so that it works without a network. The build says which files it is made of. */

import { createCache } from 'tidecache/http';

declare const FILES_TO_KEEP: readonly { url: string; revision: string }[];

/** What a service worker's events have beside others. */
interface WorkerEvent extends Event {
  readonly request: Request;
  waitUntil(work: Promise<unknown>): void;
  respondWith(response: Promise<Response>): void;
}

function listen(type: string, listener: (event: WorkerEvent) => void): void {
  addEventListener(type, listener as (event: Event) => void);
}

const cache = createCache({ name: 'tidecache-playground', maxBytes: '10MB' });
const kept = cache.precache(FILES_TO_KEEP);
const handler = cache.handler({ fallback: fetch });

listen('install', (event) => {
  event.waitUntil(kept);
});
listen('activate', (event) => {
  event.waitUntil(cache.prunePrecache());
});
listen('fetch', (event) => {
  event.respondWith(handler(event.request, event));
});
