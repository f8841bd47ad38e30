/**
 * The twins once more where every call into WebAssembly moves its memory, so that no view of it
 * lasts from one call to the next, and where the stamps of uses come to their end.
 */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { forSeeds } from './lib/random.mjs';
import { VirtualPlatform } from './lib/virtual-platform.mjs';
import { ManualTime, Pair, runScript } from './model/pair.mjs';
import { drawSetup, POLICIES, REASONS } from './model/script.mjs';

const STAMP_LIMIT = 2 ** 30;

let calls = 0;
let isGrowing = true;

/** An instance whose functions let memory grow first: to grow by nothing detaches views as well. */
class GrowingInstance extends WebAssembly.Instance {
  constructor(module, imports) {
    super(module, imports);
    const { memory } = super.exports;
    const exports = { ...super.exports };
    for (const [name, call] of Object.entries(super.exports)) {
      if (typeof call === 'function') {
        exports[name] = (...args) => {
          if (isGrowing) {
            memory.grow(calls++ % 512 === 0 ? 1 : 0);
          }
          return call(...args);
        };
      }
    }
    Object.defineProperty(this, 'exports', { value: exports });
  }
}

WebAssembly.Instance = GrowingInstance;
const platform = new VirtualPlatform().install();
const { TTLCache } = await load();

/** The platform as the time of a pair. */
const platformTime = {
  offset: 0,
  get now() {
    return platform.now;
  },
  advance: (ms) => platform.advance(ms),
};

function drawPair(random, limits) {
  const time = random.happens(0.5) ? platformTime : new ManualTime();
  const setup = { ...drawSetup(random, limits), notifyOn: REASONS, ...limits };
  const cleanupInterval = random.pick([20, false]);
  return { setup, pair: new Pair(TTLCache, setup, time, random, { cleanupInterval }) };
}

test('a cache does as its twin when each call moves the memory', async () => {
  isGrowing = true;
  await forSeeds(36, async (random, seed) => {
    const limits = { policy: POLICIES[seed % 3], maxSize: random.below(24) + 1 };
    const { pair, setup } = drawPair(random, limits);
    await runScript(pair, setup, random, 1_000);
    await pair.cache.close();
  });
  assert.ok(calls > 10_000 || process.env.SEED !== undefined, `only ${calls} calls`);
});

for (const grows of [false, true]) {
  const where = grows ? ', also when each call moves the memory' : '';
  test(`the order of uses is exact where stamps begin anew${where}`, async () => {
    isGrowing = grows;
    await forSeeds(24, async (random, seed) => {
      const limits = { policy: POLICIES[seed % 3], maxSize: random.below(12) + 1, keys: 16 };
      const { pair, setup } = drawPair(random, { ...limits, jitter: 0 });
      const store = pair.cache.sync;
      for (let round = 0; round < 8; round++) {
        store.stamp = STAMP_LIMIT - random.below(40);
        do {
          await runScript(pair, setup, random, 80);
        } while (store.stamp > STAMP_LIMIT / 2);
      }
      await pair.cache.close();
    });
  });
}

test('memory that another cache lets grow is seen by all', () => {
  isGrowing = false;
  const still = new TTLCache({ maxSize: 8 });
  still.sync.set('held', 1);
  const growing = new TTLCache();
  for (let at = 0; at < 50_000; at++) {
    growing.sync.set(`k${at}`, at);
    if (at % 1_000 === 0) {
      assert.equal(still.sync.get('held'), 1);
    }
  }
  assert.equal(growing.sync.get('k49999'), 49_999);
  assert.equal(still.sync.get('held'), 1);
});
