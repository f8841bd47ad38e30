/** What loads leave behind: nothing. `LOADS=10000000` for a long run (`cargo xtask soak loads`). */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { project } from './lib/package.mjs';

const LOADS = Number(process.env.LOADS ?? 100_000);
/** What a heap may differ by from one collection to the next. */
const SLACK_BYTES = 700_000;
const child = fileURLToPath(new URL('children/many-loads.mjs', import.meta.url));

test(`memory is steady over ${LOADS} loads of every kind`, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', child, String(LOADS)],
    { env: { ...process.env, TIDECACHE_PROJECT: project } },
  );
  const { samples, ...counts } = JSON.parse(stdout);
  console.log(`# ${stdout.trim()}`);
  assert.ok(counts.loads >= LOADS);
  for (const [name, count] of Object.entries(counts)) assert.ok(count > LOADS / 1_000, name);
  const [first, ...later] = samples;
  for (const { heap, wasm } of later) {
    assert.ok(heap < first.heap + SLACK_BYTES, JSON.stringify(samples));
    assert.equal(wasm, first.wasm);
  }
});
