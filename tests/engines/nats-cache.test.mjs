/** `DistributedCache` on a real NATS server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { load } from '../js/lib/package.mjs';
import { assertUnreachable, behaviour } from './lib/behaviour.mjs';
import { NatsServers } from './lib/nats-servers.mjs';

const { DistributedCache } = await load('tidecache/cluster');
const { natsEngine } = await load('tidecache/nats');

let servers;
before(async () => {
  servers = await NatsServers.start();
});
after(() => servers.stop());

const client = { reconnectTimeWait: 50, reconnectJitter: 10 };
const open = (bucket, options) =>
  new DistributedCache({
    engine: natsEngine({ servers: servers.urls, bucket, client }),
    ...options,
  });

behaviour('nats', open);

test('an engine is for one cache, and tells what it can do before it is used', (t) => {
  const engine = natsEngine({ servers: servers.urls, bucket: 'once' });
  assert.equal(engine.name, 'nats');
  assert.deepEqual(engine.capabilities, {
    compareAndSet: true,
    touch: true,
    watch: true,
    minTtlMs: 1000,
    maxTtlMs: Infinity,
    maxValueBytes: 2 ** 20 - 1024,
  });
  const cache = new DistributedCache({ engine });
  t.after(() => cache.close());
  assert.throws(() => new DistributedCache({ engine }), TypeError);
  assert.throws(() => new DistributedCache({ engine: {} }), TypeError);
});

test('a life below a second is refused, by default and by call', async (t) => {
  const cache = open('short', {});
  t.after(() => cache.close());
  await assert.rejects(cache.set('k', 1, 999), RangeError);
  await assert.rejects(cache.touch('k', '10ms'), RangeError);
  assert.equal(await cache.get('k'), undefined);
  const short = open('short', { defaultTtl: '1s' });
  t.after(() => short.close());
  assert.equal(await short.set('k', 1), true);
});

test('a server that goes and returns is told of; calls meanwhile fail by their time', async (t) => {
  const one = await NatsServers.start();
  t.after(() => one.stop());
  const engine = natsEngine({ servers: one.urls, bucket: 'b', client });
  const cache = new DistributedCache({ engine, timeout: 300 });
  t.after(() => cache.close());
  const states = [];
  cache.on('node', ({ state }) => states.push(state));
  await cache.set('k', 'kept');
  await one.servers[0].stop();
  while (cache.nodes[0].state === 'up') await pause(5);
  await assert.rejects(cache.get('k'), { code: 'ERR_CACHE_CONNECTION' });
  await one.servers[0].start();
  await one.servers[0].ready();
  let value;
  while (value === undefined) value = await cache.get('k').catch(() => undefined);
  assert.equal(value, 'kept');
  assert.deepEqual(states, ['up', 'suspect', 'up']);
});

test('nobody there: every call is a connection error', async (t) => {
  const gone = await NatsServers.start();
  await gone.stop();
  const cache = new DistributedCache({ engine: natsEngine({ servers: gone.urls, bucket: 'b' }) });
  t.after(() => cache.close());
  await assertUnreachable(cache);
});
