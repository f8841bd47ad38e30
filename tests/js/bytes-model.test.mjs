/**
 * The scripts of model.test.mjs in bytes mode: the same operations against the same twin, with
 * strings for values, of which the storage is given some as `Uint8Array`s.
 */
import assert from 'node:assert/strict';
import test from 'node:test';

import { byteSetup, makeText } from './lib/byte-values.mjs';
import { load } from './lib/package.mjs';
import { forSeeds } from './lib/random.mjs';
import { ManualTime, Pair, runScript } from './model/pair.mjs';
import { drawSetup, POLICIES, REASONS } from './model/script.mjs';

const { TTLCache } = await load();
const { bytes } = await load('tidecache/bytes');

/** Runs a script of `steps` operations for each seed; a script in which nobody leaves is none. */
async function runScripts(seedCount, steps, drawLimits) {
  let left = 0;
  await forSeeds(seedCount, async (random) => {
    const setup = drawSetup(random, byteSetup(bytes, drawLimits(random)));
    const pair = new Pair(TTLCache, setup, new ManualTime(), random);
    await runScript(pair, setup, random, steps);
    left += pair.left.evicted + pair.left.expired;
    await pair.cache.close();
  });
  assert.ok(left > 20 * seedCount || process.env.SEED !== undefined, `only ${left} have left`);
}

test('a cache of bytes limited by entries does as its twin', () =>
  runScripts(60, 2_000, (random) => ({ maxSize: random.below(24) + 1 })));

test('a cache limited by bytes does as its twin', () =>
  runScripts(60, 2_000, (random) => ({ maxWeight: random.below(600) + 40 })));

test('a cache of bytes limited by both does as its twin', () =>
  runScripts(20, 2_000, (random) => ({ maxSize: random.below(12) + 1, maxWeight: 300 })));

test('a cache of bytes without limits does as its twin', () => runScripts(12, 2_000, () => ({})));

test('a full cache of 16,400 byte entries does as its twin', () =>
  forSeeds(POLICIES.length, async (random, seed) => {
    const setup = {
      ...drawSetup(random, byteSetup(bytes, { maxSize: 16_400, keys: 50_000 })),
      policy: POLICIES[seed % POLICIES.length],
      defaultTtl: Infinity,
      jitter: 0,
      notifyOn: REASONS,
      isLarge: true,
    };
    const pair = new Pair(TTLCache, setup, new ManualTime(), random);
    for (let at = 0; at < 16_390; at++) {
      const key = `k${at}`;
      const ttl = at % 99 === 0 ? 100 + at : Infinity;
      const set = { key, value: makeText(at % 40, key), ttl };
      pair.cache.sync.set(key, set.value, ttl);
      pair.model.append(set);
    }
    await runScript(pair, { ...setup, keys: 400 }, random, 300, 300);
    for (let at = 0; at < 500; at++) {
      const set = { kind: 'set', sync: true, key: `new${at}`, value: makeText(at % 40, 'new') };
      await pair.apply(set, at === 499);
    }
    assert.ok(pair.left.evicted > 300, `only ${pair.left.evicted} were evicted`);
    await pair.cache.close();
  }));
