/** Has caches with all that could hold a process, comes to its end, and says how long that took. */
import { load } from '../lib/package.mjs';

const { TTLCache, withCache } = await load();

const cache = new TTLCache({ defaultTtl: '1h', cleanupInterval: '1m', maxSize: 2_000 });
for (let at = 0; at < 5_000; at++) {
  await cache.set(`k${at}`, at);
}
const endless = new TTLCache({
  maxSize: 1,
  onEvicted: (key) => void endless.sync.set(`${key.length}`, 1),
});
await endless.setMany({ a: 1, bb: 2, ccc: 3 });
await cache.transaction({ timeout: '1h' }).get('k1');
void cache.transaction(() => new Promise(() => undefined), { timeout: '1h' });
void withCache(cache, () => new Promise(() => undefined))();

const end = performance.now();
process.on('exit', () => {
  console.log(JSON.stringify({ size: cache.size, lingeredMs: performance.now() - end }));
});
