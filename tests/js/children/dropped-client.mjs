/** Has clients of nodes that are not there, comes to its end, and says how long that took. */
import { load } from '../lib/package.mjs';

const { DistributedCache } = await load('tidecache/cluster');

for (const address of ['ws://127.0.0.1:9', 'http://127.0.0.1:9']) {
  const cache = new DistributedCache({ nodes: [address], timeout: '100ms' });
  // Long enough for the pauses between two attempts to be seconds.
  for (let at = 0; at < 30; at++) await cache.get('k').catch(() => undefined);
}
const end = performance.now();
process.on('exit', () => {
  console.log(JSON.stringify({ lingeredMs: performance.now() - end }));
});
