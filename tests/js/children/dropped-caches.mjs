/** Makes many caches, drops or closes them, and says how large the wasm memory has become. */
import { setTimeout as wait } from 'node:timers/promises';

import { load } from '../lib/package.mjs';

const ROUNDS = 40;
const CACHES = 10;
const ENTRIES = 5_000;

let memory;
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(module, imports) {
    super(module, imports);
    memory = this.exports.memory;
  }
};
const { TTLCache, withCache } = await load();

const [how] = process.argv.slice(2);
for (let round = 0; round < ROUNDS; round++) {
  for (let at = 0; at < CACHES; at++) {
    const cache = new TTLCache({
      evictionPolicy: ['lru', 'lfu', 'fifo'][at % 3],
      sliding: at % 2 === 0,
      maxSize: ENTRIES,
      cleanupInterval: '1h',
      onEvicted: () => cache.size,
    });
    cache.on('error', () => cache.size);
    const { sync } = cache;
    for (let entry = 0; entry < ENTRIES; entry++) {
      sync.set(`k${entry}`, entry);
    }
    await withCache(cache, () => 1)();
    await cache.transaction((tx) => tx.get('k1'));
    if (how === 'close') {
      await cache.close();
    }
  }
  if (how === 'drop') {
    globalThis.gc();
    await wait(1);
  }
}
console.log(JSON.stringify({ bytes: memory.buffer.byteLength, least: CACHES * ENTRIES * 16 }));
