/** What is at the edges of `redisEngine`: lives, strangers' values, lost servers, refusals. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { createClientPool } from 'redis';

import { CacheConnectionError, DistributedCache } from '../../pkg/cluster.js';
import { TTLCache } from '../../pkg/index.js';
import { redisEngine } from '../../pkg/redis.js';
import { assertUnreachable } from './lib/behaviour.mjs';
import { LIBRARIES } from './lib/redis-clients.mjs';
import { PROGRAMS, RedisServers, until } from './lib/redis-servers.mjs';

let servers;
before(async () => {
  servers = await RedisServers.start(PROGRAMS.valkey);
});
after(() => servers.stop());

const [server] = [{ ask: (...words) => servers.servers[0].ask(...words) }];

/** Returns a cache on a client of its own, which ends with the test. */
function open(t, library, { port = servers.port, prefix, settings, ...options } = {}) {
  const { client, end } = LIBRARIES[library].single(port, settings);
  const engine = redisEngine({ client, ...(prefix && { prefix }) });
  const cache = new DistributedCache({ engine, ...options });
  t.after(async () => {
    await cache.close();
    end();
  });
  return cache;
}

for (const library of Object.keys(LIBRARIES)) {
  test(`${library}: lives of 1 ms, of none, and over again`, async (t) => {
    const cache = open(t, library, { prefix: `${library}-life:` });
    await cache.set('short', 1, 1);
    await pause(3);
    assert.equal(await cache.get('short'), undefined);
    await cache.set('endless', 1, Infinity);
    assert.equal(await server.ask('PTTL', `${library}-life:endless`), '-1');
    assert.equal((await cache.getEntry('endless')).expiresAt, Infinity);
    assert.equal(await cache.touch('endless', 50), true);
    assert.ok((await cache.getEntry('endless')).expiresAt <= Date.now() + 50);
    assert.equal(await cache.touch('endless', Infinity), true);
    assert.equal(await cache.touch('endless', Infinity), true);
    assert.equal((await cache.getEntry('endless')).expiresAt, Infinity);
    assert.equal(await cache.touch('none', Infinity), false);
    assert.equal(await cache.touch('none', 50), false);
    await cache.set('long', 1, '1000000d');
    assert.ok((await cache.getEntry('long')).expiresAt > Date.now() + 8e13);
    const { version } = await cache.getEntry('endless');
    assert.equal(await cache.set('endless', 2, { ifVersion: version, ttl: 30 }), true);
    await pause(40);
    assert.equal(await cache.has('endless'), false);
  });

  test(`${library}: values of others are told from ours, and kept by conditions`, async (t) => {
    const prefix = `${library}-others:`;
    const cache = open(t, library, { prefix });
    await server.ask('SET', `${prefix}text`, 'a text that is longer than any header of ours');
    await server.ask('RPUSH', `${prefix}list`, 'a');
    for (const key of ['text', 'list']) {
      await assert.rejects(cache.get(key), { code: 'ERR_CACHE_SERIALIZATION', key });
    }
    const version = '0'.repeat(32);
    await assert.rejects(cache.compareAndSet('text', version, 1), {
      code: 'ERR_CACHE_SERIALIZATION',
    });
    assert.equal(await cache.compareAndSet('none', version, 1), false);
    assert.equal(await cache.compareAndSet('none', 'of another engine', 1), false);
    assert.equal(await cache.set('text', 1, { ifAbsent: true }), false);
    assert.equal(await cache.set('text', 1), true);
    assert.equal(await cache.get('text'), 1);
  });

  test(`${library}: clear removes what is below the prefix, as it is written`, async (t) => {
    const cache = open(t, library, { prefix: `${library}-[a*]?:`, timeout: '10s' });
    await server.ask('SET', `${library}-a:k`, 'of another');
    await server.ask('SET', `${library}-[ab]x:k`, 'of another');
    await cache.setMany(Array.from({ length: 2500 }, (_, at) => [`k${at}`, at]));
    await cache.clear();
    assert.equal(await cache.get('k0'), undefined);
    assert.equal(await server.ask('GET', `${library}-a:k`), 'of another');
    assert.equal(await server.ask('GET', `${library}-[ab]x:k`), 'of another');
  });

  test(`${library}: scripts that the server has forgotten are sent again`, async (t) => {
    const cache = open(t, library);
    await cache.set('script', 1);
    assert.equal(await cache.get('script'), 1);
    await server.ask('SCRIPT', 'FLUSH');
    assert.equal(await cache.get('script'), 1);
  });

  test(`${library}: a server that goes and returns is told of, and near copies go`, async (t) => {
    const one = await RedisServers.start(PROGRAMS.redis);
    t.after(() => one.stop());
    const near = new TTLCache({ maxSize: 10 });
    const cache = open(t, library, { port: one.port, timeout: 400, near });
    await cache.connect();
    const states = [];
    cache.on('node', ({ state }) => states.push(state));
    await cache.set('k', 'held');
    const readNear = () => cache.get('k', undefined, { consistency: 'one' });
    while (cache.getStats().nearHits === 0) await readNear();
    await one.servers[0].stop();
    await until('a lost server is seen', () => cache.nodes[0].state !== 'up');
    await assert.rejects(cache.get('k'), (error) => {
      assert.ok(error instanceof CacheConnectionError);
      assert.equal(error.code, 'ERR_CACHE_CONNECTION');
      assert.ok(error.cause !== undefined);
      return true;
    });
    await one.servers[0].start();
    await until('the client has come back', async () => {
      await cache.get('k').catch(() => {});
      return cache.nodes[0].state === 'up';
    });
    // It came back empty: no copy from before is left.
    assert.equal(await readNear(), undefined);
    assert.equal(states.at(-1), 'up');
    assert.ok(
      states.some((state) => state !== 'up'),
      states.join(),
    );
    await cache.set('k', 'again');
    const hits = cache.getStats().nearHits;
    await until('copies are used again', async () => {
      await readNear();
      return cache.getStats().nearHits > hits;
    });
    await one.servers[0].ask('FLUSHALL');
    await until('a flush by another is seen', async () => (await readNear()) === undefined);
  });

  test(`${library}: nobody there is a connection error`, async (t) => {
    const gone = await RedisServers.start(PROGRAMS.redis);
    await gone.stop();
    await assertUnreachable(open(t, library, { port: gone.port, timeout: 200 }));
  });

  test(`${library}: a password that is wrong or missing is a connection error`, async (t) => {
    const locked = await RedisServers.start(PROGRAMS.valkey, ['requirepass secret']);
    t.after(() => locked.stop());
    for (const settings of [{}, { password: 'wrong' }]) {
      const cache = open(t, library, { port: locked.port, settings, timeout: 300 });
      const error = await cache.get('k').then(assert.fail, (caught) => caught);
      assert.equal(error.code, 'ERR_CACHE_CONNECTION', String(error));
    }
    const cache = open(t, library, { port: locked.port, settings: { password: 'secret' } });
    assert.equal(await cache.set('k', 1), true);
    assert.equal(await cache.get('k'), 1);
  });
}

test('what is no client, or one that cannot serve, is refused when the engine is made', () => {
  const strangers = [undefined, null, 'redis://localhost', {}, { sendCommand() {} }];
  for (const client of [...strangers, createClientPool()]) {
    assert.throws(() => redisEngine({ client }), /ioredis or iovalkey/);
  }
  assert.throws(() => redisEngine({ url: 'redis://localhost' }), /createClient/);
  assert.throws(() => redisEngine(), TypeError);
  const { client, end } = LIBRARIES.ioredis.single(1, { lazyConnect: true, keyPrefix: 'a:' });
  assert.throws(() => redisEngine({ client }), /keyPrefix/);
  end();
  const plain = LIBRARIES['node-redis'].single(1).client;
  assert.throws(() => redisEngine({ client: plain, prefix: '' }), TypeError);
  assert.throws(() => redisEngine({ client: plain, bucket: 'b' }), TypeError);
  assert.deepEqual(redisEngine({ client: plain }).capabilities, {
    compareAndSet: true,
    touch: true,
    watch: true,
    minTtlMs: 1,
    maxTtlMs: Infinity,
    maxValueBytes: 2 ** 20,
  });
});
