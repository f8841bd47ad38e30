/** The packed package in Firefox: pages and workers. */
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { EXPECTED } from '../package/lib/contract.mjs';
import { matrix } from '../package/lib/matrix.mjs';
import { OUTLIVED } from '../package/lib/outlive-contract.mjs';
import { startFirefox } from './lib/browsers.mjs';
import { serve } from './lib/server.mjs';
import { bundlePage, makeSite, OUTLIVE, PLAIN } from './lib/site.mjs';

const project = await makeSite('firefox');
const server = await serve(project);
const browser = await startFirefox();
after(async () => {
  await browser.close();
  await server.close();
});

/** Opens `where` and returns its outcome once there is one. */
async function visit(where) {
  const page = await browser.newPage();
  try {
    await page.goto(server.url + where);
    const settled = () => globalThis.outcome?.then === undefined && globalThis.outcome;
    const handle = await page.waitForFunction(settled, { timeout: 30_000 });
    return await handle.jsonValue();
  } finally {
    await page.close();
  }
}

const version = (await browser.version()).split('/').at(-1);
const row = matrix('firefox');
for (const { by, path } of PLAIN) {
  row({ runtime: 'Firefox', version, by }, async () => {
    assert.deepEqual(await visit(path), { result: EXPECTED });
  });
}
for (const { by, path } of OUTLIVE) {
  row({ runtime: 'Firefox', version, by }, async () => {
    assert.deepEqual(await visit(path), { result: OUTLIVED });
  });
}
for (const [by, entry] of [
  ['a classic script', 'page.js'],
  ['a classic worker', 'classic-worker.js'],
  ['a classic service worker', 'classic-service-worker.js'],
]) {
  row({ runtime: 'Firefox', version, by: `${by}, bundled by esbuild` }, async () => {
    const where = await bundlePage(project, 'esbuild', 'iife', { entry });
    assert.deepEqual(await visit(where), { result: EXPECTED });
  });
}
