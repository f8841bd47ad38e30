/** Opens the cache on the cluster; the same in each process. */
import { createCluster } from 'redis';

// In a program of yours: from 'tidecache', 'tidecache/cluster' and 'tidecache/redis'.
import { DistributedCache } from '../../pkg/cluster.js';
import { TTLCache } from '../../pkg/index.js';
import { redisEngine } from '../../pkg/redis.js';

/** Resolves with the cache and its client, which the program closes by itself. */
export async function openCache(ports) {
  const client = createCluster({
    rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })),
  });
  client.on('error', () => {
    // It connects again by itself; calls say what failed.
  });
  await client.connect();
  const engine = redisEngine({ client, prefix: 'example:' });
  const near = new TTLCache({ maxSize: 1000 });
  return { cache: new DistributedCache({ engine, near, timeout: '2s' }), client };
}
