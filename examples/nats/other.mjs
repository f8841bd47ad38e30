/** Another process with the same cache: does what it is told, and says what came of it. */
import { WebSocket } from 'ws';

import { DistributedCache } from '../../pkg/cluster.js';
import { natsEngine } from '../../pkg/nats.js';
import { repeated } from './repeated.mjs';

const [servers, bucket] = process.argv.slice(2);
const engine = natsEngine({ servers: servers.split(','), bucket, WebSocket });
const cache = new DistributedCache({ engine, timeout: '3s' });

process.on('message', async ([method, ...args]) => {
  if (method === 'close') {
    await cache.close();
    process.disconnect();
    return;
  }
  process.send(await repeated(() => cache[method](...args)));
});
