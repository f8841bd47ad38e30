/** When entries die, what keeps them alive, and what clocks may do. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { manualClock, recorder } from './lib/tools.mjs';

const { TTLCache } = await load();

function makeCache(options = {}) {
  const clock = manualClock();
  const { told, onEvicted } = recorder();
  const cache = new TTLCache({ clock, onEvicted, cleanupInterval: false, ...options });
  return { cache, clock, told };
}

/** Ways to ask whether an entry is there. */
const QUESTIONS = {
  get: async (cache) => (await cache.get('a')) !== undefined,
  has: (cache) => cache.has('a'),
  'sync.peek': (cache) => cache.sync.peek('a') !== undefined,
  getEntry: async (cache) => (await cache.getEntry('a')) !== undefined,
  getMany: async (cache) => (await cache.getMany(['a'])).get('a') !== undefined,
  take: async (cache) => (await cache.take('a')) !== undefined,
  touch: (cache) => cache.touch('a'),
  delete: (cache) => cache.delete('a'),
  deleteMany: async (cache) => (await cache.deleteMany(['a'])) === 1,
  items: async (cache) => (await cache.items()).length === 1,
  size: (cache) => cache.size === 1,
  stats: (cache) => cache.getStats().items === 1,
  ifAbsent: async (cache) => !(await cache.set('a', 2, { ifAbsent: true })),
};

for (const [name, isThere] of Object.entries(QUESTIONS)) {
  test(`an entry is alive until its deadline and dead at it: ${name}`, async () => {
    for (const [moment, expected] of [
      [99, true],
      [99.999, true],
      [100, false],
      [101, false],
    ]) {
      const { cache, clock } = makeCache();
      await cache.set('a', 1, 100);
      clock.advance(moment);
      assert.equal(await isThere(cache), expected, `after ${moment} ms`);
    }
  });
}

for (const [name, ask] of Object.entries(QUESTIONS)) {
  if (!['items', 'size', 'stats'].includes(name)) {
    test(`whoever finds a dead entry has it told of at once: ${name}`, async () => {
      const { cache, clock, told } = makeCache();
      await cache.set('a', 1, 10);
      clock.advance(10);
      await ask(cache);
      assert.deepEqual(told, [['a', 1, 'expired']]);
      assert.equal(cache.getStats().expirations, 1);
    });
  }
}

test('the default TTL is five minutes', async () => {
  const { cache, clock } = makeCache();
  await cache.set('a', 1);
  clock.advance(299_999);
  assert.equal(await cache.has('a'), true);
  clock.advance(1);
  assert.equal(await cache.has('a'), false);
});

test('a TTL is milliseconds, a string with a unit, or Infinity', async () => {
  for (const [ttl, ms] of [
    [1.5, 1.5],
    ['7ms', 7],
    ['0.5s', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    [Infinity, Infinity],
  ]) {
    const { cache, clock } = makeCache();
    await cache.set('a', 1, ttl);
    await cache.set('b', 1, { ttl });
    assert.equal((await cache.getEntry('a')).expiresAt, clock.now() + ms);
    assert.equal((await cache.getEntry('b')).expiresAt, clock.now() + ms);
    const other = makeCache({ defaultTtl: ttl });
    await other.cache.set('a', 1);
    assert.equal((await other.cache.getEntry('a')).expiresAt, clock.now() + ms);
  }
});

test('an entry without end is there after a thousand years', async () => {
  const { cache, clock } = makeCache({ defaultTtl: Infinity });
  await cache.set('a', 1);
  clock.advance(1_000 * 365 * 86_400_000);
  assert.equal(await cache.get('a'), 1);
  assert.equal((await cache.getEntry('a')).expiresAt, Infinity);
});

test('touch starts the default TTL from now, or the one that is given', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 100 });
  await cache.set('a', 1, 30);
  clock.advance(20);
  assert.equal(await cache.touch('a'), true);
  assert.equal((await cache.getEntry('a')).expiresAt, 1_120);
  assert.equal(await cache.touch('a', '5ms'), true);
  assert.equal((await cache.getEntry('a')).expiresAt, 1_025);
  assert.equal(await cache.touch('a', Infinity), true);
  assert.equal((await cache.getEntry('a')).expiresAt, Infinity);
  assert.equal(await cache.touch('b'), false);
});

