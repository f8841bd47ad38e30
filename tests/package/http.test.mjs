/** `tidecache/http` in each runtime: the rules, a strategy and the limits, in memory. */
import assert from 'node:assert/strict';

import { BUNDLERS } from './lib/bundlers.mjs';
import { HTTP_EXPECTED, HTTP_SCRIPTS } from './lib/http-contract.mjs';
import { matrix } from './lib/matrix.mjs';
import { lastJson, makeProject, run } from './lib/project.mjs';
import { BUN, DENO, NODES, WORKERD } from './lib/runtimes.mjs';
import { askWorkerd } from './lib/workerd.mjs';

const project = await makeProject('http', {
  'app.mjs': HTTP_SCRIPTS.module,
  'app.cjs': HTTP_SCRIPTS.common,
  'worker.js': HTTP_SCRIPTS.worker,
});

const deno = ['run', '--no-prompt', '--no-lock', '--no-remote', '--node-modules-dir=manual'];

const row = matrix('http');
const WAYS = { '`import`': 'app.mjs', '`require`': 'app.cjs' };
const TOOLS = [
  ...NODES.map((node) => ({ runtime: 'Node', ...node, args: [], before: [] })),
  { runtime: 'Deno', ...DENO, args: deno, before: ['--allow-read'] },
  { runtime: 'Bun', ...BUN, args: ['run'], before: [] },
];
for (const { runtime, program, version, args, before } of TOOLS) {
  for (const [by, file] of Object.entries(WAYS)) {
    row({ runtime, version, by }, async () => {
      const permissions = file === 'app.cjs' ? before : [];
      const printed = await run(program, [...args, ...permissions, file], { cwd: project });
      assert.deepEqual(lastJson(printed), HTTP_EXPECTED);
    });
  }
}

row({ runtime: 'workerd', version: WORKERD.version, by: '`import`, unbundled' }, async () => {
  const files = {
    'worker.js': 'worker.js',
    'tidecache/http': 'node_modules/tidecache/http-workerd.js',
    'tidecache/http.wasm': 'node_modules/tidecache/http.wasm',
  };
  assert.deepEqual(await askWorkerd(project, files), [HTTP_EXPECTED]);
});

for (const { runtime, version, bundle } of BUNDLERS) {
  row({ runtime, version, by: '`import`, bundled to a module' }, async () => {
    const options = { entry: 'app.mjs', to: runtime, target: 'node', format: 'esm' };
    const file = await bundle({ project, ...options });
    assert.deepEqual(lastJson(await run(NODES[0].program, [file])), HTTP_EXPECTED);
  });
}
