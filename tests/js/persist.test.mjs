/** Snapshots and persistence, as users have them. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { load as loadPackage } from './lib/package.mjs';
import { deferred, manualClock } from './lib/tools.mjs';
import { until } from './lib/waiting.mjs';

const { TTLCache, TTLLRUCache, TTLFIFOCache } = await loadPackage();
const { dump, load, file, indexedDb, persistIn, CacheSerializationError } =
  await loadPackage('tidecache/persist');

const damaged = { code: 'ERR_CACHE_SNAPSHOT' };
const wrong = { code: 'ERR_CACHE_INVALID_ARGUMENT' };

/** A store in memory, which remembers what it was given. */
function memory(bytes) {
  return {
    bytes,
    writes: 0,
    read: async function () {
      return this.bytes;
    },
    write: async function (snapshot) {
      this.bytes = snapshot;
      this.writes += 1;
    },
  };
}

test('a snapshot brings back values of every kind the codec carries', async () => {
  const from = new TTLCache();
  const values = {
    map: new Map([['a', new Set([1n, -0])]]),
    date: new Date(5),
    bytes: new Uint8Array([1, 2]),
    floats: new Float64Array([NaN, 1]),
    nothing: null,
    text: 'ä\ud800',
    nested: { list: [undefined, NaN, { deep: true }] },
  };
  for (const [key, value] of Object.entries(values)) await from.set(key, value);
  const to = new TTLCache();
  assert.equal(await load(to, await dump(from)), 7);
  for (const [key, value] of Object.entries(values)) {
    assert.deepEqual(await to.get(key), value, key);
  }
});

test('keys of every kind come back', async () => {
  const keys = ['', '__proto__', 'constructor', '\ud800', '\udc00', 'ä', 'x'.repeat(100_000)];
  const from = new TTLCache();
  for (const key of keys) await from.set(key, key.length);
  const to = new TTLCache();
  await load(to, await dump(from));
  assert.deepEqual((await to.items()).map(([key]) => key).sort(), [...keys].sort());
});

test('deadlines are absolute, and what has died is neither written nor loaded', async () => {
  const clock = manualClock(1_000);
  const from = new TTLCache({ clock });
  await from.set('dead', 1, 10);
  await from.set('soon', 2, 100);
  await from.set('never', 3, Infinity);
  await from.set('slides', 4, { ttl: 200, sliding: true });
  clock.advance(50);
  const snapshot = await dump(from);
  const later = manualClock(1_120);
  const to = new TTLCache({ clock: later });
  assert.equal(await load(to, snapshot), 2);
  assert.equal(await to.get('soon'), undefined);
  assert.equal((await to.getEntry('never')).expiresAt, Infinity);
  assert.equal((await to.getEntry('slides')).createdAt, 1_000);
  assert.equal((await to.getEntry('slides')).expiresAt, 1_200);
  await to.get('slides');
  assert.equal((await to.getEntry('slides')).expiresAt, 1_320);
});

for (const [Class, left] of [
  [TTLLRUCache, ['a', 'd']],
  [TTLFIFOCache, ['c', 'd']],
]) {
  test(`${Class.name} loads in the order of use, and evicts what does not fit`, async () => {
    const from = new Class({ maxSize: 4 });
    for (const key of ['a', 'b', 'c', 'd']) await from.set(key, key);
    await from.get('d');
    await from.get('a');
    const evicted = [];
    const to = new Class({ maxSize: 2, onEvicted: (key) => void evicted.push(key) });
    await load(to, await dump(from));
    assert.deepEqual((await to.items()).map(([key]) => key).sort(), left);
    assert.equal(evicted.length, 2);
  });
}

test('weights are computed again, and a weigher that throws loads nothing', async () => {
  const from = new TTLCache();
  for (const key of ['a', 'bb', 'ccc']) await from.set(key, key);
  const snapshot = await dump(from);
  const weigh = (value) => value.length;
  const to = new TTLCache({ maxWeight: 5, weigh });
  await load(to, snapshot);
  assert.ok(to.getStats().weight <= 5);
  const broken = new TTLCache({
    maxWeight: 5,
    weigh: (value) => (value === 'ccc' ? -1 : 1),
  });
  await assert.rejects(load(broken, snapshot), RangeError);
  assert.equal(broken.size, 0);
});

test('every cut and every flipped bit is refused, and nothing is loaded', async () => {
  const from = new TTLCache();
  for (let at = 0; at < 3; at++) await from.set(`key ${at}`, { at });
  const snapshot = await dump(from);
  const to = new TTLCache();
  for (let length = 0; length < snapshot.length; length++) {
    await assert.rejects(load(to, snapshot.slice(0, length)), damaged);
  }
  for (let bit = 0; bit < 8 * snapshot.length; bit++) {
    const flipped = snapshot.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    await assert.rejects(load(to, flipped), damaged);
  }
  await assert.rejects(load(to, Uint8Array.of(...snapshot, 0)), CacheSerializationError);
  await assert.rejects(load(to, new Uint8Array(100)), damaged);
  for (const none of [undefined, null, 'text', [], new ArrayBuffer(8)]) {
    await assert.rejects(load(to, none), wrong);
  }
  assert.equal(to.size, 0);
});

