/** A node's server on Node: `node:http`, and the package `ws` for WebSockets if it is installed. */

import { unref } from '../clock.js';
import { CacheConnectionError } from './cluster-errors.js';
import type { Exchange } from './node-exchange.js';
import { gather } from './node-fetch.js';
import { admit, answer, PROTOCOL, type Answer, type Asked } from './node-http.js';
import type { Hub } from './node-hub.js';
import { FRAME_BYTES_MAX } from './node-link.js';
import type { Listening } from './node-listen.js';
import { acceptNodeSocket, type NodeSocket } from './node-socket.js';

/** What of `node:http` is used here. */
export interface HttpModule {
  createServer(options: object, listener: (request: Incoming, response: Outgoing) => void): Server;
}

interface Emitter {
  on(name: string, listener: (...values: never[]) => void): unknown;
  once(name: string, listener: (...values: never[]) => void): unknown;
  off(name: string, listener: (...values: never[]) => void): unknown;
}

interface Server extends Emitter {
  maxConnections: number;
  listen(options: { host: string; port: number }): unknown;
  address(): { readonly address: string; readonly port: number; readonly family: unknown };
  setTimeout(ms: number): unknown;
  close(done: () => void): unknown;
  closeAllConnections(): void;
}

interface Incoming extends Emitter, AsyncIterable<Uint8Array> {
  readonly method?: string;
  readonly url?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Outgoing extends Emitter {
  readonly destroyed: boolean;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  write(chunk: Uint8Array): boolean;
  end(chunk?: Uint8Array): unknown;
  destroy(): unknown;
}

interface Duplex extends Emitter {
  readonly destroyed: boolean;
  end(text: string): unknown;
  destroy(): unknown;
}

/** What of `ws` is used here. */
export interface SocketModule {
  readonly WebSocketServer: new (options: object) => {
    handleUpgrade(
      request: Incoming,
      socket: Duplex,
      head: Uint8Array,
      done: (socket: NodeSocket) => void,
    ): void;
  };
}

/** A connection that is silent for so long is closed; a client that reads nothing, too. */
const SILENCE_MS = 60_000;
const SERVER_OPTIONS = {
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  keepAliveTimeout: SILENCE_MS,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};

/** Starts to listen. */
export async function listenOnNode(
  hub: Hub,
  http: HttpModule,
  ws: SocketModule | undefined,
  where: { host: string; port: number },
): Promise<Listening> {
  const server = http.createServer(SERVER_OPTIONS, (request, response) => {
    serve(hub, request, response).catch(() => response.destroy());
  });
  server.maxConnections = hub.config.settings.maxConnections;
  server.setTimeout(SILENCE_MS);
  // What is no HTTP at all.
  server.on('clientError', (_error: unknown, socket: Duplex) => {
    socket.destroy();
  });
  if (ws !== undefined) {
    serveSockets(hub, server, ws);
  }
  await opened(server, where);
  const { address, port, family } = server.address();
  const host = String(family).endsWith('6') ? `[${address}]` : address;
  return {
    host,
    port,
    hasSockets: ws !== undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

async function opened(server: Server, where: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (cause: Error): void => {
      const message = `${where.host}:${where.port} is not to be listened to: ${cause.message}`;
      reject(new CacheConnectionError('ERR_CACHE_CONNECTION', message, { cause }));
    };
    server.once('error', onError);
    server.once('listening', () => {
      server.off('error', onError);
      // From here on there is nobody to tell: a connection could not be accepted.
      server.on('error', () => undefined);
      resolve();
    });
    server.listen(where);
  });
}

async function serve(hub: Hub, request: Incoming, response: Outgoing): Promise<void> {
  // The client has gone: there is nobody to tell.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  let told: Answer;
  try {
    told = await answer(hub, askedOf(request));
  } catch {
    // The node is closed, its module does not start, or the client has gone.
    response.writeHead(500, { connection: 'close' });
    response.end();
    return;
  }
  const { status, headers, body } = told;
  const isPlain = body === undefined || body instanceof Uint8Array;
  const more: Record<string, string | number> = {};
  if (isPlain && status !== 204) {
    more['content-length'] = body?.length ?? 0;
  }
  if (status >= 400) {
    // The body of what is refused may not have been read, and is not going to be.
    more['connection'] = headers['connection'] ?? 'close';
  }
  response.writeHead(status, { ...headers, ...more });
  if (isPlain) {
    response.end(request.method === 'HEAD' ? undefined : body);
  } else {
    await stream(response, body);
  }
}

/** Sends the replies as fast as the client reads them. */
async function stream(response: Outgoing, exchange: Exchange): Promise<void> {
  // One listener of each kind, however long the reply: Node warns of more than ten.
  let goOn = (): void => undefined;
  response.on('close', () => {
    exchange.end();
    goOn();
  });
  response.on('drain', () => {
    goOn();
  });
  let frame: Uint8Array | undefined = exchange.first;
  while (frame !== undefined && !response.destroyed) {
    if (!response.write(frame)) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
    frame = exchange.next();
  }
  response.end();
}

function askedOf(request: Incoming): Asked {
  const { method = 'GET', url = '/' } = request;
  return {
    method,
    path: url.split('?', 1)[0]!,
    header: headerOf(request),
    async body() {
      const chunks = request[Symbol.asyncIterator]();
      return gather(async () => {
        const step: IteratorResult<Uint8Array, unknown> = await chunks.next();
        return step.done === true ? undefined : step.value;
      });
    },
  };
}

const headerOf =
  ({ headers }: Incoming): Asked['header'] =>
  (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };

function serveSockets(hub: Hub, server: Server, { WebSocketServer }: SocketModule): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    // Never the token, which is among those that were offered.
    handleProtocols: () => PROTOCOL,
  });
  server.on('upgrade', (request: Incoming, socket: Duplex, head: Uint8Array) => {
    socket.on('error', () => undefined);
    const timer = setTimeout(() => socket.destroy(), SERVER_OPTIONS.headersTimeout);
    unref(timer);
    admit(hub, headerOf(request))
      .then((admitted) => {
        clearTimeout(timer);
        if ('refusal' in admitted) {
          refuse(socket, admitted.refusal);
        } else {
          sockets.handleUpgrade(request, socket, head, (accepted) => {
            acceptNodeSocket(hub, accepted, admitted.trust);
          });
        }
      })
      .catch(() => socket.destroy());
  });
}

/** Answers on a socket that is no longer HTTP's. */
function refuse(socket: Duplex, { status, headers, body }: Answer): void {
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : '';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\n${lines.join('')}` +
      `content-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`,
  );
}
