/** Clients of node-redis: `createClient`, `createCluster`, `createSentinel`. */

import type { EngineServer } from '../engine-store.js';
import {
  bufferClass,
  CHANGES,
  toWords,
  trackingWords,
  type Part,
  type RedisLink,
  type RedisMaster,
  type Tell,
} from './redis-link.js';

/** What is used of a client of one server. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly options?: { readonly socket?: { host?: string; port?: number; path?: string } };
  connect(): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  sendCommand(words: readonly Part[], options?: object): Promise<unknown>;
  duplicate(options: object): NodeRedisClient;
  subscribe(channel: string, listener: (told: unknown) => void, raw: true): Promise<unknown>;
  destroy(): void;
}

interface ClusterNode {
  readonly address: string;
  readonly client?: NodeRedisClient;
}

/** What is used of a client of a cluster. */
export interface NodeRedisCluster {
  readonly isOpen: boolean;
  readonly masters: readonly ClusterNode[];
  readonly replicas: readonly ClusterNode[];
  connect(): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  nodeClient(node: ClusterNode): NodeRedisClient | Promise<NodeRedisClient>;
  sendCommand(
    key: Part,
    isReadonly: boolean,
    words: readonly Part[],
    options: object,
  ): Promise<unknown>;
}

/** What is used of a client that Sentinel leads to the master. */
export interface NodeRedisSentinel {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  on(event: string, listener: () => void): unknown;
  sendCommand(isReadonly: boolean, words: readonly Part[], options: object): Promise<unknown>;
}

/** Returns the link of a client of one server. */
export function clientLink(client: NodeRedisClient): RedisLink {
  ignoreErrors(client);
  const master = masterOf(nameOf(client), client);
  return {
    canListen: true,
    open: () => openOnce(client),
    send: (_, words, signal) => client.sendCommand(toWords(words), sending(signal)),
    masters: () => Promise.resolve([master]),
    servers: () => [{ id: master.id, state: stateOf(client) }],
  };
}

/** Returns the link of a client of a cluster. */
export function clusterLink(cluster: NodeRedisCluster): RedisLink {
  ignoreErrors(cluster);
  return {
    canListen: true,
    open: () => openOnce(cluster),
    send: (key, words, signal) =>
      cluster.sendCommand(toWords([key])[0]!, false, toWords(words), sending(signal)),
    masters: () =>
      Promise.all(
        cluster.masters.map(async (node) => masterOf(node.address, await cluster.nodeClient(node))),
      ),
    servers: () =>
      cluster.isOpen
        ? [...cluster.masters, ...cluster.replicas].map(({ address, client }) => ({
            id: address,
            state: client === undefined ? 'suspect' : stateOf(client),
          }))
        : [],
  };
}

/** Returns the link of a client that Sentinel leads; its connections cannot be made twice. */
export function sentinelLink(sentinel: NodeRedisSentinel): RedisLink {
  ignoreErrors(sentinel);
  const send = (words: readonly Part[], signal?: AbortSignal): Promise<unknown> =>
    sentinel.sendCommand(false, toWords(words), sending(signal));
  return {
    canListen: false,
    open: () => openOnce(sentinel),
    send: (_, words, signal) => send(words, signal),
    masters: () => Promise.resolve([{ id: 'master', send }]),
    servers: () => [{ id: 'master', state: stateOf(sentinel) }],
  };
}

/** A client without a listener for its errors ends the process with the first. */
function ignoreErrors(client: { on(event: string, listener: () => void): unknown }): void {
  client.on('error', () => undefined);
}

async function openOnce(client: {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
}): Promise<void> {
  if (!client.isOpen) {
    await client.connect();
  }
}

/** Bulk strings come as bytes; what is not sent yet when the signal aborts is not sent. */
function sending(signal?: AbortSignal): object {
  const typeMapping = { [BULK]: bufferClass() };
  return signal === undefined ? { typeMapping } : { typeMapping, abortSignal: signal };
}

/** The type of bulk strings: `$`. */
const BULK = 36;

function nameOf({ options }: NodeRedisClient): string {
  const { host = 'localhost', port = 6379, path } = options?.socket ?? {};
  return path ?? `${host}:${port}`;
}

function stateOf(client: {
  readonly isOpen: boolean;
  readonly isReady: boolean;
}): EngineServer['state'] {
  return client.isReady ? 'up' : client.isOpen ? 'suspect' : 'down';
}

function masterOf(id: string, client: NodeRedisClient): RedisMaster {
  return {
    id,
    send: (words) => client.sendCommand(toWords(words), sending()),
    listen: (prefix, tell, end) => listen(client, prefix, tell, end),
  };
}

/** In RESP2, where one way serves all versions, the channel's messages are the changes. */
async function listen(
  client: NodeRedisClient,
  prefix: string,
  tell: Tell,
  end: () => void,
): Promise<() => void> {
  const socket = { ...client.options?.socket, reconnectStrategy: false };
  const ear = client.duplicate({
    RESP: 2,
    // What wants RESP3.
    clientSideCache: undefined,
    emitInvalidate: false,
    maintNotifications: 'disabled',
    socket,
  });
  let isOver = false;
  const over = (): void => {
    if (!isOver) {
      isOver = true;
      close(ear);
      end();
    }
  };
  const quit = (): void => {
    isOver = true;
    close(ear);
  };
  ear.on('error', over);
  ear.on('end', over);
  try {
    await ear.connect();
    const id = await ear.sendCommand(['CLIENT', 'ID']);
    await ear.sendCommand(trackingWords(id, prefix));
    await ear.subscribe(
      CHANGES,
      (told) => {
        tell(Array.isArray(told) ? (told as Uint8Array[]) : undefined);
      },
      true,
    );
  } catch (error) {
    quit();
    throw error;
  }
  return quit;
}

function close(ear: NodeRedisClient): void {
  if (ear.isOpen) {
    ear.destroy();
  }
}
