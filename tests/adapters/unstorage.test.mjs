/** unstorage over our driver; its own suite is not in its npm package. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/apps.mjs';

const { TTLCache } = await load('tidecache');
const { unstorageDriver } = await load('tidecache/unstorage');
const { createStorage, prefixStorage, restoreSnapshot, snapshot } = await load('unstorage');

let now = 1_000_000;
const makeCache = () => new TTLCache({ defaultTtl: '1h', clock: { now: () => now } });

test('items of every type come back as they were', async () => {
  const storage = createStorage({ driver: unstorageDriver(makeCache()) });
  const items = { text: 'x', number: 1, zero: 0, no: false, list: [1, { a: null }], empty: '' };
  for (const [key, value] of Object.entries(items)) await storage.setItem(`s:${key}`, value);
  for (const [key, value] of Object.entries(items)) {
    assert.deepEqual(await storage.getItem(`s:${key}`), value, key);
    assert.equal(await storage.hasItem(`s:${key}`), true);
  }
  assert.equal(await storage.getItem('s:none'), null);
  assert.equal(await storage.hasItem('s:none'), false);
  const raw = new Uint8Array([1, 2, 3]);
  await storage.setItemRaw('raw', raw);
  assert.deepEqual(await storage.getItemRaw('raw'), raw);
});

test('keys are listed, removed and cleared by their base', async () => {
  const driver = unstorageDriver(makeCache());
  const storage = createStorage({ driver });
  for (const key of ['a:1', 'a:2', 'ab:1', 'b']) await storage.setItem(key, key);
  assert.deepEqual((await storage.getKeys()).sort(), ['a:1', 'a:2', 'ab:1', 'b']);
  assert.deepEqual((await storage.getKeys('a')).sort(), ['a:1', 'a:2']);
  await storage.removeItem('a:1');
  assert.deepEqual(await storage.getKeys('a'), ['a:2']);
  // unstorage itself clears only what is mounted there.
  await driver.clear('a:');
  assert.deepEqual((await storage.getKeys()).sort(), ['ab:1', 'b']);
  await storage.clear();
  assert.deepEqual(await storage.getKeys(), []);
});

test('a mount, a prefix and a snapshot hold what is theirs', async () => {
  const cache = makeCache();
  const storage = createStorage();
  storage.mount('cache', unstorageDriver(cache));
  await storage.setItem('cache:users:ada', 1);
  await storage.setItem('elsewhere', 2);
  assert.equal(cache.size, 1);
  assert.equal(await prefixStorage(storage, 'cache:users').getItem('ada'), 1);
  const taken = await snapshot(storage, 'cache');
  await storage.clear('cache');
  assert.equal(cache.size, 0);
  await restoreSnapshot(storage, taken, 'cache');
  assert.equal(await storage.getItem('cache:users:ada'), 1);
  await storage.unmount('cache');
  assert.equal(cache.closed, false);
});

test('a TTL is in seconds; without one the cache has its own', async () => {
  const driver = unstorageDriver(makeCache());
  const storage = createStorage({ driver });
  await storage.setItem('short', 1, { ttl: 10 });
  await storage.setItem('long', 2);
  now += 10_000;
  assert.deepEqual(await storage.getKeys(), ['long']);
  assert.equal(await storage.getItem('short'), null);
  now += 3_600_000;
  assert.equal(await storage.getItem('long'), null);
  assert.ok(driver.getInstance() instanceof TTLCache);
});
