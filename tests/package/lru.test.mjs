/** `tidecache/lru` in each runtime. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lastJson, makeProject, run } from './lib/project.mjs';
import { BUN, DENO, NODES, WORKERD } from './lib/runtimes.mjs';
import { askWorkerd } from './lib/workerd.mjs';

/** Stands alone: its text goes into each runtime. */
async function contract({ LRUCache }) {
  const left = [];
  const key = { an: 'object' };
  const cache = new LRUCache({
    max: 2,
    ttl: 60_000,
    dispose: (value, key, reason) => left.push([value, reason]),
    fetchMethod: async (name) => `${name}!`,
  });
  cache.set(key, 1).set('b', 2);
  cache.get(key);
  cache.set('c', 3);
  const held = [...cache.values()];
  const fetched = await cache.fetch('d');
  const adaptive = new LRUCache({ max: 5, evictionPolicy: 'adaptive' });
  for (let at = 0; at < 100; at++) adaptive.set(at, at);
  return { held, fetched, left, size: adaptive.size };
}

const EXPECTED = {
  held: [3, 1],
  fetched: 'd!',
  left: [
    [2, 'evict'],
    [1, 'evict'],
  ],
  size: 5,
};

const call = `(${contract})(own)`;
const imports = `import * as own from 'tidecache/lru';\n`;
const print = `.then((result) => console.log(JSON.stringify(result)));\n`;
const project = await makeProject('lru', {
  'app.mjs': `${imports}${call}${print}`,
  'app.cjs': `const own = require('tidecache/lru');\n${call}${print}`,
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
    test(`${runtime} has LRUCache, ${file}`, async () => {
      const permissions = file === 'app.cjs' ? before : [];
      const printed = await run(program, [...args, ...permissions, file], { cwd: project });
      assert.deepEqual(lastJson(printed), EXPECTED);
    });
  }
}

test(`workerd ${WORKERD.version} has LRUCache`, async () => {
  const files = {
    'worker.js': 'worker.js',
    'tidecache/lru': 'node_modules/tidecache/lru-workerd.js',
    'tidecache/core.wasm': 'node_modules/tidecache/core.wasm',
  };
  const [answer] = await askWorkerd(project, files);
  assert.deepEqual(answer, EXPECTED);
});
