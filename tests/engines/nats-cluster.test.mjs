/**
 * Three NATS servers and a bucket on all of them: one is killed under load. Checked is what
 * JetStream promises with three replicas, and no more: no acknowledged write is lost, and conditions
 * hold. How many reads were old, how many calls failed and for how long is told, not asserted.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { wsconnect } from '@nats-io/nats-core';
import { WebSocket } from 'ws';

import { load } from '../js/lib/package.mjs';
import { NatsLoad } from './lib/nats-load.mjs';
import { NatsServers } from './lib/nats-servers.mjs';

const { natsEngine } = await load('tidecache/nats');

const STORE = Symbol.for('tidecache.engine');

let servers;
before(async () => {
  servers = await NatsServers.start({ count: 3 });
});
after(() => servers.stop());

/** Resolves with what the cluster knows of a bucket's stream. */
async function streamInfo(bucket) {
  const wsFactory = async (url) => ({ socket: new WebSocket(url), encrypted: false });
  const connection = await wsconnect({ servers: servers.urls, wsFactory });
  try {
    const answer = await connection.request(`$JS.API.STREAM.INFO.KV_${bucket}`);
    return answer.json();
  } finally {
    await connection.close();
  }
}

/** Runs a load, kills a server that `choose` names, starts it again, and checks. */
async function killUnderLoad(t, bucket, choose) {
  const client = { reconnectTimeWait: 100, reconnectJitter: 50 };
  const stores = Array.from(
    { length: 4 },
    () => natsEngine({ servers: servers.urls, bucket, replicas: 3, client })[STORE],
  );
  t.after(() => Promise.all(stores.map((store) => store.close())));
  const [first] = stores;
  await first.connect();
  const { config, cluster } = await streamInfo(bucket);
  assert.equal(config.num_replicas, 3);
  const load = new NatsLoad(stores);
  load.start();
  await pause(1500);
  assert.deepEqual(load.failures, []);
  const victim = servers.servers.find(({ name }) => choose(name, cluster.leader));
  await victim.stop('SIGKILL');
  const killed = performance.now();
  const states = [...load.written.values()];
  const before = states.map(({ acknowledged }) => acknowledged);
  // Without its leader nobody stores until the others have found a new one.
  while (!states.every(({ acknowledged }, at) => acknowledged > before[at] + 5)) {
    assert.ok(performance.now() - killed < 60_000, 'two of three servers do the work');
    await pause(20);
  }
  const resumedMs = Math.round(performance.now() - killed);
  await pause(1500);
  await victim.start();
  await victim.ready();
  await pause(1500);
  await load.stop();
  t.diagnostic(`every key written again ${resumedMs} ms after the kill; ${load.summary()}`);
  await load.check();
}

test('the leader of a bucket is killed under load: nothing acknowledged is lost', (t) =>
  killUnderLoad(t, 'leader', (name, leader) => name === leader));

test('a follower is killed under load: nothing acknowledged is lost', (t) =>
  killUnderLoad(t, 'follower', (name, leader) => name !== leader));

test('a watcher learns of what changes while its server dies', async (t) => {
  const client = { reconnectTimeWait: 100, reconnectJitter: 50, noRandomize: true };
  const engineAt = (urls) =>
    natsEngine({ servers: urls, bucket: 'watched', replicas: 3, client })[STORE];
  const [watcher, writer] = [engineAt(servers.urls), engineAt([...servers.urls].reverse())];
  t.after(() => Promise.all([watcher.close(), writer.close()]));
  const told = new Set();
  await watcher.watch((key) => told.add(key));
  const put = (key) =>
    writer.put(key, new Uint8Array(1), { flags: 0, ttlMs: 60_000 }, AbortSignal.timeout(10_000));
  await put('before');
  while (!told.has('before')) await pause(5);
  const [{ id }] = watcher.servers();
  const victim = servers.servers.find(({ name }) => name === id);
  await victim.stop('SIGKILL');
  await put('while');
  while (!(told.has('while') || told.has(undefined))) await pause(5);
  for (let at = 0; ; at++) {
    await put(`after ${at}`);
    await pause(100);
    if (told.has(`after ${at}`)) break;
  }
  await victim.start();
  await victim.ready();
});
