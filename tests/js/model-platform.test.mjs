/**
 * The same twins with the platform's clock and timers: the shortest way of a hit, the coarse clock
 * and the sweeper, in virtual time.
 */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { forSeeds } from './lib/random.mjs';
import { VirtualPlatform } from './lib/virtual-platform.mjs';
import { Pair, runScript } from './model/pair.mjs';
import { drawSetup, REASONS } from './model/script.mjs';

const platform = new VirtualPlatform().install();
const { TTLCache } = await load();

/** The platform as the time of a pair: it has no clock to hand over, and does not step back. */
const time = {
  offset: 0,
  get now() {
    return platform.now;
  },
  advance: (ms) => platform.advance(ms),
};

function runScripts(seedCount, steps, drawLimits) {
  return forSeeds(seedCount, async (random) => {
    const limits = drawLimits(random);
    const setup = { ...drawSetup(random, limits), notifyOn: REASONS, ...limits };
    const { cleanupInterval } = setup;
    const pair = new Pair(TTLCache, setup, time, random, { cleanupInterval });
    await runScript(pair, setup, random, steps);
    await pair.cache.close();
  });
}

test('hits without a clock of their own do as their twins', () =>
  runScripts(30, 3_000, (random) => ({
    policy: 'lru',
    sliding: false,
    maxSize: random.below(24) + 1,
    cleanupInterval: false,
  })));

test('caches of every kind on the coarse clock do as their twins', () =>
  runScripts(15, 3_000, (random) => ({ maxWeight: 60, cleanupInterval: random.pick([7, false]) })));

test('the sweeper frees each dead entry within its interval', () =>
  runScripts(15, 3_000, (random) => ({
    maxSize: random.pick([Infinity, 20]),
    defaultTtl: random.pick([20, 100, 5_000]),
    cleanupInterval: random.pick([1, 25, 90]),
  })));

test('no timer is armed once all caches are closed', () => {
  platform.advance(1);
  assert.equal(platform.armed, 0);
});
