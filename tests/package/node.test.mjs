/** The packed package in Node: each line of it, each way of loading. */
import assert from 'node:assert/strict';

import { EXPECTED } from './lib/contract.mjs';
import { matrix } from './lib/matrix.mjs';
import { lastJson, makeProject, run } from './lib/project.mjs';
import { NODES } from './lib/runtimes.mjs';
import { BOTH_WAYS, commonScript, moduleScript, ONE } from './lib/scripts.mjs';

/** What a program has to do for the slim entry: find the module's file and read it. */
const bringModule = { from: 'tidecache/slim', source: 'bytes' };
const reading = `import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const bytes = readFileSync(createRequire(import.meta.url).resolve('tidecache/core.wasm'));
`;
const requiring = `const { readFileSync } = require('node:fs');
const bytes = readFileSync(require.resolve('tidecache/core.wasm'));
`;

const project = await makeProject('node', {
  'app.mjs': moduleScript(),
  'app.cjs': commonScript(),
  'both.mjs': BOTH_WAYS,
  'slim.mjs': moduleScript({ ...bringModule, before: reading }),
  'slim.cjs': commonScript({ ...bringModule, before: requiring }),
  'thread.mjs': `import { Worker } from 'node:worker_threads';
new Worker(new URL('./app.mjs', import.meta.url));\n`,
});

const WAYS = [
  { by: '`import`', args: ['app.mjs'] },
  { by: '`require`', args: ['app.cjs'] },
  { by: '`import` in a worker thread', args: ['thread.mjs'] },
  { by: '`import` of `tidecache/slim`', args: ['slim.mjs'] },
  { by: '`require` of `tidecache/slim`', args: ['slim.cjs'] },
];

/** Node before 20.19 and 22.12 cannot `require` a module; this is how a newer one plays them. */
const OLDER = '--no-experimental-require-module';

const row = matrix('node');
for (const { program, version } of NODES) {
  for (const { by, args } of WAYS) {
    row({ runtime: 'Node', version, by }, async () => {
      const printed = await run(program, args, { cwd: project });
      assert.deepEqual(lastJson(printed), EXPECTED);
    });
  }
  row({ runtime: 'Node', version, by: '`import` and `require` in one process' }, async () => {
    const printed = await run(program, ['both.mjs'], { cwd: project });
    assert.deepEqual(lastJson(printed), ONE);
  });
  row(
    { runtime: 'Node', version, by: '`import` and `require`, as older Node has them' },
    async () => {
      const printed = await run(program, [OLDER, 'both.mjs'], { cwd: project });
      assert.deepEqual(lastJson(printed), ONE);
    },
  );
}
