/** `tidecache/bytes` in each runtime, beside whichever entry of `tidecache` it takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lastJson, makeProject, run } from './lib/project.mjs';
import { BUN, DENO, NODES, WORKERD } from './lib/runtimes.mjs';
import { askWorkerd } from './lib/workerd.mjs';

/** Stands alone: its text goes into each runtime. */
async function contract({ TTLCache }, { bytes }) {
  const cache = new TTLCache({ storage: bytes(), maxWeight: 100, cleanupInterval: false });
  await cache.set('text', 'h\u00e9llo \ud800');
  await cache.set('bytes', new Uint8Array([1, 2, 3]));
  const code = await cache.set('number', 1).catch((error) => error.code);
  const [text, value] = [await cache.get('text'), await cache.get('bytes')];
  const { weight } = cache.getStats();
  await cache.close();
  return { isText: text === 'h\u00e9llo \ud800', value: [...value], code, weight };
}

const EXPECTED = { isText: true, value: [1, 2, 3], code: 'ERR_CACHE_SERIALIZATION', weight: 43 };

const call = `(${contract})(main, own)`;
const imports = `import * as main from 'tidecache';\nimport * as own from 'tidecache/bytes';\n`;
const print = `.then((result) => console.log(JSON.stringify(result)));\n`;
const requires = `const main = require('tidecache');\nconst own = require('tidecache/bytes');\n`;
const project = await makeProject('bytes', {
  'app.mjs': `${imports}${call}${print}`,
  'app.cjs': `${requires}${call}${print}`,
  'worker.js': `${imports}export default {
  async fetch() {
    return Response.json(await ${call});
  },
};\n`,
});

const deno = ['run', '--no-prompt', '--no-lock', '--no-remote', '--node-modules-dir=manual'];
const TOOLS = [
  ...NODES.map((node) => ({ runtime: `Node ${node.version}`, ...node, args: [], before: [] })),
  { runtime: 'Deno', ...DENO, args: deno, before: ['--allow-read'] },
  { runtime: 'Bun', ...BUN, args: ['run'], before: [] },
];
for (const { runtime, program, args, before } of TOOLS) {
  for (const file of ['app.mjs', 'app.cjs']) {
    test(`${runtime} keeps bytes, ${file}`, async () => {
      const permissions = file === 'app.cjs' ? before : [];
      const printed = await run(program, [...args, ...permissions, file], { cwd: project });
      assert.deepEqual(lastJson(printed), EXPECTED);
    });
  }
}

test(`workerd ${WORKERD.version} keeps bytes`, async () => {
  const files = {
    'worker.js': 'worker.js',
    tidecache: 'node_modules/tidecache/workerd.js',
    'core.wasm': 'node_modules/tidecache/core.wasm',
    'tidecache/bytes': 'node_modules/tidecache/bytes-workerd.js',
    'tidecache/bytes.wasm': 'node_modules/tidecache/bytes.wasm',
  };
  const [answer] = await askWorkerd(project, files);
  assert.deepEqual(answer, EXPECTED);
});
