/** Fake timers, whoever fakes them and whenever, and the timer of the sweep. */
import assert from 'node:assert/strict';
import test, { mock } from 'node:test';

import sinon from 'sinon';

import { load, loadFresh } from './lib/package.mjs';
import { recorder } from './lib/tools.mjs';

const { TTLCache } = await load();

const DAY = 86_400_000;
const TIMER_MAX = 2 ** 31 - 1;

/**
 * Runs `work` with sinon's timers, and takes them away whatever happens. Ticks and microtasks stay
 * real: the test runner and the loader of modules need theirs.
 */
async function withSinon(work, now = Date.now()) {
  const clock = sinon.useFakeTimers({ now, toNotFake: ['nextTick', 'queueMicrotask'] });
  try {
    await work(clock);
  } finally {
    clock.restore();
  }
}

/** The same with those of node:test. */
async function withMock(work, apis = ['setTimeout', 'Date']) {
  mock.timers.enable({ apis, now: Date.now() });
  try {
    await work(mock.timers);
  } finally {
    mock.timers.reset();
  }
}

/** Uses the cache on a clock that `tick` moves, through every way of reading. */
async function lives(cache, tick) {
  for (let round = 0; round < 3; round++) {
    cache.sync.set('a', round, 1_000);
    tick(999);
    for (let at = 0; at < 100; at++) {
      assert.equal(cache.sync.get('a'), round);
    }
    assert.equal(await cache.get('a'), round);
    tick(1);
    assert.equal(cache.sync.get('a'), undefined);
    assert.equal(await cache.has('a'), false);
    await cache.set('b', round, '1m');
    tick(59_999);
    assert.equal(cache.size, 1);
    tick(1);
    assert.equal(cache.size, 0);
  }
}

test('fake timers that come after the cache move its time', async () => {
  const cache = new TTLCache();
  cache.sync.set('held', 1, '1h');
  cache.sync.get('held');
  await withSinon(async (clock) => {
    assert.equal(cache.sync.get('held'), 1);
    clock.tick(3_600_000);
    assert.equal(cache.sync.get('held'), undefined);
    await lives(cache, (ms) => clock.tick(ms));
  });
  await withMock((timers) => lives(cache, (ms) => timers.tick(ms)));
  await cache.close();
});

test('fake timers that come before the cache move its time', async () => {
  await withSinon((clock) => lives(new TTLCache({ maxSize: 5 }), (ms) => clock.tick(ms)));
  await withMock((timers) => lives(new TTLCache({ maxSize: 5 }), (ms) => timers.tick(ms)));
});

test('fake timers that come before the package move its time', async () => {
  await withSinon(async (clock) => {
    const fresh = await loadFresh();
    const cache = new fresh.TTLCache();
    await lives(cache, (ms) => clock.tick(ms));
    await cache.set('b', 1, Infinity);
    clock.restore();
    assert.equal(await cache.get('b'), 1);
  });
  await withMock(async (timers) => {
    const fresh = await loadFresh();
    await lives(new fresh.TTLCache(), (ms) => timers.tick(ms));
  });
});

test('when the fakes are gone, time goes on from where it was', async () => {
  const cache = new TTLCache();
  await withSinon(async (clock) => {
    await cache.set('dead', 1, 1_000);
    await cache.set('living', 1, '1h');
    clock.tick(1_800_000);
    assert.equal(await cache.has('dead'), false);
    assert.equal(await cache.has('living'), true);
  });
  assert.equal(await cache.get('dead'), undefined);
  assert.equal(await cache.get('living'), 1);
  const { expiresAt } = await cache.getEntry('living');
  const left = expiresAt - Date.now();
  assert.ok(left > 1_795_000 && left <= 1_800_000, `${left} ms left`);
});

test('fakes that begin at 0 revive nothing and kill nothing', async () => {
  const cache = new TTLCache();
  await cache.set('living', 1, '1h');
  await withSinon(async (clock) => {
    assert.equal(await cache.get('living'), 1);
    const { createdAt, expiresAt } = await cache.getEntry('living');
    assert.ok(Math.abs(createdAt) <= 1_000 && expiresAt - createdAt === 3_600_000);
    clock.tick(3_600_000);
    assert.equal(await cache.get('living'), undefined);
  }, 0);
});

