/** What is refused before anything is stored, credentials, and connections that end. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { wsconnect } from '@nats-io/nats-core';
import { WebSocket } from 'ws';

import { load } from '../js/lib/package.mjs';
import { NatsServers, oldProgram } from './lib/nats-servers.mjs';

const { natsEngine } = await load('tidecache/nats');

const STORE = Symbol.for('tidecache.engine');
const HOW = { flags: 0, ttlMs: 60_000 };
const bytes = new TextEncoder().encode('v');
const signal = (ms = 5000) => AbortSignal.timeout(ms);

let servers;
before(async () => {
  servers = await NatsServers.start();
});
after(() => servers.stop());

/** Returns a store of this bucket. */
function storeOf(t, options) {
  const store = natsEngine({ servers: servers.urls, ...options })[STORE];
  t.after(() => store.close());
  return store;
}

/** Resolves with a connection of the client's own. */
async function connected(t, urls = servers.urls) {
  const wsFactory = async (url) => ({ socket: new WebSocket(url), encrypted: false });
  const connection = await wsconnect({ servers: urls, wsFactory });
  t.after(() => connection.close());
  return connection;
}

const UNSUPPORTED = { code: 'ERR_CACHE_UNSUPPORTED' };

test('wrong options are told at once', () => {
  const made = (options) => () => natsEngine(options);
  const url = 'ws://127.0.0.1:1';
  for (const options of [
    { servers: url, bucket: 'a.b' },
    { servers: url },
    { servers: 'nats://127.0.0.1:4222', bucket: 'b' },
    { servers: [], bucket: 'b' },
    { servers: [1], bucket: 'b' },
    { connection: {}, bucket: 'b' },
    { servers: url, bucket: 'b', storage: 'paper' },
    { servers: url, bucket: 'b', WebSocket: 1 },
  ]) {
    assert.throws(made(options), { name: 'TypeError', code: 'ERR_CACHE_INVALID_ARGUMENT' });
  }
  for (const more of [{ replicas: 2 }, { maxBytes: 0 }]) {
    assert.throws(made({ servers: url, bucket: 'b', ...more }), RangeError);
  }
});

test('a server that is too old is refused, and one that has no JetStream', async (t) => {
  const old = await NatsServers.start({ program: oldProgram });
  t.after(() => old.stop());
  const engine = natsEngine({ servers: old.urls, bucket: 'b' })[STORE];
  await assert.rejects(engine.connect(), { ...UNSUPPORTED, message: /2\.12\.2.*2\.12\.3/ });
  const plain = await NatsServers.start({ hasJetStream: false });
  t.after(() => plain.stop());
  const without = natsEngine({ servers: plain.urls, bucket: 'b' })[STORE];
  await assert.rejects(without.connect(), { ...UNSUPPORTED, message: /JetStream/ });
});

test('a server that takes only small messages is refused', async (t) => {
  const small = await NatsServers.start({ more: 'max_payload: 65536' });
  t.after(() => small.stop());
  const engine = natsEngine({ servers: small.urls, bucket: 'b' })[STORE];
  await assert.rejects(engine.connect(), /65536 bytes; raise max_payload/);
});

test('a bucket that is there is taken only if it keeps what is needed', async (t) => {
  const connection = await connected(t);
  const make = async (name, config) => {
    const fit = {
      name: `KV_${name}`,
      subjects: [`$KV.${name}.>`],
      max_msgs_per_subject: 1,
      allow_msg_ttl: true,
      allow_rollup_hdrs: true,
    };
    const body = JSON.stringify({ ...fit, ...config });
    const made = await connection.request(`$JS.API.STREAM.CREATE.KV_${name}`, body);
    assert.equal(made.json().error, undefined);
  };
  await make('fit', {});
  await storeOf(t, { bucket: 'fit' }).connect();
  for (const [name, config, fault] of [
    ['no-ttl', { allow_msg_ttl: false }, /allow_msg_ttl/],
    ['history', { max_msgs_per_subject: 5 }, /history/],
    ['no-rollup', { allow_rollup_hdrs: false }, /allow_rollup_hdrs/],
    ['elsewhere', { subjects: ['elsewhere.>'] }, /subjects/],
  ]) {
    await make(name, config);
    const refused = { ...UNSUPPORTED, message: fault };
    await assert.rejects(storeOf(t, { bucket: name }).connect(), refused);
  }
  for (const [options, fault] of [
    [{ storage: 'memory' }, /storage is file, not memory/],
    [{ maxBytes: 1e6 }, /maxBytes is -1, not 1000000/],
    [{ replicas: 3 }, /replicas is 1, not 3/],
  ]) {
    const refused = { ...UNSUPPORTED, message: fault };
    await assert.rejects(storeOf(t, { bucket: 'fit', ...options }).connect(), refused);
  }
});

