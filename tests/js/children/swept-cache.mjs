/** Fills a cache with a million entries that die soon, reads none again, and says what is left. */
import { setTimeout as wait } from 'node:timers/promises';

import { load } from '../lib/package.mjs';

const ENTRIES = 1_000_000;
const { TTLCache } = await load();

globalThis.gc();
const before = process.memoryUsage().heapUsed;
// Time stands still until the cache is full, however long that takes.
let filledAt = Infinity;
const clock = { now: () => Math.max(0, performance.now() - filledAt) };
const cache = new TTLCache({ clock, defaultTtl: '200ms', cleanupInterval: '100ms' });
for (let at = 0; at < ENTRIES; at++) {
  cache.sync.set(`key-${at}`, { at });
}
const { wasmBytes: peak } = cache.getStats();
filledAt = performance.now();
while (cache.getStats().expirations < ENTRIES && clock.now() < 20_000) {
  await wait(25);
}
globalThis.gc();
const { expirations, items, wasmBytes } = cache.getStats();
const heapBytes = process.memoryUsage().heapUsed - before;
console.log(JSON.stringify({ expirations, items, size: cache.size, peak, wasmBytes, heapBytes }));
