/** The packed package in Chromium: every kind of scope, every bundler. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';

import * as vite from 'vite';

import { BUNDLERS, failingLogger } from '../package/lib/bundlers.mjs';
import { EXPECTED } from '../package/lib/contract.mjs';
import { matrix } from '../package/lib/matrix.mjs';
import { OUTLIVED } from '../package/lib/outlive-contract.mjs';
import { startChromium } from './lib/browsers.mjs';
import { serve } from './lib/server.mjs';
import { bundlePage, makeSite, OUTLIVE, PACKAGE, PLAIN } from './lib/site.mjs';

const project = await makeSite('chromium');
const server = await serve(project);
const browser = await startChromium();
after(async () => {
  await browser.close();
  await server.close();
});

/** Opens `url` in a browser of its own, and returns its outcome once there is one. */
async function visit(url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    await page.goto(url);
    const outcome = await page
      .waitForFunction(() => globalThis.outcome?.then === undefined && globalThis.outcome)
      .then((handle) => handle.jsonValue())
      .catch((error) => ({ error: `${error.message}\n${complaints.join('\n')}` }));
    assert.deepEqual(complaints, []);
    return outcome;
  } finally {
    await context.close();
  }
}

const row = matrix('chromium');
const register = (by, check) => row({ runtime: 'Chromium', version: browser.version(), by }, check);

for (const { by, path: where } of PLAIN) {
  register(by, async () => {
    assert.deepEqual(await visit(server.url + where), { result: EXPECTED });
  });
}

for (const { by, path: where } of OUTLIVE) {
  register(by, async () => {
    assert.deepEqual(await visit(server.url + where), { result: OUTLIVED });
  });
}
register('a module script, with persist and channel, bundled by Vite', async () => {
  const where = await bundlePage(project, 'Vite', 'esm', { entry: 'outlive-page.js' });
  assert.deepEqual(await visit(server.url + where), { result: OUTLIVED });
});

for (const { runtime } of BUNDLERS) {
  register(`a module script, bundled by ${runtime}`, async () => {
    const where = await bundlePage(project, runtime, 'esm');
    assert.deepEqual(await visit(server.url + where), { result: EXPECTED });
  });
}

for (const runtime of ['webpack', 'esbuild', 'rollup']) {
  register(`a classic script, bundled by ${runtime}`, async () => {
    const where = await bundlePage(project, runtime, 'iife');
    assert.deepEqual(await visit(server.url + where), { result: EXPECTED });
  });
}

for (const [by, entry] of [
  ['a classic worker', 'classic-worker.js'],
  ['a classic service worker', 'classic-service-worker.js'],
]) {
  register(`${by}, bundled by esbuild`, async () => {
    const where = await bundlePage(project, 'esbuild', 'iife', { entry });
    assert.deepEqual(await visit(server.url + where), { result: EXPECTED });
  });
}

for (const [runtime, source] of [
  ['Vite', "`import url from 'tidecache/core.wasm?url'`"],
  ['webpack', "`new URL('tidecache/core.wasm', import.meta.url)`"],
]) {
  register(`\`tidecache/slim\` and ${source}, bundled by ${runtime}`, async () => {
    const entry = `slim-${runtime.toLowerCase()}.js`;
    const where = await bundlePage(project, runtime, 'esm', { entry });
    assert.deepEqual(await visit(server.url + where), { result: EXPECTED });
  });
}

register('`vite build` of a page', async () => {
  const outDir = 'vite-site';
  const quiet = { customLogger: failingLogger(), logLevel: 'silent' };
  const base = `/${outDir}/`;
  await vite.build({ ...quiet, base, build: { outDir }, configFile: false, root: project });
  const outcome = await visit(`${server.url}/${outDir}/index.html`);
  assert.deepEqual(outcome, { result: EXPECTED });
});

register("Vite's development server", async () => {
  const dev = await vite.createServer({
    cacheDir: path.join(project, '.vite'),
    configFile: false,
    logLevel: 'silent',
    root: project,
    server: { host: '127.0.0.1', port: 0, hmr: { port: 0 } },
  });
  try {
    await dev.listen();
    const [url] = dev.resolvedUrls.local;
    assert.deepEqual(await visit(`${url}index.html`), { result: EXPECTED });
  } finally {
    await dev.close();
  }
});

test('the first use compiles the module in a few milliseconds', async (context) => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/node_modules/tidecache/package.json`);
  const times = await page.evaluate(async (from) => {
    const start = performance.now();
    const { TTLCache } = await import(from);
    const loaded = performance.now();
    const cache = new TTLCache();
    await cache.get('first');
    const first = performance.now();
    for (let n = 0; n < 1000; n++) await cache.get('next');
    return [loaded - start, first - loaded, (performance.now() - first) / 1000];
  }, `${PACKAGE}/index.js`);
  await page.close();
  const [load, first, next] = times.map((ms) => ms.toFixed(3));
  context.diagnostic(`import ${load} ms, first get ${first} ms, next ones ${next} ms each`);
  assert.ok(times[1] < 1000);
});
