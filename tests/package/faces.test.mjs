/** `tidecache/http` and `tidecache/cluster` in each runtime, each by a script of its own. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { BUNDLERS } from './lib/bundlers.mjs';
import { CLUSTER_EXPECTED, CLUSTER_SCRIPTS } from './lib/cluster-contract.mjs';
import { HTTP_EXPECTED, HTTP_SCRIPTS } from './lib/http-contract.mjs';
import { matrix } from './lib/matrix.mjs';
import { lastJson, makeProject, run } from './lib/project.mjs';
import { BUN, DENO, NODES, WORKERD } from './lib/runtimes.mjs';
import { askWorkerd } from './lib/workerd.mjs';

const FACES = [
  { face: 'http', scripts: HTTP_SCRIPTS, expected: HTTP_EXPECTED, modules: ['http'] },
  {
    face: 'cluster',
    scripts: CLUSTER_SCRIPTS,
    expected: CLUSTER_EXPECTED,
    modules: ['client', 'node'],
  },
];

const deno = ['run', '--no-prompt', '--no-lock', '--no-remote', '--node-modules-dir=manual'];
const WAYS = { '`import`': 'app.mjs', '`require`': 'app.cjs' };
const TOOLS = [
  ...NODES.map((node) => ({ runtime: 'Node', ...node, args: [], before: [] })),
  { runtime: 'Deno', ...DENO, args: deno, before: ['--allow-read'] },
  { runtime: 'Bun', ...BUN, args: ['run'], before: [] },
];

for (const { face, scripts, expected, modules } of FACES) {
  const project = await makeProject(face, {
    'app.mjs': scripts.module,
    'app.cjs': scripts.common,
    'worker.js': scripts.worker,
  });
  describe(`tidecache/${face}`, () => {
    const row = matrix(face);
    for (const { runtime, program, version, args, before } of TOOLS) {
      for (const [by, file] of Object.entries(WAYS)) {
        row({ runtime, version, by }, async () => {
          const permissions = file === 'app.cjs' ? before : [];
          const printed = await run(program, [...args, ...permissions, file], { cwd: project });
          assert.deepEqual(lastJson(printed), expected);
        });
      }
    }

    row({ runtime: 'workerd', version: WORKERD.version, by: '`import`, unbundled' }, async () => {
      const inPackage = (name) => `node_modules/tidecache/${name}`;
      const files = {
        'worker.js': 'worker.js',
        [`tidecache/${face}`]: inPackage(`${face}-workerd.js`),
        ...Object.fromEntries(
          modules.map((name) => [`tidecache/${name}.wasm`, inPackage(`${name}.wasm`)]),
        ),
      };
      assert.deepEqual(await askWorkerd(project, files), [expected]);
    });

    for (const { runtime, version, bundle } of BUNDLERS) {
      row({ runtime, version, by: '`import`, bundled to a module' }, async () => {
        const options = { entry: 'app.mjs', to: runtime, target: 'node', format: 'esm' };
        const file = await bundle({ project, ...options });
        assert.deepEqual(lastJson(await run(NODES[0].program, [file])), expected);
      });
    }
  });
}
