/**
 * What a service worker with the cache costs beside one that passes everything through. Each is one
 * file, bundled as apps do it.
 *
 *     node benches/js/http-worker.mjs [ROUNDS]
 *
 * All workers are in one browser and take turns, so that noise of the machine meets all. A start
 * is timed from a fetch of the page, after the workers were stopped, to its response; a hit is a
 * fetch that a running worker answers: from the cache, or passed through to the server. `idle` has
 * the cache in it and asks it nothing; `cached` finds what it has stored.
 */
import { build } from 'esbuild';

import { startChromium } from '../../tests/browser/lib/browsers.mjs';
import { makeProject } from '../../tests/package/lib/project.mjs';
import { serve } from '../../tests/browser/lib/server.mjs';

const ROUNDS = Number(process.argv[2] ?? 40);
const HITS = 200;

const LISTEN =
  'addEventListener("fetch", (event) => event.respondWith(handler(event.request, event)));\n' +
  'addEventListener("activate", (event) => event.waitUntil(clients.claim()));\n';
const WORKERS = {
  through: 'const handler = (request) => fetch(request);\n',
  idle:
    "import { CacheFirst, createCache, route } from 'tidecache/http';\n" +
    "const routes = [route('/never/*', new CacheFirst())];\n" +
    "const handler = createCache({ name: 'idle' }).handler({ routes, fallback: fetch });\n",
  cached:
    "import { CacheFirst, createCache, route } from 'tidecache/http';\n" +
    "const routes = [route('/cached/*', new CacheFirst())];\n" +
    "const handler = createCache({ name: 'bench' }).handler({ routes });\n",
};
const PAGE = '<!doctype html><link rel="icon" href="data:," />';

/** Returns a worker as one file. */
async function bundled(contents) {
  const { outputFiles } = await build({
    bundle: true,
    format: 'iife',
    minify: true,
    platform: 'browser',
    write: false,
    stdin: { contents, resolveDir: empty },
  });
  return outputFiles[0].text;
}

const empty = await makeProject('http-worker-source');
const files = {};
for (const [name, source] of Object.entries(WORKERS)) {
  files[`${name}/sw.js`] = await bundled(source + LISTEN);
  files[`${name}/index.html`] = PAGE;
}
const project = await makeProject('http-worker-bench', files);
const body = 'x'.repeat(2_000);
const headers = { 'cache-control': 'max-age=600', 'content-type': 'text/plain' };
const server = await serve(project, (pathname) =>
  pathname.endsWith('/data') ? { body, headers } : undefined,
);
const browser = await startChromium();
const context = await browser.newContext();

/** Opens the page of one worker. */
async function open(name) {
  const page = await context.newPage();
  await page.goto(`${server.url}/${name}/index.html`);
  await page.evaluate(async (name) => {
    await navigator.serviceWorker.register(`/${name}/sw.js`);
    await navigator.serviceWorker.ready;
    while (navigator.serviceWorker.controller === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // Past the browser's own cache, which would answer for the worker that has none.
    await (await fetch(`/${name}/data`, { cache: 'reload' })).text();
  }, name);
  return page;
}

/** Milliseconds of one fetch, or of many one after the other, each. */
const time = (page, name, count) =>
  page.evaluate(
    async ([name, count]) => {
      const began = performance.now();
      for (let at = 0; at < count; at++) await (await fetch(`/${name}/data`)).text();
      return (performance.now() - began) / count;
    },
    [name, count],
  );

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const names = ['through', 'idle', 'cached'];
const pages = {};
const starts = { through: [], idle: [], cached: [] };
const hits = { through: [], idle: [], cached: [] };
for (const name of names) pages[name] = await open(name);
const client = await context.newCDPSession(pages.through);
await client.send('ServiceWorker.enable');
for (let round = 0; round < ROUNDS; round++) {
  await client.send('ServiceWorker.stopAllWorkers');
  for (const name of round % 2 === 0 ? names : names.toReversed()) {
    starts[name].push(await time(pages[name], name, 1));
    hits[name].push(await time(pages[name], name, HITS / 10));
  }
}
for (const [what, times] of Object.entries({ start: starts, hit: hits })) {
  const medians = names.map((name) => `${name} ${median(times[name]).toFixed(2)} ms`);
  console.log(`${what.padEnd(6)} ${medians.join(', ')}`);
}
await browser.close();
await server.close();