test('Date.setSystemTime moves the time without timers', async () => {
  await withSinon(async (clock) => {
    const cache = new TTLCache();
    await cache.set('a', 1, '1h');
    clock.setSystemTime(Date.now() + 3_599_999);
    assert.equal(await cache.get('a'), 1);
    clock.setSystemTime(Date.now() + 1);
    assert.equal(await cache.get('a'), undefined);
  });
});

test('a Date.now that somebody replaced is asked every time', async () => {
  const cache = new TTLCache();
  const { now } = Date;
  let time = now();
  Date.now = () => time;
  try {
    cache.sync.set('a', 1, 10);
    for (let at = 0; at < 9; at++) {
      time++;
      assert.equal(cache.sync.get('a'), 1);
    }
    time++;
    assert.equal(cache.sync.get('a'), undefined);
  } finally {
    Date.now = now;
  }
});

test('the sweep frees what nobody asks for, within its interval', () =>
  withSinon(async (clock) => {
    const { told, onEvicted } = recorder();
    const cache = new TTLCache({ defaultTtl: '10s', onEvicted });
    await cache.set('a', 1);
    clock.tick(59_999);
    assert.deepEqual(told, []);
    clock.tick(1);
    assert.deepEqual(told, [['a', 1, 'expired']]);
    assert.equal(cache.getStats().expirations, 1);
    assert.equal(clock.countTimers(), 0, 'there is nothing more to wait for');
  }));

test('cleanupInterval says how often, and false never', () =>
  withSinon(async (clock) => {
    const quick = recorder();
    const never = recorder();
    const caches = [
      new TTLCache({ defaultTtl: 1, cleanupInterval: '5s', onEvicted: quick.onEvicted }),
      new TTLCache({ defaultTtl: 1, cleanupInterval: false, onEvicted: never.onEvicted }),
    ];
    for (const cache of caches) {
      await cache.set('a', 1);
    }
    assert.equal(clock.countTimers(), 1);
    clock.tick(5_000);
    assert.equal(quick.told.length, 1);
    clock.tick(10 * DAY);
    assert.equal(never.told.length, 0);
  }));

test('one timer sweeps, whatever is set', () =>
  withSinon(async (clock) => {
    const cache = new TTLCache({ cleanupInterval: '1s' });
    for (const ttl of [Infinity, '30d', 500, '1h', 1, '2s', '90d', 1_500]) {
      await cache.set(`for ${ttl}`, 1, ttl);
      await cache.touch(`for ${ttl}`, ttl);
      assert.ok(clock.countTimers() <= 1);
    }
    clock.tick(10_000);
    assert.equal(clock.countTimers(), 1);
    await cache.close();
    assert.equal(clock.countTimers(), 0);
  }));

test('an entry that dies soon is swept soon, however long those before it live', () =>
  withSinon(async (clock) => {
    const { told, onEvicted } = recorder();
    const cache = new TTLCache({ onEvicted });
    await cache.set('long', 1, '30d');
    await cache.set('longer', 1, '1h');
    await cache.set('short', 1, '1s');
    clock.tick(61_000);
    assert.deepEqual(told, [['short', 1, 'expired']]);
    await cache.touch('long', '10s');
    clock.tick(70_000);
    assert.deepEqual(told[1], ['long', 1, 'expired']);
    clock.tick(3_600_000);
    assert.deepEqual(told[2], ['longer', 1, 'expired']);
  }));

test('an entry that lives longer than timers can wait is swept in its time', () =>
  withSinon(async (clock) => {
    const { told, onEvicted } = recorder();
    const delays = [];
    const { setTimeout: fake } = globalThis;
    globalThis.setTimeout = (callback, delay) => {
      delays.push(delay);
      return fake(callback, delay);
    };
    try {
      const cache = new TTLCache({ defaultTtl: '30d', onEvicted });
      await cache.set('a', 1);
      await cache.set('for ever', 1, Infinity);
      clock.tick(30 * DAY - 1);
      assert.equal(await cache.get('a'), 1);
      assert.deepEqual(told, []);
      clock.tick(60_001);
      assert.deepEqual(told, [['a', 1, 'expired']]);
      clock.tick(1_000 * DAY);
      assert.equal(await cache.get('for ever'), 1);
      assert.ok(delays.every((delay) => delay > 0 && delay <= TIMER_MAX));
      assert.ok(delays.length < 10, `${delays.length} timers for thirty days`);
      assert.equal(clock.countTimers(), 0);
    } finally {
      globalThis.setTimeout = fake;
    }
  }));