test('a full bucket makes room, first what was stored first', async (t) => {
  const store = storeOf(t, { bucket: 'full', maxBytes: 100_000, storage: 'memory' });
  const large = new Uint8Array(10_000);
  for (let at = 0; at < 50; at++) await store.put(`k${at}`, large, HOW, signal());
  const held = await store.read(['k0', 'k49'], signal());
  assert.deepEqual(
    held.map((value) => value !== undefined),
    [false, true],
  );
});

test('tokens open the server, and their lack is an error that does not tell them', async (t) => {
  const closed = await NatsServers.start({ more: 'authorization { token: "s3cret" }' });
  t.after(() => closed.stop());
  const open = (token) => natsEngine({ servers: closed.urls, bucket: 'b', token })[STORE];
  const store = open('s3cret');
  t.after(() => store.close());
  assert.ok(await store.put('k', bytes, HOW, signal()));
  for (const token of ['wr0ng', undefined]) {
    const error = await open(token)
      .connect()
      .then(assert.fail, (caught) => caught);
    assert.equal(error.code, 'ERR_CACHE_CONNECTION');
    assert.ok(!`${error.stack}${error.cause?.stack}`.includes('wr0ng'));
  }
});

test("the program's own connection is used, and left open", async (t) => {
  const connection = await connected(t);
  const store = natsEngine({ connection, bucket: 'own' })[STORE];
  await store.put('k', bytes, HOW, signal());
  assert.deepEqual(
    store.servers().map(({ id, state }) => [id, state]),
    [['n0', 'up']],
  );
  await store.close();
  assert.equal(connection.isClosed(), false);
  await assert.rejects(store.connect(), /closed/);
  const second = natsEngine({ connection, bucket: 'own' })[STORE];
  assert.equal((await second.read(['k'], signal())).length, 1);
  await connection.close();
  await assert.rejects(second.read(['k'], signal()), { code: 'ERR_CACHE_CONNECTION' });
  assert.equal(second.servers()[0].state, 'down');
});

test('nobody there is an error, and no engine for ever: it is tried again', async (t) => {
  const late = await NatsServers.start();
  t.after(() => late.stop());
  await late.servers[0].stop();
  const store = natsEngine({ servers: late.urls, bucket: 'b' })[STORE];
  t.after(() => store.close());
  await assert.rejects(store.read(['k'], signal()), { code: 'ERR_CACHE_CONNECTION' });
  assert.equal(store.servers()[0].state, 'down');
  await late.servers[0].start();
  await late.servers[0].ready();
  assert.deepEqual(await store.read(['k'], signal()), [undefined]);
});

test('a write under way on a connection that dies is an error at once', async (t) => {
  const one = await NatsServers.start();
  t.after(() => one.stop());
  const store = natsEngine({ servers: one.urls, bucket: 'b' })[STORE];
  t.after(() => store.close());
  await store.connect();
  const [server] = one.servers;
  server.child.kill('SIGSTOP');
  const start = performance.now();
  const writing = store.put('k', bytes, HOW, signal(9000));
  const failed = assert.rejects(writing, { code: 'ERR_CACHE_CONNECTION', message: /lost/ });
  await pause(100);
  await server.stop();
  await failed;
  assert.ok(performance.now() - start < 5000);
});

test('a server that goes and returns: calls wait as long as they may, watchers are told', async (t) => {
  const one = await NatsServers.start();
  t.after(() => one.stop());
  const client = { reconnectTimeWait: 50, reconnectJitter: 10 };
  const store = natsEngine({ servers: one.urls, bucket: 'b', client })[STORE];
  t.after(() => store.close());
  const told = [];
  await store.watch((key) => told.push(key));
  await store.put('k', bytes, HOW, signal());
  await one.servers[0].stop();
  while (store.servers()[0].state === 'up') await pause(10);
  const start = performance.now();
  await assert.rejects(store.read(['k'], signal(300)), { name: 'TimeoutError' });
  await assert.rejects(store.put('k', bytes, HOW, signal(300)), { name: 'TimeoutError' });
  assert.ok(performance.now() - start < 2000);
  assert.ok(told.includes(undefined));
  const waiting = store.put('later', bytes, HOW, signal(20_000));
  await one.servers[0].start();
  assert.ok(await waiting);
  // What was acknowledged before the process was killed is there.
  const held = await store.read(['k', 'later'], signal());
  assert.ok(held.every((value) => value !== undefined));
  told.length = 0;
  while (!told.includes('after')) {
    await store.put('after', bytes, HOW, signal());
    await pause(50);
  }
});
