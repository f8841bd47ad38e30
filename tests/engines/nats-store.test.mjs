/** A bucket of a real NATS server as the seam sees it: `EngineStore`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { headers, wsconnect } from '@nats-io/nats-core';
import { WebSocket } from 'ws';

import { load } from '../js/lib/package.mjs';
import { NatsServers } from './lib/nats-servers.mjs';

const { natsEngine } = await load('tidecache/nats');

const STORE = Symbol.for('tidecache.engine');
const text = new TextEncoder();
const HOUR = 3_600_000;

let servers;
before(async () => {
  servers = await NatsServers.start();
});
after(() => servers.stop());

let buckets = 0;
/** Returns the store of a new bucket, or of one that is there. */
function storeOf(t, { bucket = `b${buckets++}`, ...more } = {}) {
  const store = natsEngine({ servers: servers.urls, bucket, ...more })[STORE];
  t.after(() => store.close());
  return Object.assign(store, { bucket });
}

const signal = () => AbortSignal.timeout(5000);
const put = (store, key, value, how = {}) =>
  store.put(key, text.encode(value), { flags: 3, ttlMs: HOUR, ...how }, signal());
const read = async (store, key) => (await store.read([key], signal()))[0];
const valueOf = async (store, key) => {
  const held = await read(store, key);
  return held && Buffer.from(held.bytes).toString();
};

/** Resolves with a connection that knows nothing of this package. */
async function rawConnection(t) {
  const wsFactory = async (url) => ({ socket: new WebSocket(url), encrypted: false });
  const connection = await wsconnect({ servers: servers.urls, wsFactory });
  t.after(() => connection.close());
  return connection;
}

test('what is put is read with its flags, life and version', async (t) => {
  const store = storeOf(t);
  const before = Date.now();
  const version = await put(store, 'k', 'v');
  const held = await read(store, 'k');
  assert.equal(Buffer.from(held.bytes).toString(), 'v');
  assert.equal(held.flags, 3);
  assert.equal(held.version, version);
  assert.ok(held.createdAtMs >= before && held.createdAtMs <= Date.now());
  assert.ok(held.remainingMs > HOUR - 5000 && held.remainingMs <= HOUR + 50, held.remainingMs);
  assert.notEqual(await put(store, 'k', 'v'), version);
  const [first, second] = await store.read(['absent', 'k'], signal());
  assert.equal(first, undefined);
  assert.equal(second.flags, 3);
});

test('keys of every kind are kept apart, the empty one too', async (t) => {
  const store = storeOf(t);
  const keys = [
    '',
    '=',
    '=clear',
    '.',
    '*',
    '>',
    'a.b',
    'a b',
    'ä',
    '\u0000',
    '😀',
    'x'.repeat(1024),
  ];
  for (const key of keys) await put(store, key, `of ${key}`);
  for (const key of keys) assert.equal(await valueOf(store, key), `of ${key}`);
  assert.equal(await store.delete(keys, signal()), keys.length);
});

test('a life is kept to the millisecond, though servers count seconds', async (t) => {
  const store = storeOf(t);
  await put(store, 'exact', 'v', { ttlMs: 1400 });
  await put(store, 'least', 'v', { ttlMs: 1000 });
  await put(store, 'endless', 'v', { ttlMs: Infinity });
  await put(store, 'long', 'v', { ttlMs: 1e14 });
  const start = performance.now();
  assert.ok((await read(store, 'exact')).remainingMs > 1200);
  while ((await read(store, 'exact')) !== undefined) await pause(20);
  const lived = performance.now() - start;
  assert.ok(lived > 1300 && lived < 1700, `${lived} ms`);
  assert.equal(await read(store, 'least'), undefined);
  assert.equal((await read(store, 'endless')).remainingMs, Infinity);
  assert.ok((await read(store, 'long')).remainingMs > 9e13);
  for (const ttlMs of [999, 1, 0, -1, NaN]) {
    await assert.rejects(put(store, 'k', 'v', { ttlMs }), RangeError);
    await assert.rejects(store.touch('exact', ttlMs, signal()), RangeError);
  }
});

test('conditions are decided where writes are ordered', async (t) => {
  const [one, two] = [storeOf(t), storeOf(t)];
  const others = Array.from({ length: 8 }, () => storeOf(t, { bucket: one.bucket }));
  const all = await Promise.all(
    others.map((store, at) => put(store, 'k', `${at}`, { ifAbsent: true })),
  );
  assert.equal(all.filter((version) => version !== undefined).length, 1);
  const { version } = await read(one, 'k');
  assert.ok(all.includes(version));
  const swaps = await Promise.all(
    others.map((store, at) => put(store, 'k', `swapped ${at}`, { ifVersion: version })),
  );
  assert.equal(swaps.filter((won) => won !== undefined).length, 1);
  assert.equal(await put(one, 'k', 'late', { ifVersion: version }), undefined);
  assert.equal(await put(one, 'none', 'v', { ifVersion: version }), undefined);
  assert.equal(await read(two, 'k'), undefined);
});

test('a counter that many raise by its version loses none', async (t) => {
  const first = storeOf(t);
  await put(first, 'n', '0');
  const raise = async (store) => {
    for (;;) {
      const held = await read(store, 'n');
      const next = `${Number(Buffer.from(held.bytes)) + 1}`;
      if ((await put(store, 'n', next, { ifVersion: held.version })) !== undefined) return;
    }
  };
  const others = Array.from({ length: 4 }, () => storeOf(t, { bucket: first.bucket }));
  await Promise.all(others.flatMap((store) => Array.from({ length: 10 }, () => raise(store))));
  assert.equal(await valueOf(first, 'n'), '40');
});

