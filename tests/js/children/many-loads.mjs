/**
 * Makes loads of every kind and prints how much memory was held on the way, as JSON.
 *
 *     node --expose-gc tests/js/children/many-loads.mjs LOADS
 */
import { load } from '../lib/package.mjs';

const { TTLCache } = await load();

const total = Number(process.argv[2]);
const SAMPLES = 10;
let now = 1;
const cache = new TTLCache({ maxSize: 100, clock: { now: () => now }, defaultTtl: 50 });
const space = cache.namespace('space', { tags: ['space'] });
const windows = { staleWhileRevalidate: 100, staleIfError: 200, tags: ['t', 'u'] };
const { signal } = new AbortController();
let made = 0;
const make = () => ++made;
const down = () => {
  made++;
  throw new Error('down');
};

/** One of each kind, on a key of many. */
const KINDS = [
  (key) => cache.getOrSet(key, make, { timeout: '1h', signal }),
  (key) => cache.getOrSet(key, make, windows),
  (key) => cache.getOrSet(key, down, { ...windows, softTimeout: '1h' }),
  (key) => cache.getOrSet(key, down, { cacheErrors: 20 }),
  (key) => cache.getOrSet(key, make, { fresh: true, ttl: 10, sliding: true }),
  (key) => Promise.all([1, 2, 3].map(() => space.getOrSet(key, async () => make()))),
  (key) => cache.getOrSet(key, make, { refreshAhead: 0.1, shouldCache: () => made % 2 === 0 }),
  (key) => {
    const controller = new AbortController();
    const given = cache.getOrSet(key, async ({ signal: own }) => make(own), {
      fresh: true,
      signal: controller.signal,
    });
    controller.abort();
    return given;
  },
];

/** What is held: the heap after a collection, and WebAssembly. */
function measure() {
  globalThis.gc();
  return { heap: process.memoryUsage().heapUsed, wasm: cache.getStats().wasmBytes };
}

const samples = [];
for (let sample = 0; sample < SAMPLES; sample++) {
  while (made < ((sample + 1) / SAMPLES) * total) {
    for (let turn = 0; turn < 100; turn++) {
      const key = `k${(turn * 7 + made) % 110}`;
      await KINDS[(turn + made) % KINDS.length](key).catch(() => undefined);
      if (turn % 10 === 0) now += 1;
    }
    if (made % 7 === 0) await cache.invalidateTags('t', 'space');
  }
  // What nobody waits for ends first.
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  samples.push(measure());
}
const { loads, loadErrors, coalesced, staleHits } = cache.getStats();
console.log(JSON.stringify({ samples, loads, loadErrors, coalesced, staleHits }));
