/** What a cache does to the process that it lives in: nothing lasting. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'node:test';

import { load, project } from './lib/package.mjs';

const { TTLCache } = await load();
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'children');
const MEGABYTE = 2 ** 20;

/** Runs a program of children/ and returns the object that it prints. */
async function run(name, ...args) {
  const command = ['--expose-gc', path.join(folder, name), ...args];
  const env = { ...process.env, TIDECACHE_PROJECT: project };
  const options = { env, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(process.execPath, command, options);
  return JSON.parse(stdout);
}

test('a process with live caches and armed timers ends by itself, at once', async () => {
  const { size, lingeredMs } = await run('live-cache.mjs');
  assert.equal(size, 2_000);
  assert.ok(lingeredMs < 10_000, `it stayed for ${lingeredMs} ms`);
});

test('a process with clients whose nodes are not there ends by itself', async () => {
  const { lingeredMs } = await run('dropped-client.mjs');
  assert.ok(lingeredMs < 1_000, `it stayed for ${lingeredMs} ms`);
});

test('a client that is dropped without a close closes its links', async () => {
  const { before, after } = await run('collected-client.mjs');
  assert.ok(before >= 1 && after === 0, `${after} of ${before} connections are left`);
});

test('a million entries that nobody reads again are freed by the timer', async () => {
  const left = await run('swept-cache.mjs');
  assert.deepEqual([left.expirations, left.items, left.size], [1_000_000, 0, 0]);
  assert.ok(left.peak >= 16_000_000, `${left.peak} bytes of wasm memory were in use`);
  assert.ok(left.wasmBytes < 100_000, `${left.wasmBytes} bytes of wasm memory are left`);
  assert.ok(left.heapBytes < 8 * MEGABYTE, `${left.heapBytes} bytes of heap are left`);
});

test('caches that are dropped without a close give their wasm memory back', async () => {
  const { bytes, least } = await run('dropped-caches.mjs', 'drop');
  assert.ok(bytes < 12 * least, `${bytes} bytes for rounds of ${least} bytes`);
});

test('caches that are closed give it back at once', async () => {
  const { bytes, least } = await run('dropped-caches.mjs', 'close');
  assert.ok(bytes < 2 * least, `${bytes} bytes for rounds of ${least} bytes`);
});

test('clear gives the memory of all entries back', async () => {
  for (const evictionPolicy of ['lru', 'lfu', 'fifo']) {
    const weigh = () => 1;
    const cache = new TTLCache({ evictionPolicy, maxWeight: 100_000, weigh });
    const { wasmBytes: empty } = { ...cache.getStats(), ...(await used(cache)) };
    for (let at = 0; at < 100_000; at++) {
      cache.sync.set(`k${at}`, at);
    }
    assert.ok(cache.getStats().wasmBytes > 1_600_000);
    await cache.clear();
    assert.ok(cache.getStats().wasmBytes <= empty, evictionPolicy);
  }
});

/** Returns the stats of a cache that has been used and is empty. */
async function used(cache) {
  await cache.set('a', 1);
  await cache.clear();
  return cache.getStats();
}
