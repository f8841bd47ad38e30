/** The files of `tidecache/http`, when their process is killed at random moments. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { load, project } from './lib/package.mjs';
import { Random, seeds } from './lib/random.mjs';

const KILLS = Number(process.env.KILLS ?? 10);
const MAX_BYTES = 500_000;

const { CacheOnly, createCache } = await load('tidecache/http');
const child = fileURLToPath(new URL('children/http-files.mjs', import.meta.url));

/** Fills the cache in a process, and kills that after `ms`. */
async function fillAndKill(directory, seed, ms) {
  const filling = spawn(process.execPath, [child, directory, String(seed)], {
    env: { ...process.env, TIDECACHE_PROJECT: project },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(filling.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, ms));
  filling.kill('SIGKILL');
  await once(filling, 'close');
}

test(`after ${KILLS} kills every body that is served is whole`, { timeout: 300_000 }, async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tidecache-crash-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const [seed] = seeds(1);
  const chance = new Random(seed);
  let held = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await fillAndKill(directory, seed + kill, chance.below(120));
    const errors = [];
    const on = ({ type, reason }) => type === 'error' && errors.push(reason);
    const cache = createCache({ storage: { directory }, maxBytes: MAX_BYTES, on });
    const get = cache.fetch(() => assert.fail('the network is not asked'), new CacheOnly());
    for (let at = 0; at < 60; at++) {
      const url = `http://origin.test/${at}`;
      const response = await get(url);
      if (response.status === 504) continue;
      const body = await response.text();
      const text = body.slice(65);
      assert.equal(createHash('sha256').update(text).digest('hex'), body.slice(0, 64));
      assert.ok(text.startsWith(`${url} `), `${text.slice(0, 60)} for ${url}, SEED=${seed}`);
      held += 1;
    }
    await cache.close();
    assert.deepEqual(errors, []);
    // No bytes are left that nobody knows of.
    const bodies = path.join(directory, encodeURIComponent('tidecache/default'), 'bodies');
    const names = await readdir(bodies);
    const sizes = await Promise.all(names.map((name) => stat(path.join(bodies, name))));
    const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
    assert.ok(bytes <= MAX_BYTES, `${bytes} bytes of bodies`);
    assert.equal(names.length, cache.stats().entries);
  }
  assert.ok(held > KILLS, `${held} bodies were there`);
});
