/** `getOrSet`: one load in the whole cluster, and what becomes of it. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Cluster } from './lib/cluster.mjs';
import { deferred, turn } from './lib/tools.mjs';

/** One for all tests, because it takes a while until it is warm; each test has keys of its own. */
const cluster = new Cluster();

before(() => cluster.warm());
after(() => cluster.close());

test('twenty clients and their hundred callers load once', async () => {
  const clients = Array.from({ length: 20 }, () => cluster.client({ timeout: '5s' }));
  let loads = 0;
  const loader = async () => {
    loads++;
    await pause(50);
    return { made: loads };
  };
  const callers = clients.flatMap((client) =>
    Array.from({ length: 5 }, () => client.getOrSet('twenty', loader)),
  );
  const values = await Promise.all(callers);
  assert.equal(loads, 1);
  for (const value of values) assert.deepEqual(value, { made: 1 });
  const sum = (name) => clients.reduce((total, client) => total + client.getStats()[name], 0);
  assert.equal(sum('loads'), 1);
  assert.equal(sum('hits') + sum('misses'), 100);
  assert.equal(sum('coalesced'), 80);
});

test('what is held is not loaded', async () => {
  const cache = cluster.client();
  await cache.set('held', null);
  assert.equal(await cache.getOrSet('held', () => assert.fail('loads')), null);
});

test('callers that come while a loader runs join it, and none that come after a write', async () => {
  const cache = cluster.client();
  const writes = {
    deleted: (key) => cache.delete(key),
    cleared: () => cache.clear(),
    set: (key) => cache.set(key, 'set').then(() => cache.delete(key)),
  };
  for (const [key, write] of Object.entries(writes)) {
    const slow = deferred();
    let isLoading = false;
    const first = cache.getOrSet(key, () => {
      isLoading = true;
      return slow.promise;
    });
    while (!isLoading) await turn();
    const joined = cache.getOrSet(key, () => assert.fail('joins'));
    await write(key);
    assert.equal(await cache.getOrSet(key, () => 'new'), 'new');
    slow.resolve('old');
    assert.deepEqual([await first, await joined], ['old', 'old']);
    assert.equal(await cache.get(key), 'new', key);
  }
});

test('what another client writes, deletes or clears during a load wins over it', async () => {
  const [cache, other] = [cluster.client(), cluster.client()];
  for (const [write, left] of [
    [() => other.set('others', 'newer'), 'newer'],
    [() => other.delete('others'), undefined],
    [() => other.clear(), undefined],
  ]) {
    const value = await cache.getOrSet('others', async () => {
      // Longer than the clocks of two clients differ, whose versions decide.
      await pause(20);
      await write();
      return 'loaded';
    });
    assert.equal(value, 'loaded');
    assert.equal(await cache.get('others'), left);
    await other.delete('others');
  }
  assert.equal(cache.getStats().unstored, 3);
});

test('the loader knows the key and says how to store', async () => {
  const cache = cluster.client({ defaultTtl: '10m' });
  const life = async (key) => {
    const { createdAt, expiresAt } = await cache.getEntry(key);
    return expiresAt - createdAt;
  };
  await cache.getOrSet('a', ({ key, stale, background, signal }) => {
    assert.deepEqual([key, stale, background, signal.aborted], ['a', undefined, false, false]);
    return 1;
  });
  await cache.getOrSet('b', () => 1, { ttl: '20m' });
  await cache.getOrSet('c', ({ setOptions }) => (setOptions({ ttl: '30m' }), 1), { ttl: '20m' });
  const lives = [await life('a'), await life('b'), await life('c')];
  assert.ok(
    lives.every((one, at) => Math.abs(one - (at + 1) * 600_000) < 2000),
    String(lives),
  );
  const wrong = { code: 'ERR_CACHE_INVALID_ARGUMENT' };
  await assert.rejects(
    cache.getOrSet('d', ({ setOptions }) => setOptions({ ttl: 0 })),
    wrong,
  );
  await assert.rejects(
    cache.getOrSet('d', ({ setOptions }) => setOptions({ tll: 1 })),
    wrong,
  );
  const tags = ({ setOptions }) => setOptions({ tags: ['a'] });
  await assert.rejects(cache.getOrSet('d', tags), { code: 'ERR_CACHE_UNSUPPORTED' });
});

test('what is not to be stored is returned all the same', async () => {
  const cache = cluster.client();
  const skipped = await cache.getOrSet('store:a', ({ skip }) => (skip(), 1));
  const refused = await cache.getOrSet('store:b', () => 2, { shouldCache: (value) => value > 2 });
  const stored = await cache.getOrSet('store:c', () => 3, { shouldCache: (value) => value > 2 });
  const none = await cache.getOrSet('store:d', () => undefined);
  assert.deepEqual([skipped, refused, stored, none], [1, 2, 3, undefined]);
  const held = await cache.getMany(['store:a', 'store:b', 'store:c', 'store:d']);
  assert.deepEqual([...held.values()], [undefined, undefined, 3, undefined]);
});

