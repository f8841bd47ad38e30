/** Keyv's own suite over our store, and cache-manager over that. */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';

import { run, write } from '../package/lib/project.mjs';
import { load, project } from './lib/apps.mjs';

const { TTLCache } = await load('tidecache');
const { CacheNode, DistributedCache } = await load('tidecache/cluster');
const { keyvStore } = await load('tidecache/keyv');
const { Keyv } = await load('keyv');
const { createCache } = await load('cache-manager');

/** As the suite's authors have it: one test file that hands over vitest and a store. */
const SUITE = `
import { keyvApiTests, keyvNamespaceTest, keyvValueTests } from '@keyv/test-suite';
import { Keyv } from 'keyv';
import { TTLCache } from 'tidecache';
import { keyvStore } from 'tidecache/keyv';
import * as vitest from 'vitest';

const cache = new TTLCache({ maxSize: 10_000 });
const store = () => keyvStore(cache);
keyvApiTests(vitest, Keyv, store);
keyvValueTests(vitest, Keyv, store);
keyvNamespaceTest(vitest, Keyv, store);
`;

test("Keyv's suite passes", async () => {
  await write(project, { 'keyv/suite.test.mjs': SUITE });
  const report = path.join(project, 'keyv/report.json');
  await rm(report, { force: true });
  const words = ['run', '--root', 'keyv', '--reporter=json', `--outputFile=${report}`];
  await run(path.join(project, 'node_modules/.bin/vitest'), words, { cwd: project });
  const { numPassedTests, numTotalTests } = JSON.parse(await readFile(report, 'utf8'));
  assert.ok(numTotalTests >= 38, `${numTotalTests} tests`);
  assert.equal(numPassedTests, numTotalTests);
});

test('what Keyv keeps lives as long as it says, else as long as the cache says', async () => {
  let now = 1_000_000;
  const cache = new TTLCache({ defaultTtl: '1h', clock: { now: () => now } });
  const store = keyvStore(cache);
  await store.set('short', 'a', 1_000);
  await store.set('long', 'b');
  await store.setMany([
    { key: 'one', value: 'c', ttl: 1_000 },
    { key: 'two', value: 'd', ttl: 0 },
  ]);
  now += 1_000;
  assert.deepEqual(await store.hasMany(['short', 'long', 'one', 'two']), [
    false,
    true,
    false,
    true,
  ]);
  now += 3_600_000;
  assert.deepEqual(await store.getMany(['short', 'long', 'two']), [
    undefined,
    undefined,
    undefined,
  ]);
});

test('a namespace is cleared and listed alone', async () => {
  const cache = new TTLCache();
  const [users, pages] = ['users', 'pages'].map(
    (namespace) => new Keyv({ store: keyvStore(cache), namespace }),
  );
  await users.set('a', 1);
  await pages.set('a', 2);
  const listed = [];
  for await (const [key] of users.store.iterator('users')) listed.push(key);
  assert.deepEqual(listed, ['users:a']);
  await users.clear();
  assert.equal(await users.get('a'), undefined);
  assert.equal(await pages.get('a'), 2);
});

test('a cache that lists no keys says so', async () => {
  const cache = new TTLCache();
  const { get, set, has, clear } = TTLCache.prototype;
  const methods = { get, set, has, clear, delete: TTLCache.prototype.delete };
  const unlisted = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, method.bind(cache)]),
  );
  const store = keyvStore(unlisted);
  await store.set('a:b', 1);
  assert.deepEqual(await store.getMany(['a:b', 'c']), [1, undefined]);
  await assert.rejects(store.iterator('a').next(), TypeError);
  await store.clear();
  assert.equal(await store.get('a:b'), undefined);
});

test('Keyv keeps in a cluster what two processes would share', async () => {
  const node = new CacheNode({ id: 'a' });
  const caches = [1, 2].map(() => {
    const { port1, port2 } = new MessageChannel();
    node.attach(port1);
    return new DistributedCache({ nodes: [{ address: port2, id: 'a' }] });
  });
  const [one, other] = caches.map((cache) => new Keyv({ store: keyvStore(cache) }));
  await one.set('key', { a: [1] }, 60_000);
  assert.deepEqual(await other.get('key'), { a: [1] });
  assert.deepEqual(await other.get(['key', 'none']), [{ a: [1] }, undefined]);
  assert.equal(await other.delete('key'), true);
  assert.equal(await one.has('key'), false);
  await Promise.all(caches.map((cache) => cache.close()));
  await node[Symbol.asyncDispose]();
});

test('cache-manager keeps and wraps over it', async () => {
  const cache = new TTLCache({ maxSize: 100 });
  const manager = createCache({ stores: [new Keyv({ store: keyvStore(cache) })] });
  let calls = 0;
  const work = () => manager.wrap('key', async () => ++calls, 60_000);
  assert.deepEqual(await Promise.all([work(), work()]), [1, 1]);
  assert.equal(await work(), 1);
  await manager.set('other', { a: [1] }, 60_000);
  assert.deepEqual(await manager.get('other'), { a: [1] });
  assert.deepEqual(await manager.mget(['other', 'none']), [{ a: [1] }, undefined]);
  assert.equal(await manager.del('key'), true);
  assert.equal(await manager.get('key'), undefined);
  assert.equal(cache.size, 1);
  await manager.clear();
  assert.equal(cache.size, 0);
});