test('an interval longer than timers can wait, and one of Infinity, are kept', () =>
  withSinon(async (clock) => {
    const { told, onEvicted } = recorder();
    const cache = new TTLCache({ defaultTtl: 1, cleanupInterval: '60d', onEvicted });
    await cache.set('a', 1);
    clock.tick(61 * DAY);
    assert.equal(told.length, 1);
    const never = new TTLCache({ defaultTtl: 1, cleanupInterval: Infinity });
    await never.set('a', 1);
    assert.equal(clock.countTimers(), 0);
  }));

test('entries that never die need no timer', () =>
  withSinon(async (clock) => {
    const cache = new TTLCache({ defaultTtl: Infinity });
    await cache.set('a', 1);
    assert.equal(clock.countTimers(), 0);
    await cache.set('b', 1, 5);
    assert.equal(clock.countTimers(), 1);
    await cache.delete('b');
    clock.tick(DAY);
    assert.equal(clock.countTimers(), 0);
  }));

test('many entries that die together are freed in steps that let others run', () =>
  withSinon(async (clock) => {
    const cache = new TTLCache({ defaultTtl: '1s', cleanupInterval: '1s' });
    for (let at = 0; at < 30_000; at++) {
      cache.sync.set(`k${at}`, at);
    }
    clock.tick(1_000);
    const first = cache.getStats().expirations;
    assert.ok(first > 0 && first < 30_000, `${first} at once`);
    clock.tick(1_000);
    assert.equal(cache.getStats().expirations, 30_000);
    assert.equal(clock.countTimers(), 0);
  }));

test('a callback of the sweep may set entries and stop the cache', () =>
  withSinon(async (clock) => {
    let calls = 0;
    const cache = new TTLCache({
      defaultTtl: '1s',
      cleanupInterval: '1s',
      onEvicted: () => {
        if (++calls < 5) {
          cache.sync.set('again', calls);
        } else {
          void cache.stop();
        }
      },
    });
    await cache.set('a', 1);
    clock.tick(60_000);
    assert.equal(calls, 5);
    assert.equal(clock.countTimers(), 0);
    await cache.set('b', 1);
    clock.tick(60_000);
    assert.equal(calls, 5);
  }));

test('a clock that fails under the sweep is told as an error, and sweeping goes on', () =>
  withSinon(async (clock) => {
    let offset = 0;
    const { told, onEvicted } = recorder();
    const cache = new TTLCache({
      clock: { now: () => Date.now() + offset },
      defaultTtl: '1s',
      cleanupInterval: '1s',
      onEvicted,
    });
    const errors = [];
    cache.on('error', ({ error }) => errors.push(error));
    await cache.set('a', 1);
    offset = NaN;
    clock.tick(5_000);
    assert.ok(errors.length >= 1);
    assert.match(errors[0].message, /sweep/);
    offset = 0;
    await cache.set('b', 1);
    clock.tick(5_000);
    assert.deepEqual(told.map(([key]) => key).sort(), ['a', 'b']);
  }));

test('a real timer that fake ones could not clear does not touch a closed cache', async () => {
  const crashes = [];
  const note = (error) => crashes.push(error);
  process.on('uncaughtException', note);
  try {
    const [closed, stopped] = [0, 1].map(() => new TTLCache({ defaultTtl: 5, cleanupInterval: 5 }));
    await closed.set('a', 1);
    await stopped.set('a', 1);
    await withSinon(async () => {
      await closed.close();
      await stopped.stop();
    });
    await new Promise((resolve) => {
      setTimeout(resolve, 40);
    });
    assert.deepEqual(crashes, []);
    assert.equal(stopped.getStats().expirations, 0);
  } finally {
    process.off('uncaughtException', note);
  }
});
