/** Clients of ioredis and of iovalkey, its twin: `Redis` (Sentinel, too) and `Cluster`. */

import type { EngineServer } from '../engine-store.js';
import {
  CHANGES,
  toWords,
  trackingWords,
  type Part,
  type RedisLink,
  type RedisMaster,
  type Tell,
} from './redis-link.js';

/** What is used of a client, of one server or of a cluster. */
export interface IoredisClient {
  readonly isCluster?: boolean;
  readonly status: string;
  readonly options: { readonly host?: string; readonly port?: number; readonly path?: string };
  on(event: string, listener: (...told: unknown[]) => void): unknown;
  once(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  callBuffer(...words: readonly Part[]): Promise<unknown>;
  call(...words: readonly Part[]): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  duplicate(options: object): IoredisClient;
  nodes?(role: 'master' | 'slave'): readonly IoredisClient[];
  disconnect(): void;
}

/** Returns the link of a client. */
export function ioredisLink(client: IoredisClient): RedisLink {
  // Without a listener for errors each is printed.
  client.on('error', () => undefined);
  const nodes = (role: 'master' | 'slave'): readonly IoredisClient[] =>
    client.isCluster === true ? client.nodes!(role) : role === 'master' ? [client] : [];
  return {
    canListen: true,
    open: async () => {
      // Others connect by themselves, or have been told not to again.
      if (client.status === 'wait' || client.status === 'end') {
        await client.connect();
      }
      if (client.isCluster === true && client.status !== 'ready') {
        // Until then its nodes are the addresses it was given, and no masters.
        await new Promise<void>((resolve) => {
          client.once('ready', resolve);
        });
      }
    },
    send: (_, words) => client.callBuffer(...toWords(words)),
    masters: () => Promise.resolve(nodes('master').map(masterOf)),
    servers: () =>
      [...nodes('master'), ...nodes('slave')].map((node) => ({
        id: nameOf(node),
        state: STATES[node.status] ?? 'suspect',
      })),
  };
}

/** What a status says; others are on the way. */
const STATES: Readonly<Record<string, EngineServer['state']>> = {
  ready: 'up',
  wait: 'down',
  end: 'down',
};

function nameOf({ options: { host = 'localhost', port = 6379, path } }: IoredisClient): string {
  return path ?? `${host}:${port}`;
}

function masterOf(client: IoredisClient): RedisMaster {
  return {
    id: nameOf(client),
    send: (words) => client.callBuffer(...toWords(words)),
    listen: (prefix, tell, end) => listen(client, prefix, tell, end),
  };
}

/** In RESP2, where one way serves all versions, the channel's messages are the changes. */
async function listen(
  client: IoredisClient,
  prefix: string,
  tell: Tell,
  end: () => void,
): Promise<() => void> {
  const ear = client.duplicate({
    protocol: 2,
    lazyConnect: true,
    retryStrategy: null,
    sentinelRetryStrategy: null,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
  });
  let isOver = false;
  const quit = (): void => {
    isOver = true;
    ear.disconnect();
  };
  ear.on('error', () => undefined);
  ear.on('end', () => {
    if (!isOver) {
      isOver = true;
      end();
    }
  });
  ear.on('messageBuffer', (_, keys) => {
    tell(Array.isArray(keys) ? (keys as Uint8Array[]) : undefined);
  });
  try {
    await ear.connect();
    await ear.call(...trackingWords(await ear.call('CLIENT', 'ID'), prefix));
    await ear.subscribe(CHANGES);
  } catch (error) {
    quit();
    throw error;
  }
  return quit;
}