test('touch changes neither the value nor when it was set', async () => {
  const { cache, clock } = makeCache();
  await cache.set('a', 1);
  const { version, createdAt } = await cache.getEntry('a');
  clock.advance(7);
  await cache.touch('a');
  const touched = await cache.getEntry('a');
  assert.deepEqual([touched.value, touched.version, touched.createdAt], [1, version, createdAt]);
});

test('a use starts the life of a sliding entry anew, with its own TTL', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 100, sliding: true });
  await cache.set('a', 1);
  await cache.set('b', 1, 10);
  for (let at = 0; at < 20; at++) {
    clock.advance(9);
    assert.equal(await cache.get('b'), 1);
  }
  assert.equal(await cache.has('a'), false);
  clock.advance(10);
  assert.equal(await cache.get('b'), undefined);
});

test('has, peek, items and getEntry do not slide; getMany and getEntry with touch do', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 10, sliding: true });
  await cache.set('a', 1);
  clock.advance(4);
  await cache.has('a');
  cache.sync.peek('a');
  await cache.items();
  assert.equal((await cache.getEntry('a')).expiresAt, 1_010);
  await cache.getMany(['a']);
  assert.equal((await cache.getEntry('a')).expiresAt, 1_014);
  clock.advance(4);
  assert.equal((await cache.getEntry('a', { touch: true })).expiresAt, 1_018);
});

test('an entry may slide alone, or alone not slide', async () => {
  for (const sliding of [false, true]) {
    const { cache, clock } = makeCache({ defaultTtl: 10, sliding });
    await cache.set('usual', 1);
    await cache.set('other', 1, { sliding: !sliding });
    clock.advance(6);
    await cache.getMany(['usual', 'other']);
    clock.advance(6);
    assert.equal(await cache.has('usual'), sliding);
    assert.equal(await cache.has('other'), !sliding);
  }
});

test('a sliding entry slides by the TTL that touch gave it', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 10, sliding: true });
  await cache.set('a', 1);
  await cache.touch('a', 50);
  clock.advance(40);
  await cache.get('a');
  assert.equal((await cache.getEntry('a')).expiresAt, clock.now() + 50);
});

test('a new value of a sliding key slides only if it was set so', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 10 });
  await cache.set('a', 1, { sliding: true });
  await cache.set('a', 2);
  clock.advance(6);
  await cache.get('a');
  clock.advance(6);
  assert.equal(await cache.get('a'), undefined);
});

test('jitter takes a random part off each TTL, once for each set and touch', async () => {
  const draws = [0, 0.5, 0.75, 0.25];
  const { cache, clock } = makeCache({
    defaultTtl: 1_000,
    jitter: 0.2,
    random: () => draws.shift(),
  });
  const ttlOf = async (key) => (await cache.getEntry(key)).expiresAt - clock.now();
  await cache.set('a', 1);
  assert.equal(await ttlOf('a'), 1_000);
  await cache.set('b', 1);
  assert.equal(await ttlOf('b'), 900);
  await cache.set('c', 1, 100);
  assert.equal(await ttlOf('c'), 85);
  await cache.touch('b');
  assert.equal(await ttlOf('b'), 950);
  assert.equal(draws.length, 0);
});

test('a sliding entry keeps the TTL that its jitter left it', async () => {
  const draws = [0.5];
  const { cache, clock } = makeCache({
    defaultTtl: 1_000,
    jitter: 0.2,
    sliding: true,
    random: () => draws.shift(),
  });
  await cache.set('a', 1);
  clock.advance(10);
  await cache.get('a');
  assert.equal((await cache.getEntry('a')).expiresAt, clock.now() + 900);
});

test('jitter leaves a millisecond at least, and Infinity alone', async () => {
  let draws = 0;
  const random = () => {
    draws++;
    return 0.99;
  };
  const { cache, clock } = makeCache({ jitter: 0.99, random });
  await cache.set('a', 1, 2);
  assert.equal((await cache.getEntry('a')).expiresAt, clock.now() + 1);
  await cache.set('b', 1, 0.5);
  assert.equal((await cache.getEntry('b')).expiresAt, clock.now() + 0.5);
  assert.equal(draws, 2);
  await cache.set('c', 1, Infinity);
  assert.equal((await cache.getEntry('c')).expiresAt, Infinity);
  assert.equal(draws, 2);
});

