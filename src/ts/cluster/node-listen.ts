/** Where a node listens: what the runtime has for that. */

import { CacheError, describe, wrongType } from '../errors.js';
import { checkNames, readString } from '../options.js';
import { CacheConnectionError } from './cluster-errors.js';
import { respond } from './node-fetch.js';
import type { Hub } from './node-hub.js';
import { whole } from './whole.js';
import { listenOnNode, type HttpModule, type SocketModule } from './node-server.js';
import { bunHandlers } from './node-socket.js';
import { nodeBuiltin, optionalPackage } from './platform.js';

/** Where and how to listen. */
export interface ListenOptions {
  /**
   * The address to listen at; `'0.0.0.0'` or `'::'` for all of the machine, which is nothing to do
   * without `tokens`. @defaultValue `'127.0.0.1'`
   */
  host?: string;
  /** The port, 0 for any that is free. @defaultValue `0` */
  port?: number;
  /**
   * On Node: the package `ws`, where it cannot be found from the program's first file, as in a
   * bundle. `import * as ws from 'ws'` gives it.
   */
  ws?: object;
}

/** Where a node listens. */
export interface NodeAddressInfo {
  /** What clients are told: `ws:` where it takes WebSockets, else `http:`. */
  readonly url: string;
  /** Whether it takes WebSockets; on Node that takes the package `ws`. HTTP works in any case. */
  readonly webSocket: boolean;
}

/** A server that runs. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly hasSockets: boolean;
  close(): Promise<void>;
}

/** What Deno has of use here. */
interface DenoLike {
  serve(
    options: { hostname: string; port: number; onListen: () => void; onError: () => Response },
    handler: (request: Request) => Promise<Response>,
  ): {
    readonly addr: { readonly hostname: string; readonly port: number };
    readonly finished: Promise<void>;
    shutdown(): Promise<void>;
  };
}

/** What Bun has of use here. */
interface BunLike {
  serve(options: object): {
    readonly port: number;
    stop(closeActiveConnections: boolean): Promise<void>;
  };
}

const NAMES: readonly (keyof ListenOptions)[] = ['host', 'port', 'ws'];

/** Listens as this runtime can. */
export async function listen(hub: Hub, options: ListenOptions): Promise<Listening> {
  checkNames(options, NAMES);
  const where = {
    host: readString(options.host ?? '127.0.0.1', 'host'),
    port: whole(options.port ?? 0, 'port', 0, 65_535),
  };
  const ws = readSocketModule(options.ws);
  await hub.start();
  const { Bun, Deno } = globalThis as { Bun?: BunLike; Deno?: DenoLike };
  if (typeof Deno?.serve === 'function') {
    return listenOnDeno(hub, Deno, where);
  }
  if (typeof Bun?.serve === 'function') {
    return listenOnBun(hub, Bun, where);
  }
  const http = nodeBuiltin('http') as HttpModule | undefined;
  if (http === undefined) {
    throw new CacheError(
      'ERR_CACHE_UNSUPPORTED',
      'this runtime has nothing to listen with: that takes Node 20.16 or newer, Deno or Bun; ' +
        'elsewhere hand requests to fetch(), and ports to attach()',
    );
  }
  return listenOnNode(hub, http, ws ?? (optionalPackage('ws') as SocketModule | undefined), where);
}

/** Returns where a server is, as clients write it. */
export function infoOf({ host, port, hasSockets }: Listening): NodeAddressInfo {
  return { url: `${hasSockets ? 'ws' : 'http'}://${host}:${port}`, webSocket: hasSockets };
}

function listenOnDeno(
  hub: Hub,
  { serve }: DenoLike,
  { host, port }: { host: string; port: number },
): Listening {
  const server = attempt(host, port, () =>
    serve(
      {
        hostname: host,
        port,
        // Nothing of ours is printed.
        onListen: () => undefined,
        onError: () => new Response(null, { status: 500 }),
      },
      (request) => respond(hub, request, undefined),
    ),
  );
  return {
    host: bracketed(host),
    port: server.addr.port,
    hasSockets: true,
    close: () => server.shutdown(),
  };
}

function listenOnBun(
  hub: Hub,
  { serve }: BunLike,
  { host, port }: { host: string; port: number },
): Listening {
  const server = attempt(host, port, () =>
    serve({
      hostname: host,
      port,
      // Otherwise a page with the error and its source.
      development: false,
      maxRequestBodySize: 2 << 20,
      fetch: (request: Request, own: unknown) => respond(hub, request, own),
      error: () => new Response(null, { status: 500 }),
      websocket: bunHandlers,
    }),
  );
  return {
    host: bracketed(host),
    port: server.port,
    hasSockets: true,
    close: () => server.stop(true),
  };
}

function attempt<T>(host: string, port: number, start: () => T): T {
  try {
    return start();
  } catch (cause) {
    throw new CacheConnectionError(
      'ERR_CACHE_CONNECTION',
      `${host}:${port} is not to be listened to: ${String(cause)}`,
      { cause },
    );
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function readSocketModule(ws: object | undefined): SocketModule | undefined {
  if (ws === undefined) {
    return undefined;
  }
  if (typeof (ws as Partial<SocketModule> | null)?.WebSocketServer !== 'function') {
    throw wrongType(`ws is ${describe(ws)}; give what import * as ws from 'ws' gives`);
  }
  return ws as SocketModule;
}
