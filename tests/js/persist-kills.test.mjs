/** A file of `tidecache/persist`, when its process is killed at random moments. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { load, project } from './lib/package.mjs';
import { Random, seeds } from './lib/random.mjs';

const KILLS = Number(process.env.KILLS ?? 10);
const { TTLCache } = await load();
const { file } = await load('tidecache/persist');
const child = fileURLToPath(new URL('children/persist-writer.mjs', import.meta.url));

/** Runs the writer, kills it after `ms` (never, if that is undefined); returns what it said. */
async function writer(args, ms) {
  const writing = spawn(process.execPath, [child, ...args], {
    env: { ...process.env, TIDECACHE_PROJECT: project },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  writing.stdout.on('data', (chunk) => (said += chunk));
  await once(writing.stdout, 'data');
  const timer = ms === undefined ? undefined : setTimeout(() => writing.kill('SIGKILL'), ms);
  await once(writing, 'close');
  clearTimeout(timer);
  const lines = said.split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line));
}

test(`after ${KILLS} kills the file is whole and never older than before`, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidecache-kills-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const name = path.join(folder, 'cache.bin');
  const [seed] = seeds(1);
  const chance = new Random(seed);
  let last = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const [begun, ...later] = await writer([name], 5 + chance.below(150));
    const where = `kill ${kill}, SEED=${seed}`;
    assert.deepEqual(begun.errors, [], where);
    assert.equal(begun.start, last, where);
    const errors = [];
    const cache = new TTLCache({ persist: file(name) });
    cache.on('error', ({ error }) => errors.push(error));
    const count = (await cache.get('count')) ?? 0;
    const first = (await cache.get('first'))?.count ?? 0;
    const second = (await cache.get('second'))?.count ?? 0;
    await cache.close();
    assert.deepEqual(errors, [], where);
    // One state of the cache as it was, between two sets.
    assert.ok(first >= second && second >= count && first <= count + 1, where);
    assert.ok(count >= last, where);
    assert.ok(later.length === 0 || count <= later.at(-1).count + 51, where);
    last = count;
  }
  console.log(`# ${KILLS} kills, SEED=${seed}: ${last} counted`);
});

test('a process that ends by itself loses nothing', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidecache-ends-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const name = path.join(folder, 'cache.bin');
  for (let run = 0; run < 3; run++) {
    const [{ start, errors }] = await writer([name, 'once']);
    assert.deepEqual([start, errors], [run, []]);
  }
});