test('without random, jitter comes from Math.random and stays within its part', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 1_000, jitter: 0.5 });
  const ttls = new Set();
  for (let at = 0; at < 100; at++) {
    await cache.set('a', 1);
    ttls.add((await cache.getEntry('a')).expiresAt - clock.now());
  }
  assert.ok(ttls.size > 50);
  assert.ok([...ttls].every((ttl) => ttl > 500 && ttl <= 1_000));
});

test('a clock that steps back revives nothing and lets nothing live longer', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 100 });
  await cache.set('dead', 1, 50);
  clock.advance(50);
  assert.equal(cache.size, 0);
  clock.advance(-40);
  assert.equal(await cache.get('dead'), undefined);
  await cache.set('a', 1);
  clock.advance(60);
  assert.equal(await cache.has('a'), true);
  clock.advance(-1_000);
  assert.equal(await cache.has('a'), true);
  clock.advance(39);
  assert.equal(await cache.has('a'), true);
  clock.advance(1);
  assert.equal(await cache.has('a'), false);
});

test('what an entry says of its times is in the units of the clock as it goes now', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 100 });
  await cache.set('a', 1);
  clock.advance(10);
  assert.equal(cache.size, 1);
  clock.advance(-500);
  const { createdAt, expiresAt } = await cache.getEntry('a');
  assert.deepEqual([createdAt, expiresAt], [clock.now() - 10, clock.now() + 90]);
});

test('without a clock, times are milliseconds since the epoch', async () => {
  const cache = new TTLCache({ defaultTtl: '1h' });
  const before = Date.now();
  await cache.set('a', 1);
  const { createdAt, expiresAt } = await cache.getEntry('a');
  assert.ok(createdAt >= before && createdAt <= Date.now());
  assert.equal(expiresAt, createdAt + 3_600_000);
});

for (const wrong of [NaN, undefined, '12', Infinity, -Infinity, null]) {
  test(`a clock that gives ${String(wrong)} is refused, and nothing has changed`, async () => {
    let time = 1_000;
    const cache = new TTLCache({ clock: { now: () => time }, cleanupInterval: false });
    await cache.set('a', 1);
    time = wrong;
    for (const call of [
      () => cache.set('a', 2),
      () => cache.set('b', 2),
      () => cache.setMany({ a: 2, b: 2 }),
      () => cache.get('a'),
      () => cache.has('a'),
      () => cache.delete('a'),
      () => cache.take('a'),
      () => cache.touch('a'),
    ]) {
      await assert.rejects(call, { name: 'RangeError', code: 'ERR_CACHE_INVALID_ARGUMENT' });
    }
    time = 1_001;
    assert.deepEqual(await cache.items(), [['a', 1]]);
  });
}

test('a clock that moves with every reading never shows half an entry', async () => {
  let time = 0;
  for (let ttl = 1; ttl < 40; ttl++) {
    const cache = new TTLCache({ clock: { now: () => time++ }, cleanupInterval: false });
    await cache.set('a', 'value', ttl);
    for (let at = 0; at < 30; at++) {
      const entry = await cache.getEntry('a', { touch: at % 2 === 0 });
      assert.ok(entry === undefined || (entry.value === 'value' && entry.expiresAt < Infinity));
    }
  }
});

test('dead entries make room before living ones have to', async () => {
  for (const evictionPolicy of ['lru', 'lfu', 'fifo']) {
    const { cache, clock, told } = makeCache({ evictionPolicy, maxSize: 3 });
    await cache.set('old', 1, Infinity);
    await cache.set('dying', 1, 10);
    await cache.set('young', 1, Infinity);
    clock.advance(10);
    await cache.set('new', 1, Infinity);
    assert.deepEqual(told, [['dying', 1, 'expired']]);
    const { evictions, expirations } = cache.getStats();
    assert.deepEqual([evictions, expirations], [0, 1]);
  }
});

test('a new value brings a life of its own', async () => {
  const { cache, clock } = makeCache({ defaultTtl: 100 });
  await cache.set('a', 1, 10);
  clock.advance(5);
  await cache.set('a', 2);
  clock.advance(50);
  assert.equal(await cache.get('a'), 2);
  await cache.set('a', 3, 1);
  clock.advance(1);
  assert.equal(await cache.get('a'), undefined);
});