test('what has ended or been removed is absent, also before the server sweeps it', async (t) => {
  const store = storeOf(t);
  const version = await put(store, 'k', 'v', { ttlMs: 1001 });
  while ((await read(store, 'k')) !== undefined) await pause(10);
  assert.equal(await put(store, 'k', 'x', { ifVersion: version }), undefined);
  assert.equal(await store.touch('k', HOUR, signal()), false);
  assert.equal(await store.delete(['k'], signal()), 0);
  assert.ok(await put(store, 'k', 'again', { ifAbsent: true }));
  assert.equal(await store.delete(['k', 'other'], signal()), 1);
  assert.equal(await store.delete(['k'], signal()), 0);
  assert.equal(await read(store, 'k'), undefined);
  assert.ok(await put(store, 'k', 'after a marker', { ifAbsent: true }));
});

test('touch sets a life anew and leaves value and version', async (t) => {
  const store = storeOf(t);
  const version = await put(store, 'k', 'v', { ttlMs: 1000 });
  assert.equal(await store.touch('k', 60_000, signal()), true);
  await pause(1500);
  const held = await read(store, 'k');
  assert.equal(held.version, version);
  assert.ok(held.remainingMs > 50_000);
  assert.ok(await put(store, 'k', 'w', { ifVersion: version }));
  assert.equal(await store.touch('absent', 60_000, signal()), false);
});

test('clear removes what is in the bucket, and in no other', async (t) => {
  const [store, other] = [storeOf(t), storeOf(t)];
  for (let at = 0; at < 300; at++) await put(store, `k${at}`, 'v');
  await put(other, 'k1', 'kept');
  const release = await store.lease('k1', 60_000, signal());
  await store.clear(signal());
  const held = await store.read(
    Array.from({ length: 300 }, (_, at) => `k${at}`),
    signal(),
  );
  assert.equal(held.filter((one) => one !== undefined).length, 0);
  assert.equal(await valueOf(other, 'k1'), 'kept');
  assert.equal(await store.lease('k1', 1000, signal()), undefined);
  await release();
});

test('one has a lease at a time, until it is given back or ends', async (t) => {
  const one = storeOf(t);
  const two = storeOf(t, { bucket: one.bucket });
  const release = await one.lease('k', 60_000, signal());
  assert.equal(await two.lease('k', 60_000, signal()), undefined);
  assert.ok(await two.lease('other', 60_000, signal()));
  assert.equal(await read(one, 'k'), undefined);
  await release();
  const short = await two.lease('k', 10, signal());
  assert.equal(await one.lease('k', 10, signal()), undefined);
  let next;
  while ((next = await one.lease('k', 60_000, signal())) === undefined) await pause(50);
  // What has ended gives nothing back that is another's.
  await short();
  assert.equal(await two.lease('k', 60_000, signal()), undefined);
  await next();
});

test('changes are told in their order, by whomever they were made', async (t) => {
  const store = storeOf(t);
  const other = storeOf(t, { bucket: store.bucket });
  const told = [];
  const end = await store.watch((key) => told.push(key));
  await put(other, 'a', '1');
  await put(store, '', '2');
  await other.delete(['a'], signal());
  await other.touch('', HOUR, signal());
  await (
    await other.lease('a', 1000, signal())
  )();
  await other.clear(signal());
  await put(other, 'last', '3');
  while (!told.includes('last')) await pause(5);
  assert.deepEqual(told, ['a', '', 'a', '', undefined, 'last']);
  await end();
  await put(other, 'unheard', '4');
  await pause(200);
  assert.equal(told.length, 6);
});

test('what others wrote is an error that says so, not a value', async (t) => {
  const store = storeOf(t);
  await store.connect();
  const connection = await rawConnection(t);
  const key = Buffer.from('k').toString('base64url');
  await connection.request(`$KV.${store.bucket}.${key}`, 'plain text');
  const error = await read(store, 'k').then(assert.fail, (caught) => caught);
  assert.equal(error.code, 'ERR_CACHE_SERIALIZATION');
  assert.equal(error.key, 'k');
  await put(store, 'k', 'ours');
  assert.equal(await valueOf(store, 'k'), 'ours');
  // A life as Go writes it; the server cuts it to seconds.
  const { message } = (
    await connection.request(
      `$JS.API.STREAM.MSG.GET.KV_${store.bucket}`,
      JSON.stringify({ last_by_subj: `$KV.${store.bucket}.${key}` }),
    )
  ).json();
  const given = headers();
  given.set('Nats-TTL', '1m30s');
  const payload = Buffer.from(message.data, 'base64');
  await connection.request(`$KV.${store.bucket}.${key}`, payload, { headers: given });
  const { remainingMs } = await read(store, 'k');
  assert.ok(remainingMs > 85_000 && remainingMs <= 90_050, `${remainingMs}`);
});

test('the largest value passes', async (t) => {
  const store = storeOf(t);
  const engine = natsEngine({ servers: servers.urls, bucket: 'x' });
  const largest = 'x'.repeat(engine.capabilities.maxValueBytes - 20);
  await put(store, 'large', largest, { ttlMs: 123_456 });
  assert.equal((await read(store, 'large')).bytes.length, largest.length);
  await assert.rejects(put(store, 'k', 'x'.repeat(2 ** 20)), { code: 'ERR_CACHE_CONNECTION' });
  assert.equal(await valueOf(store, 'k'), undefined);
});
