/** The packed package bundled for Node, then run there without node_modules in reach. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { BUNDLERS } from './lib/bundlers.mjs';
import { EXPECTED } from './lib/contract.mjs';
import { matrix } from './lib/matrix.mjs';
import { lastJson, makeProject, run } from './lib/project.mjs';
import { BUN, NODES } from './lib/runtimes.mjs';
import { BOTH_WAYS, commonScript, moduleScript, ONE } from './lib/scripts.mjs';

const project = await makeProject('bundlers', {
  'app.mjs': moduleScript(),
  'required.cjs': commonScript(),
  'part.cjs': "module.exports = require('tidecache');\n",
  // Bundlers see a `require` only in files of its kind.
  'both.mjs': BOTH_WAYS.replace(/import \{ createRequire.*\n/, '').replace(
    /const required = .*/,
    "import required from './part.cjs';",
  ),
});

/** Runs a bundle from a folder where no package can be found, so that it must hold everything. */
async function runAlone(bundle) {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidecache-'));
  try {
    const file = path.join(folder, path.basename(bundle));
    await copyFile(bundle, file);
    return lastJson(await run(NODES[0].program, [file], { cwd: folder }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const row = matrix('bundlers');
for (const { runtime, version, bundle } of BUNDLERS) {
  for (const format of ['esm', 'cjs']) {
    const by = `\`import\`, bundled to ${format === 'esm' ? 'a module' : 'CommonJS'}`;
    row({ runtime, version, by }, async () => {
      const to = `${runtime}-${format}`;
      const file = await bundle({ project, entry: 'app.mjs', to, target: 'node', format });
      assert.deepEqual(await runAlone(file), EXPECTED);
    });
  }
  // rollup leaves `require` to a plugin.
  if (runtime === 'rollup') continue;
  row({ runtime, version, by: '`require`, bundled to CommonJS' }, async () => {
    const to = `${runtime}-required`;
    const format = 'cjs';
    const file = await bundle({ project, entry: 'required.cjs', to, target: 'node', format });
    assert.deepEqual(await runAlone(file), EXPECTED);
  });
}

row(
  { runtime: 'bun build', version: BUN.version, by: '`import`, bundled to a module' },
  async () => {
    const file = path.join(project, 'bun/app.mjs');
    const options = ['--target=node', '--minify', `--outfile=${file}`];
    await run(BUN.program, ['build', 'app.mjs', ...options], { cwd: project });
    assert.deepEqual(await runAlone(file), EXPECTED);
  },
);

for (const { runtime, bundle } of BUNDLERS.filter(({ runtime }) => runtime !== 'rollup')) {
  test(`${runtime} bundles one copy of the package for import and require`, async () => {
    const options = { project, entry: 'both.mjs', to: `${runtime}-both`, target: 'browser' };
    const file = await bundle({ ...options, format: 'esm' });
    assert.deepEqual(await runAlone(file), ONE);
    const text = await readFile(file, 'utf8');
    // What every module begins with, as src/ts/module-text.ts writes it.
    assert.equal(text.split('#}+}=}7$###').length - 1, 1, 'the module is inside once');
  });
}
