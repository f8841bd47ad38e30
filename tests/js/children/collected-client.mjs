/** Drops clients of a node without closing them, and says whether the node lost them all. */
import { setTimeout as pause } from 'node:timers/promises';

import { load } from '../lib/package.mjs';

const { CacheNode, DistributedCache } = await load('tidecache/cluster');
const { TTLCache } = await load();

const node = new CacheNode({ id: 'a' });
const { url } = await node.listen();

async function use() {
  const near = new TTLCache({ maxSize: 10 });
  const cache = new DistributedCache({ nodes: [url], near });
  cache.on('node', () => undefined);
  await cache.set('k', 1);
  await cache.get('k', undefined, { consistency: 'one' });
}

for (let at = 0; at < 20; at++) await use();
const before = node.getStats().connections;
for (let at = 0; at < 100 && node.getStats().connections > 0; at++) {
  globalThis.gc();
  await pause(20);
}
console.log(JSON.stringify({ before, after: node.getStats().connections }));
process.exit();
