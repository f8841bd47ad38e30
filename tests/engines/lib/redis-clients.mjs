/** The three libraries, each making a client as its users do. */
import IoRedis from 'ioredis';
import IoValkey from 'iovalkey';
import { createClient, createCluster, createSentinel } from 'redis';

const host = '127.0.0.1';
const retryStrategy = () => 50;
const socket = { reconnectStrategy: () => 50 };

/** What ends a client of ioredis, which else tries for ever. */
const ofIoredis = (client) => ({ client, end: () => client.disconnect() });
const ofNodeRedis = (client) => ({
  client,
  end: () => {
    if (client.isOpen) client.destroy();
  },
});

function twin({ default: Redis, Cluster = Redis.Cluster }) {
  return {
    single: (port, options = {}) => ofIoredis(new Redis({ host, port, retryStrategy, ...options })),
    cluster: (ports) =>
      ofIoredis(
        new Cluster(
          ports.map((port) => ({ host, port })),
          { clusterRetryStrategy: retryStrategy, retryDelayOnFailover: 100 },
        ),
      ),
    sentinel: (ports) =>
      ofIoredis(
        new Redis({
          sentinels: ports.map((port) => ({ host, port })),
          name: 'main',
          retryStrategy,
          sentinelRetryStrategy: retryStrategy,
        }),
      ),
  };
}

/** By name: clients of one server, of a cluster, of Sentinel. */
export const LIBRARIES = {
  'node-redis': {
    single: (port, options = {}) =>
      ofNodeRedis(createClient({ ...options, socket: { host, port, ...socket } })),
    cluster: (ports) =>
      ofNodeRedis(
        createCluster({
          rootNodes: ports.map((port) => ({ socket: { host, port } })),
          defaults: { socket },
        }),
      ),
    sentinel: (ports) =>
      ofNodeRedis(
        createSentinel({
          name: 'main',
          sentinelRootNodes: ports.map((port) => ({ host, port })),
          maxCommandRediscovers: 100,
        }),
      ),
  },
  ioredis: twin({ default: IoRedis }),
  iovalkey: twin({ default: IoValkey }),
};
