/**
 * The cache against a naive twin: some 800,000 random operations in virtual time, with every
 * answer, item, counter and notification compared after each. On the platform's own clock
 * model-platform.test.mjs makes 180,000 more.
 *
 * A failure prints its seed; `SEED=7 node --test tests/js/model.test.mjs` runs that one alone.
 */
import assert from 'node:assert/strict';
import test from 'node:test';

import fc from 'fast-check';

import { load } from './lib/package.mjs';
import { Random, forSeeds } from './lib/random.mjs';
import { ManualTime, Pair, runScript } from './model/pair.mjs';
import { drawOperation, drawSetup, makeValue, POLICIES, REASONS } from './model/script.mjs';

const { TTLCache } = await load();

/** Runs a script of `steps` operations for each seed; a script in which nobody leaves is none. */
async function runScripts(seedCount, steps, drawLimits) {
  let left = 0;
  await forSeeds(seedCount, async (random) => {
    const setup = drawSetup(random, drawLimits(random));
    const pair = new Pair(TTLCache, setup, new ManualTime(), random);
    await runScript(pair, setup, random, steps);
    left += pair.left.evicted + pair.left.expired;
  });
  assert.ok(left > 20 * seedCount || process.env.SEED !== undefined, `only ${left} have left`);
}

test('a cache limited by entries does as its twin', () =>
  runScripts(125, 3_000, (random) => ({ maxSize: random.below(24) + 1 })));

test('a cache limited by weight does as its twin', () =>
  runScripts(70, 3_000, (random) => ({ maxWeight: random.below(100) + 1 })));

test('a cache limited by both does as its twin', () =>
  runScripts(30, 3_000, (random) => ({ maxSize: random.below(12) + 1, maxWeight: 60 })));

test('a cache without limits does as its twin', () => runScripts(20, 3_000, () => ({})));

test('a cache with a table of its own for keys does as its twin', () =>
  runScripts(24, 3_000, (random) => ({ maxSize: 16_384, maxWeight: random.below(100) + 1 })));

test('a full cache of 16,400 entries does as its twin', () =>
  forSeeds(POLICIES.length, async (random, seed) => {
    const setup = {
      ...drawSetup(random, { maxSize: 16_400, keys: 50_000 }),
      policy: POLICIES[seed % POLICIES.length],
      defaultTtl: Infinity,
      jitter: 0,
      notifyOn: REASONS,
      isLarge: true,
    };
    const pair = new Pair(TTLCache, setup, new ManualTime(), random);
    for (let at = 0; at < 16_390; at++) {
      const set = {
        key: `k${at}`,
        value: makeValue(at % 7),
        ttl: at % 99 === 0 ? 100 + at : Infinity,
      };
      pair.cache.sync.set(set.key, set.value, set.ttl);
      pair.model.append(set);
    }
    // Those that are about to leave are used and set again, others go; then new ones come.
    await runScript(pair, { ...setup, keys: 400 }, random, 700, 700);
    await runScript(pair, setup, random, 400, 400);
    for (let at = 0; at < 800; at++) {
      const set = { kind: 'set', sync: true, key: `new${at}`, value: makeValue(at % 7) };
      await pair.apply(set, at === 799);
    }
    assert.ok(pair.left.evicted > 300, `only ${pair.left.evicted} were evicted`);
  }));

/** One operation, as fast-check wants to have it. */
class Command {
  constructor(seed, setup) {
    this.operation = drawOperation(new Random(seed), setup);
  }

  check() {
    return true;
  }

  async run(_, pair) {
    await pair.apply(this.operation);
  }

  toString() {
    return JSON.stringify(this.operation);
  }
}

test('short scripts, which shrink to the shortest that fails, do as their twins', async () => {
  const { SEED } = process.env;
  const property = fc.asyncProperty(
    fc.nat(),
    fc.array(fc.nat(), { maxLength: 60, size: 'max' }),
    async (seed, script) => {
      const random = new Random(seed);
      const setup = drawSetup(random, { maxSize: random.below(4) + 1, maxWeight: 12, keys: 6 });
      const pair = new Pair(TTLCache, setup, new ManualTime(), random);
      const commands = script.map((number) => new Command(number, setup));
      await fc.asyncModelRun(() => ({ model: {}, real: pair }), commands);
    },
  );
  await fc.assert(property, {
    numRuns: 300,
    ...(SEED === undefined ? {} : { seed: Number(SEED) }),
  });
});
