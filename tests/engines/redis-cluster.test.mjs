/**
 * `DistributedCache` on a real Redis Cluster of three masters and three replicas, and on one of
 * Valkey; a master ends by kill -9 under load.
 *
 * Redis replicates after it has acknowledged, so that a master's death may lose acknowledged writes
 * of its slots. What is asserted: nothing is read that was not sent; keys of the other masters lose
 * nothing; every error is a connection error; within the time of the test the slots are served
 * again, by every library, and what is written then is there. What was lost is counted and told,
 * and so are calls about keys of other masters that failed while a library looked for the new one.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { DistributedCache } from '../../pkg/cluster.js';
import { redisEngine } from '../../pkg/redis.js';
import { behaviour } from './lib/behaviour.mjs';
import { LIBRARIES } from './lib/redis-clients.mjs';
import { RedisLoad } from './lib/redis-load.mjs';
import { PROGRAMS, RedisServers, until } from './lib/redis-servers.mjs';

const names = Object.keys(LIBRARIES);
const ends = [];
after(() => ends.forEach((end) => end()));

function open(servers, library, prefix, options) {
  const { client, end } = LIBRARIES[library].cluster(servers.ports);
  ends.push(end);
  return new DistributedCache({ engine: redisEngine({ client, prefix }), ...options });
}

let valkey;
before(async () => {
  valkey = await RedisServers.cluster(PROGRAMS.valkey);
});
after(() => valkey.stop());

for (const library of names) {
  behaviour(`${library} on a cluster`, (place, options) =>
    open(valkey, library, `${library}:${place}:`, options),
  );
}

test('writes by condition are each met once, whichever library sends them', async (t) => {
  const caches = names.map((name) => open(valkey, name, 'counted:', { timeout: '5s' }));
  t.after(() => Promise.all(caches.map((cache) => cache.close())));
  await caches[0].set('count', 0);
  const raise = async (cache) => {
    for (let done = 0; done < 40;) {
      const { value, version } = await cache.getEntry('count');
      if (await cache.compareAndSet('count', version, value + 1)) done++;
    }
  };
  await Promise.all([...caches, ...caches].map(raise));
  assert.equal(await caches[0].get('count'), 240);
});

test('a master ends by kill -9 under load', { timeout: 90_000 }, async (t) => {
  const redis = await RedisServers.cluster(PROGRAMS.redis);
  t.after(() => redis.stop());
  const keys = Array.from({ length: 12 }, (_, at) => `k${at}`);
  const caches = names.map((name) => open(redis, name, `${name}:`, { timeout: 800 }));
  t.after(() => Promise.all(caches.map((cache) => cache.close())));
  await Promise.all(caches.map((cache) => cache.connect()));
  const loads = caches.map((cache) => new RedisLoad(cache, keys));
  await Promise.all(loads.map((load) => load.start()));
  await until('some load', () => loads.every(({ calls }) => calls > 500));
  for (const { failures, older, misses } of loads) {
    assert.deepEqual([failures, older, misses], [[], [], []]);
  }
  const [victim] = redis.servers;
  const held = new Set((await victim.ask('KEYS', '*')).split('\n'));
  const killedAt = performance.now();
  await victim.stop('SIGKILL');
  const isBack = () => loads.every((load) => load.hasWrittenSince(killedAt + 100));
  await until('every key is written again', isBack, 60_000);
  const stallMs = Math.round(performance.now() - killedAt);
  await Promise.all(loads.map((load) => load.stop()));
  for (const [at, { failures, older, misses, calls, longestMs }] of loads.entries()) {
    const isOfVictim = (key) => held.has(`${names[at]}:${key}`);
    assert.ok(keys.some(isOfVictim) && !keys.every(isOfVictim));
    for (const { error } of failures) {
      assert.equal(error.code, 'ERR_CACHE_CONNECTION', String(error.stack));
    }
    assert.deepEqual(
      [...older, ...misses].filter((key) => !isOfVictim(key)),
      [],
    );
    t.diagnostic(
      `${names[at]}: ${calls} calls, ${failures.length} failed (` +
        `${failures.filter(({ key }) => !isOfVictim(key)).length} about keys of other masters), ` +
        `${older.length} read older, ` +
        `${misses.length} missed, the longest took ${Math.round(longestMs)} ms`,
    );
  }
  t.diagnostic(`all slots were written again ${stallMs} ms after the kill`);
  // New clients: those of before may still hold commands that nobody waits for any more.
  const fresh = names.map((name) => open(redis, name, 'after:', { timeout: '5s' }));
  t.after(() => Promise.all(fresh.map((cache) => cache.close())));
  for (const key of keys) {
    assert.equal(await fresh[0].set(key, `${key} is kept`), true);
  }
  for (const cache of fresh) {
    const found = await cache.getMany(keys);
    assert.deepEqual(
      [...found],
      keys.map((key) => [key, `${key} is kept`]),
    );
  }
});
