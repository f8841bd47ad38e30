/** The packed package in workerd: by itself, bundled, and below Cloudflare's API (miniflare). */
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';

import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

import { EXPECTED } from './lib/contract.mjs';
import { matrix } from './lib/matrix.mjs';
import { makeProject } from './lib/project.mjs';
import { versionOf, WORKERD } from './lib/runtimes.mjs';
import { fetchScript } from './lib/scripts.mjs';
import { askWorkerd, TODAY } from './lib/workerd.mjs';

/** Before the day from which on a worker has WeakRef. */
const WITHOUT_WEAK_REFS = '2025-01-01';

/** A worker with one cache for all its requests; says how often it was asked, and what is left. */
const LASTING = `
import { TTLCache } from 'tidecache';
const cache = new TTLCache({ defaultTtl: '1h', maxSize: 10 });
export default {
  async fetch() {
    const count = (await cache.get('count', 0)) + 1;
    await cache.set('count', count);
    const mayfly = await cache.get('mayfly', 'gone');
    if (count === 2) await cache.set('mayfly', 'alive', '20ms');
    return Response.json([count, await cache.has('mayfly'), mayfly]);
  },
};
`;

/** A worker that fills its cache before there is any request, when workerd has no timers yet. */
const EARLY = `
import { TTLCache } from 'tidecache';
const cache = new TTLCache({ maxSize: 100_000 });
cache.sync.set('constant', 'kept', Infinity);
cache.sync.set('brief', 'whatever');
export default {
  fetch: async () => Response.json(await cache.get('constant', 'gone')),
};
`;

const project = await makeProject('workerd', {
  'app.js': fetchScript(),
  'early.js': EARLY,
  'lasting.js': LASTING,
});

/** Bundles the worker as `wrangler` does: workerd's conditions, modules of WebAssembly left alone. */
async function bundled() {
  const folder = path.join(project, 'bundled');
  await build({
    bundle: true,
    conditions: ['workerd', 'worker', 'browser'],
    entryPoints: [path.join(project, 'app.js')],
    external: ['*.wasm'],
    format: 'esm',
    logLevel: 'silent',
    outfile: path.join(folder, 'app.js'),
    platform: 'neutral',
  });
  const module = path.join(project, 'node_modules/tidecache/core.wasm');
  await copyFile(module, path.join(folder, 'core.wasm'));
  return folder;
}

const ask = (files, options) => askWorkerd(project, files, options);

const inPackage = (name) => path.join('node_modules/tidecache', name);
const PACKAGE = { tidecache: inPackage('workerd.js'), 'core.wasm': inPackage('core.wasm') };
const { version } = WORKERD;
const row = matrix('workerd');

row({ runtime: 'workerd', version, by: '`import`, unbundled' }, async () => {
  assert.deepEqual(await ask({ 'app.js': 'app.js', ...PACKAGE }), [EXPECTED]);
});

row({ runtime: 'workerd', version, by: '`import`, compatibility date 2025-01-01' }, async () => {
  const options = { compatibility: WITHOUT_WEAK_REFS };
  assert.deepEqual(await ask({ 'app.js': 'app.js', ...PACKAGE }, options), [EXPECTED]);
});

row({ runtime: 'workerd', version, by: '`import`, one cache for all requests' }, async () => {
  const answers = await ask({ 'app.js': 'lasting.js', ...PACKAGE }, { requests: 3 });
  // The timers of a request end with it: nothing that reads the time may wait for one, and the
  // mayfly moves a timer that is another request's.
  assert.deepEqual(answers, [
    [1, false, 'gone'],
    [2, true, 'gone'],
    [3, false, 'gone'],
  ]);
});

row({ runtime: 'workerd', version, by: '`import`, first use before any request' }, async () => {
  // It is 1970 until the first request comes, so only what never dies is still there.
  assert.deepEqual(await ask({ 'app.js': 'early.js', ...PACKAGE }), ['kept']);
});

row({ runtime: 'workerd', version, by: '`import`, bundled by esbuild' }, async () => {
  await bundled();
  const files = { 'app.js': 'bundled/app.js', 'core.wasm': 'bundled/core.wasm' };
  assert.deepEqual(await ask(files), [EXPECTED]);
});

const cloudflare = versionOf('miniflare');
row({ runtime: 'miniflare', version: cloudflare, by: '`import`, bundled by esbuild' }, async () => {
  const folder = await bundled();
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: TODAY,
    modules: true,
    modulesRoot: folder,
    // What wrangler sets for everybody.
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
    scriptPath: path.join(folder, 'app.js'),
  });
  try {
    const answer = await miniflare.dispatchFetch('http://localhost/');
    assert.deepEqual(await answer.json(), EXPECTED);
  } finally {
    await miniflare.dispose();
  }
});
