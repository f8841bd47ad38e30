/** examples/three-nodes with the packed package, in a project of its own: the transcript is true. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { inRoot, run, unpack, write } from './lib/project.mjs';
import { NODES } from './lib/runtimes.mjs';

const EXAMPLE = 'examples/three-nodes';

/** What the transcript has to say, in this order, whatever the times and ports. */
const STORY = [
  /== A cluster: three nodes, each a process of its own ==/,
  /set ada to {"visits":1} +true +held by a b c$/,
  /get ada by quorum +{"visits":1} +held by a b c$/,
  /== One is killed: two of three still answer ==/,
  /get ada by quorum +{"visits":1} +held by a b$/,
  /set ada to {"visits":2} +true +held by a b$/,
  /get ada by quorum +{"visits":2} +held by a b$/,
  /nodes +a up, b up, c (?:down|suspect)$/,
  /== It returns, empty/,
  /get ada by quorum +{"visits":2} +held by a b$/,
  /set ada to {"visits":3} +true +held by a b c$/,
  /the next read repairs it ==/,
  /set alan to {"visits":1} +true +held by a b$/,
  /get alan by all +{"visits":1} +held by a b c$/,
  /getStats +repairs: [1-9]/,
  /== Two are killed/,
  /get ada +ERR_CACHE_QUORUM +\d of 2 answered: .*c (?:open|timeout)/,
];

/** Runs the example in a project outside of this one, where only what is put there is found. */
async function play(program, packages) {
  const project = await mkdtemp(path.join(tmpdir(), 'three-nodes-'));
  try {
    await unpack(path.join(project, 'node_modules/tidecache'));
    for (const name of packages) {
      const to = path.join(project, 'node_modules', name);
      await cp(inRoot('node_modules', name), to, { recursive: true });
    }
    const files = { 'package.json': '{ "private": true }' };
    for (const name of await readdir(inRoot(EXAMPLE))) {
      const text = await readFile(inRoot(EXAMPLE, name), 'utf8');
      files[name] = text.replaceAll('../../pkg/cluster.js', 'tidecache/cluster');
    }
    await write(project, files);
    return await run(program, ['main.mjs'], { cwd: project, timeoutMs: 60_000 });
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

/** Checks that the lines of the story stand in a text in their order. */
function checkStory(text) {
  const lines = text.split('\n');
  let from = 0;
  for (const wanted of STORY) {
    const at = lines.findIndex((line, number) => number >= from && wanted.test(line));
    assert.ok(at >= 0, `${wanted} is not among the lines after ${from} of\n${text}`);
    from = at + 1;
  }
}

for (const { version, program } of NODES) {
  test(`three processes of Node ${version} outlive one of them, with ws`, async () => {
    const text = await play(program, ['ws']);
    assert.match(text, /node a listens +ws:/);
    checkStory(text);
  });
}

test(`three processes of Node ${NODES[0].version} do so by HTTP, without ws`, async () => {
  const text = await play(NODES[0].program, []);
  assert.match(text, /node a listens +http:/);
  checkStory(text);
});
