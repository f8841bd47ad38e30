/**
 * A site for `tidecache/http`: a page, a worker that caches, and an origin that counts, can be slow
 * and can be gone. A second origin without CORS is for opaque responses.
 */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { makeProject } from '../../package/lib/project.mjs';

const PACKAGE = '/node_modules/tidecache/http.js';

const PAGE = `<!doctype html>
<meta charset="utf-8" />
<link rel="icon" href="data:," />
<title>site</title>
<p id="version">VERSION</p>
<script type="module" src="/page.mjs"></script>
`;

const PAGE_SCRIPT = `
import * as http from '${PACKAGE}';
globalThis.http = http;
globalThis.started = (async () => {
  await navigator.serviceWorker.register('/sw.mjs', { type: 'module' });
  await navigator.serviceWorker.ready;
  while (navigator.serviceWorker.controller === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
})();
globalThis.ask = (what) => {
  const { port1, port2 } = new MessageChannel();
  navigator.serviceWorker.controller.postMessage(what, [port2]);
  return new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(data); });
};
`;

/** The worker; \`BEFORE\` is replaced by what a test wants to run first. */
const WORKER = `
/* BEFORE */
import { CacheFirst, createCache, NetworkFirst, route } from '${PACKAGE}';
const events = [];
const cache = createCache({
  name: 'site',
  maxBytes: '40MB',
  partition: (request) => request.headers.get('x-user') ?? undefined,
  on: ({ type, reason, url }) => events.push([type, reason, url]),
});
const ready = cache.precache([{ url: '/', revision: 'VERSION' }, { url: '/page.mjs', revision: '1' },
  { url: '${PACKAGE}', revision: '1' }]);
addEventListener('install', (event) => { skipWaiting(); event.waitUntil(ready); });
addEventListener('activate', (event) => event.waitUntil((async () => {
  await cache.prunePrecache();
  await registration.navigationPreload?.enable();
  await clients.claim();
})()));
const handler = cache.handler({ routes: [
  route('/first/*', new CacheFirst({ cacheName: 'first' })),
  route('/network/*', new NetworkFirst({ networkTimeoutSeconds: 1 })),
  route(({ sameOrigin, url }) => !sameOrigin && url.pathname.startsWith('/allowed'), new CacheFirst({
    cacheName: 'opaque', opaque: { maxEntries: 2, bytes: '1MB' } })),
  route(({ sameOrigin }) => !sameOrigin, new CacheFirst({ cacheName: 'other' })),
] });
addEventListener('fetch', (event) => event.respondWith(handler(event.request, event)));
addEventListener('message', (event) => event.waitUntil((async () => {
  const [port] = event.ports;
  await cache.settled();
  port.postMessage({ stats: cache.stats(), events: events.splice(0) });
})()));
`;

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

/** Starts both origins; `site` says how they behave. */
export async function startHttpSite(name) {
  const project = await makeProject(name);
  const site = { version: '1', before: '', isDown: false, asked: [], answer: undefined };
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    if (site.isDown) {
      request.destroy();
      return;
    }
    site.asked.push(pathname);
    const special = await site.answer?.(request, response, pathname);
    if (special === true) return;
    const made = {
      '/': PAGE.replace('VERSION', site.version),
      '/page.mjs': PAGE_SCRIPT,
      '/sw.mjs': WORKER.replaceAll('VERSION', site.version).replace('/* BEFORE */', site.before),
      '/blank.html': '<!doctype html><title>blank</title>',
    }[pathname];
    const type = TYPES[path.extname(pathname)] ?? (pathname === '/' ? 'text/html' : 'text/plain');
    if (made !== undefined || pathname.startsWith('/node_modules/')) {
      const body = made ?? (await readFile(path.join(project, pathname)));
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(body);
      return;
    }
    const headers = { 'content-type': 'text/plain', 'cache-control': 'max-age=600' };
    response.writeHead(200, headers);
    response.end(`${pathname} ${site.asked.length}`);
  };
  const servers = [createServer(answer), createServer(answer)];
  const [url, other] = await Promise.all(
    servers.map(async (server) => {
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${server.address().port}`;
    }),
  );
  const close = () =>
    Promise.all(
      servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  return Object.assign(site, { url, other, close });
}
