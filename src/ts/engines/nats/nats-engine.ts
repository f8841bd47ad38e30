/** `natsEngine`: an engine over a key-value bucket of NATS JetStream, from servers and browsers. */

import { wsconnect } from '@nats-io/nats-core';

import { findWebSocket } from '../../cluster/web-socket.js';
import type { WebSocketConstructor } from '../../cluster/types.js';
import { describe, outOfRange, wrongType } from '../../errors.js';
import type { Engine } from '../engine.js';
import type { EngineCapabilities } from '../engine-store.js';
import { makeEngine } from '../make-engine.js';
import type { BucketOptions } from './nats-bucket.js';
import type { NatsConnection } from './nats-client.js';
import { failure } from './nats-link.js';
import { MIN_TTL_MS } from './nats-message.js';
import { NatsSession } from './nats-session.js';
import { NatsStore, type SessionSource } from './nats-store.js';
import { NatsSubjects } from './nats-subjects.js';

/** Which bucket, and how it is made if it is not there. */
export interface NatsBucketOptions extends BucketOptions {
  /** The bucket: letters, digits, `-` and `_`. Give each cache one of its own. */
  readonly bucket: string;
}

/** A bucket reached by a WebSocket that the engine opens. */
export interface NatsServerOptions extends NatsBucketOptions {
  /** The servers' WebSocket addresses: `wss://…` or `ws://…`. */
  readonly servers: string | readonly string[];
  /**
   * What opens connections.
   * @defaultValue the platform's own, else that of the package `ws` if it is installed
   */
  readonly WebSocket?: WebSocketConstructor;
  /** A token that opens the servers. */
  readonly token?: string;
  /** A user's name. */
  readonly user?: string;
  /** And the password. */
  readonly pass?: string;
  /** What `credsAuthenticator` and its kin make. */
  readonly authenticator?: unknown;
  /** What else `wsconnect` is to be given, such as `{ ignoreClusterUpdates: true }`. */
  readonly client?: object;
}

/** A bucket reached by a connection that the program has, and closes by itself. */
export interface NatsConnectionOptions extends NatsBucketOptions {
  /** From `wsconnect`, or from `connect` of `@nats-io/transport-node`. */
  readonly connection: NatsConnection;
}

/** What one gives of NATS. */
export type NatsOptions = NatsServerOptions | NatsConnectionOptions;

/** What goes beside a value in a message of the greatest length: headers, and their frame. */
const HEADERS_BYTES = 1024;
/** What servers take unless they are told otherwise (`max_payload`). */
const PAYLOAD_BYTES = 1024 * 1024;

const CAPABILITIES: EngineCapabilities = {
  compareAndSet: true,
  touch: true,
  watch: true,
  minTtlMs: MIN_TTL_MS,
  maxTtlMs: Infinity,
  maxValueBytes: PAYLOAD_BYTES - HEADERS_BYTES,
};

/**
 * Returns an engine over a key-value bucket of NATS JetStream, which is made unless it is there.
 * Nothing is connected yet. `connect()` rejects if the server is older than 2.12.3 or the bucket
 * would lose what is needed.
 *
 * ```ts
 * const engine = natsEngine({ servers: 'wss://nats.example.com', bucket: 'pages', replicas: 3 });
 * const cache = new DistributedCache({ engine });
 * ```
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: an option is not what it should be.
 */
export function natsEngine(options: NatsOptions): Engine {
  const subjects = checkedSubjects(options);
  const source =
    'connection' in options ? sourceOf(options, subjects) : sourceAt(options, subjects);
  return makeEngine('nats', CAPABILITIES, new NatsStore(source));
}

function checkedSubjects({ bucket, replicas, storage, maxBytes }: NatsOptions): NatsSubjects {
  if (typeof bucket !== 'string' || !/^[-\w]+$/.test(bucket)) {
    throw wrongType(`bucket is ${describe(bucket)}; it is a name of letters, digits, - and _`);
  }
  if (replicas !== undefined && ![1, 3, 5].includes(replicas)) {
    throw outOfRange(`replicas is ${describe(replicas)}; NATS keeps 1, 3 or 5`);
  }
  if (storage !== undefined && storage !== 'file' && storage !== 'memory') {
    throw wrongType(`storage is ${describe(storage)}; it is 'file' or 'memory'`);
  }
  if (maxBytes !== undefined && !(Number.isInteger(maxBytes) && maxBytes > 0)) {
    throw outOfRange(`maxBytes is ${describe(maxBytes)}; give a whole number above 0`);
  }
  return new NatsSubjects(bucket);
}

/** A bucket over the program's own connection. */
function sourceOf(options: NatsConnectionOptions, subjects: NatsSubjects): SessionSource {
  const { connection } = options;
  if (typeof (connection as Partial<NatsConnection> | undefined)?.request !== 'function') {
    throw wrongType(
      `connection is ${describe(connection)}; give what wsconnect of @nats-io/nats-core, or ` +
        'connect of @nats-io/transport-node, resolves with',
    );
  }
  return {
    names: ['nats'],
    open: () => openChecked(connection, subjects, options),
    close: () => Promise.resolve(),
  };
}

/** A bucket over a connection that is opened when it is needed. */
function sourceAt(options: NatsServerOptions, subjects: NatsSubjects): SessionSource {
  const { servers, WebSocket: given, client, token, user, pass, authenticator } = options;
  const credentials = Object.entries({ token, user, pass, authenticator });
  const names = typeof servers === 'string' ? [servers] : [...servers];
  for (const name of names) {
    if (typeof name !== 'string' || !/^wss?:\/\//.test(name)) {
      throw wrongType(
        `the NATS server ${describe(name)} has no WebSocket address, such as wss://host; for its ` +
          'own protocol give the connection that @nats-io/transport-node makes',
      );
    }
  }
  if (names.length === 0) {
    throw wrongType('servers is empty; give one address at least');
  }
  const Socket = findWebSocket(given);
  let opened: NatsConnection | undefined;
  return {
    names,
    open: async () => {
      const known = Object.fromEntries(credentials.filter(([, value]) => value !== undefined));
      const connection = await connect({ ...client, ...known, servers: names }, Socket);
      opened = connection;
      try {
        return await openChecked(connection, subjects, options);
      } catch (error) {
        await connection.close();
        throw error;
      }
    },
    close: async () => {
      await opened?.close();
    },
  };
}

async function connect(
  options: { readonly servers: readonly string[] },
  Socket: WebSocketConstructor | undefined,
): Promise<NatsConnection> {
  if (Socket === undefined) {
    throw wrongType("there is no WebSocket here; give the option WebSocket, such as that of 'ws'");
  }
  const wsFactory = (url: string): Promise<{ socket: unknown; encrypted: boolean }> =>
    Promise.resolve({ socket: new Socket(url), encrypted: url.startsWith('wss:') });
  try {
    // The servers come back: there is no number of times to try.
    return await wsconnect({ maxReconnectAttempts: -1, ...options, wsFactory });
  } catch (error) {
    throw failure(`no connection to NATS at ${options.servers.join(', ')}`, error);
  }
}

/** Opens the bucket, if the server takes values as large as the capabilities say. */
function openChecked(
  connection: NatsConnection,
  subjects: NatsSubjects,
  options: BucketOptions,
): Promise<NatsSession> {
  const taken = connection.info?.max_payload ?? 0;
  return taken < PAYLOAD_BYTES
    ? Promise.reject(
        failure(`the server takes messages of ${taken} bytes; raise max_payload to 1MB`),
      )
    : NatsSession.open(connection, subjects, options);
}
