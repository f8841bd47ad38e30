/** The packed package in Deno and Bun, each way of loading. */
import assert from 'node:assert/strict';

import { EXPECTED } from './lib/contract.mjs';
import { matrix } from './lib/matrix.mjs';
import { lastJson, makeProject, run } from './lib/project.mjs';
import { BUN, DENO } from './lib/runtimes.mjs';
import { BOTH_WAYS, commonScript, moduleScript, ONE } from './lib/scripts.mjs';

const project = await makeProject('deno-bun', {
  'app.mjs': moduleScript(),
  'app.cjs': commonScript(),
  'both.mjs': BOTH_WAYS,
});

// No permission is given, none can be asked for, and node_modules is as we made it.
const deno = ['run', '--no-prompt', '--no-lock', '--no-remote', '--node-modules-dir=manual'];
// `createRequire` itself reads package.json files, with the package or without it.
const denoReading = [...deno, '--allow-read'];

const row = matrix('deno-bun');
for (const { runtime, tool, plain, reading } of [
  { runtime: 'Deno', tool: DENO, plain: deno, reading: denoReading },
  { runtime: 'Bun', tool: BUN, plain: ['run'], reading: ['run'] },
]) {
  const print = async (args) => lastJson(await run(tool.program, args, { cwd: project }));
  const { version } = tool;
  row({ runtime, version, by: '`import`' }, async () => {
    assert.deepEqual(await print([...plain, 'app.mjs']), EXPECTED);
  });
  row({ runtime, version, by: '`require`' }, async () => {
    assert.deepEqual(await print([...reading, 'app.cjs']), EXPECTED);
  });
  row({ runtime, version, by: '`import` and `require` in one process' }, async () => {
    assert.deepEqual(await print([...reading, 'both.mjs']), ONE);
  });
}