test('a value that cannot be carried is named, and nothing is written', async () => {
  const cache = new TTLCache();
  await cache.set('good', 1);
  await cache.set('bad', { call() {} });
  await assert.rejects(dump(cache), (error) => {
    assert.ok(error instanceof CacheSerializationError);
    return error.code === 'ERR_CACHE_SERIALIZATION' && error.key === 'bad';
  });
});

test('what is no cache, or a closed one, is refused', async () => {
  for (const none of [undefined, null, 5, {}]) await assert.rejects(dump(none), wrong);
  const cache = new TTLCache();
  await cache.close();
  await assert.rejects(dump(cache), { code: 'ERR_CACHE_CLOSED' });
});

test('bad options are refused when they are made', () => {
  for (const none of [undefined, null, 5, {}, { read() {} }]) {
    assert.throws(() => persistIn(none), wrong);
  }
  for (const make of [(options) => persistIn(memory(), options), (o) => indexedDb('n', o)]) {
    assert.throws(() => make({ delay: 0 }), wrong);
    assert.throws(() => make({ delay: 'soon' }), wrong);
    assert.throws(() => make({ loadTimeout: -1 }), wrong);
    assert.throws(() => make({ loadTimeOut: 1 }), wrong);
    assert.throws(() => make(null), wrong);
  }
  for (const none of [undefined, 5, '']) assert.throws(() => file(none), wrong);
  assert.throws(() => indexedDb(5), wrong);
  for (const none of [null, 5, {}, memory(), 'file']) {
    assert.throws(() => new TTLCache({ persist: none }), wrong);
    assert.throws(() => new TTLCache({ channel: none }), wrong);
  }
  const persist = persistIn(memory());
  new TTLCache({ persist });
  assert.throws(() => new TTLCache({ persist }), wrong);
});

test('the first use waits for the store, and calls keep their order', async () => {
  const from = new TTLCache();
  await from.set('a', 'old');
  const { promise, resolve } = deferred();
  const store = { ...memory(), read: () => promise };
  const cache = new TTLCache({ persist: persistIn(store) });
  assert.throws(() => cache.sync.get('a'), { code: 'ERR_CACHE_UNSUPPORTED' });
  const seen = [cache.get('a'), cache.set('a', 'new'), cache.get('a')];
  resolve(await dump(from));
  assert.deepEqual(await Promise.all(seen), ['old', true, 'new']);
  assert.equal(cache.sync.get('a'), 'new');
});

test('changes are written together, and the last ones at close', async () => {
  const store = memory();
  const cache = new TTLCache({ persist: persistIn(store, { delay: 5 }) });
  for (let at = 0; at < 100; at++) await cache.set(`k${at}`, at);
  await until(() => store.writes > 0);
  await cache.delete('k0');
  await cache.close();
  assert.ok(store.writes < 20, `${store.writes} writes`);
  const again = new TTLCache({ persist: persistIn(store) });
  assert.equal(await again.get('k1'), 1);
  assert.equal(again.size, 99);
  await again.close();
});

test('what a store does wrong is an error event, and no call fails', async () => {
  const errors = [];
  const store = {
    read: async () => {
      throw new Error('no read');
    },
    write: async () => {
      throw new Error('no write');
    },
  };
  const cache = new TTLCache({ persist: persistIn(store, { delay: 1 }) });
  cache.on('error', ({ error }) => errors.push(error.cause.message));
  await cache.set('a', 1);
  assert.equal(await cache.get('a'), 1);
  await until(() => errors.length >= 3);
  await cache.close();
  assert.deepEqual(errors.slice(0, 3), ['no read', 'no write', 'no write']);
});

test('a store that never answers, or has bytes of others, is a cold start', async () => {
  for (const read of [() => new Promise(() => {}), async () => new Uint8Array(9)]) {
    const errors = [];
    const persist = persistIn({ ...memory(), read }, { loadTimeout: 10 });
    const cache = new TTLCache({ persist });
    cache.on('error', ({ error }) => errors.push(error));
    assert.equal(await cache.get('a'), undefined);
    assert.equal(errors.length, 1);
    await cache.close();
  }
});

test('a cache closed while it loads ends, and writes nothing', async () => {
  const { promise, resolve } = deferred();
  const store = { ...memory(), read: () => promise };
  const cache = new TTLCache({ persist: persistIn(store) });
  const got = cache.get('a');
  await cache.close();
  resolve(undefined);
  await assert.rejects(got, { code: 'ERR_CACHE_CLOSED' });
  assert.equal(store.writes, 0);
});

test('a file has the old state or the new one, and no drafts', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidecache-persist-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const name = path.join(folder, 'deep', 'cache.bin');
  const cache = new TTLCache({ persist: file(name, { delay: 1 }) });
  await cache.set('a', 1);
  await cache.close();
  const again = new TTLCache({ persist: file(name) });
  assert.equal(await again.get('a'), 1);
  await again.close();
  assert.deepEqual(await readdir(path.dirname(name)), ['cache.bin']);
  await writeFile(name, (await readFile(name)).subarray(1));
  const errors = [];
  const third = new TTLCache({ persist: file(name) });
  third.on('error', ({ error }) => errors.push(error.cause.code));
  assert.equal(await third.get('a'), undefined);
  assert.deepEqual(errors, ['ERR_CACHE_SNAPSHOT']);
  await third.close();
});
