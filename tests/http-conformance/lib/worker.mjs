/** The suite in a Chromium page, whose requests all go through our service worker. */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startChromium } from '../../browser/lib/browsers.mjs';
import { packageFile } from '../../js/lib/package.mjs';
import { inTarget, startOrigin } from './origin.mjs';
import { keep } from './run.mjs';
import { score } from './suite.mjs';

const SUITE = path.dirname(fileURLToPath(import.meta.resolve('http-cache-tests/package.json')));

const PAGE = `<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />`;

/**
 * The browser's own cache stands between a worker and the network; it is told to keep out, or the
 * suite would test both at once.
 */
const WORKER = `import { createCache, HttpSemantics } from './tidecache/http.js';
const cache = createCache({
  fetch: (request) => {
    const cache = request.cache === 'default' ? 'no-store' : request.cache;
    return fetch(request, { cache });
  },
});
const handler = cache.handler({ routes: [], fallback: new HttpSemantics() });
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  const { pathname } = new URL(event.request.url);
  if (!/^\\/(test|config|state)\\//.test(pathname)) return;
  event.respondWith(handler(event.request, event));
});
`;

/** Resolves with the score of our service worker. */
export async function runWorker() {
  const site = await makeSite(inTarget('site'));
  const origin = await startOrigin(site);
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`${origin.url}/page.html`);
    await page.evaluate(takeControl);
    const results = await page.evaluate(runInPage);
    return await keep('worker', score('private', results), results);
  } finally {
    await browser.close();
    await origin.stop();
  }
}

/** Makes the folder that is served: the suite, the package and the worker. */
async function makeSite(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const part of ['client', 'lib', 'tests']) {
    await cp(path.join(SUITE, part), path.join(folder, part), { recursive: true });
  }
  await cp(packageFile('http.js'), path.join(folder, 'tidecache/http.js'));
  await writeFile(path.join(folder, 'page.html'), PAGE);
  await writeFile(path.join(folder, 'worker.js'), WORKER);
  return folder;
}

/** Runs in the page: the worker is there and has the page before the first request. */
async function takeControl() {
  const controlled = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
  });
  await navigator.serviceWorker.register('/worker.js', { type: 'module' });
  if (navigator.serviceWorker.controller === null) await controlled;
}

/** Runs in the page: the whole suite. */
async function runInPage() {
  const { getResults, runTests } = await import('/client/runner.mjs');
  const { default: tests } = await import('/tests/index.mjs');
  await runTests(tests, fetch, true, location.origin);
  return getResults();
}
