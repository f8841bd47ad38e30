/** `DistributedCache` on one real server, Redis and Valkey, by each of three libraries. */
import { after, before } from 'node:test';

import { DistributedCache } from '../../pkg/cluster.js';
import { redisEngine } from '../../pkg/redis.js';
import { behaviour } from './lib/behaviour.mjs';
import { LIBRARIES } from './lib/redis-clients.mjs';
import { PROGRAMS, RedisServers } from './lib/redis-servers.mjs';

for (const [kind, program] of Object.entries(PROGRAMS)) {
  let servers;
  before(async () => {
    servers = await RedisServers.start(program);
  });
  after(() => servers.stop());

  for (const [name, library] of Object.entries(LIBRARIES)) {
    const clients = [];
    after(() => clients.forEach(({ end }) => end()));
    behaviour(`${name} on ${kind}`, (place, options) => {
      const made = library.single(servers.port);
      clients.push(made);
      const engine = redisEngine({ client: made.client, prefix: `${name}:${place}:` });
      return new DistributedCache({ engine, ...options });
    });
  }
}
