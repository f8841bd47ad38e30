/** `tidecache/persist` and `tidecache/channel` in Node, Deno, Bun and workerd, and bundled. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { BUNDLERS } from './lib/bundlers.mjs';
import { matrix } from './lib/matrix.mjs';
import { fileScript, OUTLIVED, workerScript } from './lib/outlive-contract.mjs';
import { lastJson, makeProject, run } from './lib/project.mjs';
import { BUN, DENO, NODES, WORKERD } from './lib/runtimes.mjs';
import { askWorkerd } from './lib/workerd.mjs';

const project = await makeProject('outlive', {
  'app.mjs': fileScript(),
  'worker.js': workerScript(),
});

/** Runs a program in a folder of its own, where its files are, and returns what it prints. */
async function runIn(name, { program }, args) {
  const cwd = path.join(project, name);
  await mkdir(cwd, { recursive: true });
  return lastJson(await run(program, args, { cwd }));
}

const row = matrix('outlive');
for (const node of NODES) {
  row({ runtime: 'Node', version: node.version, by: '`import`' }, async () => {
    const args = ['../app.mjs'];
    assert.deepEqual(await runIn(`node-${node.version}`, node, args), OUTLIVED);
  });
}
row(
  { runtime: 'Deno', version: DENO.version, by: '`import`, with its folder allowed' },
  async () => {
    const to = ['run', '--no-prompt', '--no-lock', '--no-remote', '--node-modules-dir=manual'];
    const args = [...to, '--allow-read=.', '--allow-write=.', '../app.mjs'];
    assert.deepEqual(await runIn('deno', DENO, args), OUTLIVED);
  },
);
row({ runtime: 'Bun', version: BUN.version, by: '`import`' }, async () => {
  assert.deepEqual(await runIn('bun', BUN, ['run', '../app.mjs']), OUTLIVED);
});
row({ runtime: 'workerd', version: WORKERD.version, by: '`import`, unbundled' }, async () => {
  const inPackage = (name) => path.join('node_modules/tidecache', name);
  const files = {
    'worker.js': 'worker.js',
    tidecache: inPackage('workerd.js'),
    'core.wasm': inPackage('core.wasm'),
    'tidecache/channel': inPackage('channel.js'),
    'tidecache/persist': inPackage('persist.js'),
  };
  assert.deepEqual(await askWorkerd(project, files), [OUTLIVED]);
});
for (const { runtime, version, bundle } of BUNDLERS) {
  row({ runtime, version, by: '`import`, bundled to a module for Node' }, async () => {
    const options = { project, entry: 'app.mjs', to: `by-${runtime}`, target: 'node' };
    const file = await bundle({ ...options, format: 'esm' });
    // Where no package can be found.
    const alone = await mkdtemp(path.join(tmpdir(), 'tidecache-'));
    try {
      await copyFile(file, path.join(alone, 'app.mjs'));
      const said = await run(NODES[0].program, ['app.mjs'], { cwd: alone });
      assert.deepEqual(lastJson(said), OUTLIVED);
    } finally {
      await rm(alone, { recursive: true });
    }
  });
}