test("a loader's error reaches everybody as it is, nothing is stored, and the next call loads", async () => {
  const cache = cluster.client();
  const error = new Error('database');
  const failing = [1, 2, 3].map(() => cache.getOrSet('error', () => Promise.reject(error)));
  for (const one of failing) assert.equal(await one.catch((reason) => reason), error);
  const thrown = cache.getOrSet('error', () => {
    throw error;
  });
  assert.equal(await thrown.catch((reason) => reason), error);
  assert.equal(await cache.has('error'), false);
  assert.equal(await cache.getOrSet('error', () => 1), 1);
  const { loads, loadErrors } = cache.getStats();
  assert.deepEqual({ loads, loadErrors }, { loads: 3, loadErrors: 2 });
});

test('a value that cannot be carried is an error, not a value that is never kept', async () => {
  const cache = cluster.client();
  await assert.rejects(
    cache.getOrSet('carry', () => () => 1),
    { code: 'ERR_CACHE_SERIALIZATION' },
  );
});

test('a loader that takes longer than its timeout is told so and left alone', async () => {
  const cache = cluster.client();
  let told;
  const loader = ({ signal }) => {
    told = signal;
    return new Promise(() => {});
  };
  const late = cache.getOrSet('late', loader, { timeout: '30ms' });
  const joined = cache.getOrSet('late', loader);
  for (const one of [late, joined]) {
    const code = 'ERR_CACHE_LOAD_TIMEOUT';
    await assert.rejects(one, { name: 'CacheLoadError', code, key: 'late' });
  }
  assert.equal(told.aborted, true);
  assert.equal(told.reason.code, 'ERR_CACHE_LOAD_TIMEOUT');
  assert.equal(await cache.getOrSet('late', () => 1, { timeout: Infinity }), 1);
});

test('one of several callers may give up; the loader is told when all have', async () => {
  const cache = cluster.client();
  const slow = deferred();
  let told;
  const loader = ({ signal }) => {
    told = signal;
    return slow.promise;
  };
  const controllers = [new AbortController(), new AbortController()];
  const [first, second] = controllers.map(({ signal }) =>
    cache.getOrSet('abort', loader, { signal }),
  );
  while (told === undefined) await turn();
  controllers[0].abort(new Error('first'));
  await assert.rejects(first, { message: 'first' });
  assert.equal(told.aborted, false);
  controllers[1].abort(new Error('second'));
  await assert.rejects(second, { message: 'second' });
  assert.equal(told.aborted, true);
  assert.equal(told.reason.message, 'second');
  assert.equal(await cache.getOrSet('abort', () => 'anew'), 'anew');
  slow.resolve('late');
});

test('a caller without a signal keeps the loader going', async () => {
  const cache = cluster.client();
  const slow = deferred();
  const controller = new AbortController();
  const { signal } = controller;
  let told;
  const loader = (context) => {
    told = context.signal;
    return slow.promise;
  };
  const impatient = cache.getOrSet('patient', loader, { signal });
  const patient = cache.getOrSet('patient', loader);
  while (told === undefined) await turn();
  controller.abort();
  await assert.rejects(impatient, { name: 'AbortError' });
  slow.resolve('v');
  assert.equal(await patient, 'v');
  assert.equal(told.aborted, false);
});

test('a key can be loaded at once when the load before has failed or was deleted', async () => {
  const [cache, other] = [cluster.client({ timeout: '4s' }), cluster.client({ timeout: '4s' })];
  const endings = {
    stored: () => 1,
    failed: () => Promise.reject(new Error('made nothing')),
    nothing: () => undefined,
    skipped: ({ skip }) => (skip(), 1),
  };
  for (const [name, loader] of Object.entries(endings)) {
    await cache.getOrSet(`lease:${name}`, loader).catch(() => undefined);
    await cache.delete(`lease:${name}`);
    const begun = performance.now();
    assert.equal(await other.getOrSet(`lease:${name}`, () => 2), 2);
    // Half of the timeout is how long a lease is respected that nobody gives back.
    assert.ok(performance.now() - begun < 1_000, name);
  }
});

test('closing rejects who waits for a loader, and tells the loader', async () => {
  const cache = cluster.client();
  const signals = [];
  const never = ({ signal }) => (signals.push(signal), new Promise(() => undefined));
  const waits = [cache.getOrSet('closing', never)];
  while (signals.length === 0) await turn();
  waits.push(cache.getOrSet('closing', never));
  const ends = Promise.all(waits.map((wait) => assert.rejects(wait, { code: 'ERR_CACHE_CLOSED' })));
  await turn();
  // Whoever loads is joined by nobody any more, and is told all the same.
  await cache.set('closing', 1);
  await cache.close();
  await ends;
  assert.equal(signals[0].reason.code, 'ERR_CACHE_CLOSED');
});
