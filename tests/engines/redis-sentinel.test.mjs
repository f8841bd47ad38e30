/** `DistributedCache` on a real master under Sentinel, which ends by kill -9. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DistributedCache } from '../../pkg/cluster.js';
import { TTLCache } from '../../pkg/index.js';
import { redisEngine } from '../../pkg/redis.js';
import { LIBRARIES } from './lib/redis-clients.mjs';
import { PROGRAMS, RedisServers, until } from './lib/redis-servers.mjs';

test('Sentinel leads every library to the new master', { timeout: 90_000 }, async (t) => {
  const servers = await RedisServers.sentinel(PROGRAMS.redis);
  t.after(() => servers.stop());
  const caches = Object.entries(LIBRARIES).map(([name, library]) => {
    const { client, end } = library.sentinel(servers.ports.slice(2));
    const engine = redisEngine({ client, prefix: `${name}:` });
    // The Sentinel client of node-redis lends no connection that could be listened on.
    assert.equal(engine.capabilities.watch, name !== 'node-redis');
    if (name === 'node-redis') {
      assert.throws(() => new DistributedCache({ engine, near: new TTLCache({ maxSize: 10 }) }), {
        code: 'ERR_CACHE_UNSUPPORTED',
      });
    }
    const near = engine.capabilities.watch ? { near: new TTLCache({ maxSize: 10 }) } : {};
    const cache = new DistributedCache({ engine, timeout: 500, ...near });
    t.after(async () => {
      await cache.close();
      end();
    });
    return cache;
  });
  for (const cache of caches) {
    await cache.connect();
    assert.equal(await cache.set('k', 'before'), true);
    assert.equal(await cache.get('k'), 'before');
    assert.equal(await cache.set('k', 'no', { ifAbsent: true }), false);
    const { version } = await cache.getEntry('k');
    assert.equal(await cache.compareAndSet('k', version, 'next'), true);
    assert.equal(await cache.delete('k'), true);
    assert.equal(await cache.getOrSet('k', () => 'loaded'), 'loaded');
    await cache.clear();
    assert.equal(await cache.get('k'), undefined);
    await cache.set('k', 'held');
    assert.equal(cache.nodes[0].state, 'up');
  }
  await servers.servers[0].stop('SIGKILL');
  for (const cache of caches) {
    const errors = new Set();
    await until(
      'the new master takes writes',
      () =>
        cache.set('k', 'after').catch((error) => {
          errors.add(error.code);
          return false;
        }),
      60_000,
    );
    assert.ok(
      [...errors].every((code) => code === 'ERR_CACHE_CONNECTION'),
      [...errors].join(),
    );
    assert.equal(await cache.get('k'), 'after');
  }
});
