/** Requests and responses as platforms have them, and WebSockets where they make some of them. */

import type { Exchange } from './node-exchange.js';
import {
  admit,
  answer,
  cannotUpgrade,
  isUpgrade,
  PROTOCOL,
  tooMany,
  type Answer,
} from './node-http.js';
import type { Hub } from './node-hub.js';
import { FRAME_BYTES_MAX } from './node-link.js';
import { acceptSocket, bunState, type SocketLike } from './node-socket.js';

/** What Deno has of use here. */
interface DenoLike {
  upgradeWebSocket?(
    request: object,
    options: { protocol: string; idleTimeout: number },
  ): { socket: SocketLike; response: Response };
}

/** What Bun passes to a handler beside the request. */
interface BunServer {
  upgrade(
    request: object,
    options: { data: object; headers: Readonly<Record<string, string>> },
  ): boolean;
}

/** Seconds after which Deno asks whether the other end is there. */
const DENO_PING_S = 30;

/**
 * Answers a request.
 * @param server what Bun passes as second argument; of others it is not looked at
 */
export async function respond(hub: Hub, request: Request, server: unknown): Promise<Response> {
  const { headers, method } = request;
  const header = (name: string): string | undefined => headers.get(name) ?? undefined;
  if (isUpgrade(method, headers.get('upgrade'))) {
    return upgrade(hub, request, header, server);
  }
  const { pathname: path } = new URL(request.url);
  const asked = { method, path, header, body: () => readBody(request) };
  return toResponse(await answer(hub, asked));
}

async function upgrade(
  hub: Hub,
  request: Request,
  header: (name: string) => string | undefined,
  server: unknown,
): Promise<Response> {
  const admitted = await admit(hub, header);
  if ('refusal' in admitted) {
    return toResponse(admitted.refusal);
  }
  const { trust } = admitted;
  if (isBunServer(server)) {
    const options = { data: bunState(hub, trust), headers: { 'sec-websocket-protocol': PROTOCOL } };
    // Bun has answered by itself, and wants nothing in return.
    return server.upgrade(request, options)
      ? (undefined as unknown as Response)
      : toResponse(tooMany());
  }
  const { Deno, WebSocketPair } = globalThis as {
    Deno?: DenoLike;
    WebSocketPair?: new () => Readonly<Record<0 | 1, SocketLike & { accept(): void }>>;
  };
  if (Deno?.upgradeWebSocket !== undefined) {
    const options = { protocol: PROTOCOL, idleTimeout: DENO_PING_S };
    const { socket, response } = Deno.upgradeWebSocket(spaced(request), options);
    acceptSocket(hub, socket, trust, true);
    return response;
  }
  if (WebSocketPair !== undefined) {
    const pair = new WebSocketPair();
    pair[1].accept();
    acceptSocket(hub, pair[1], trust, false);
    const headers = { 'sec-websocket-protocol': PROTOCOL };
    // Cloudflare's own: a response that hands the other end to the client.
    return new Response(null, { status: 101, headers, webSocket: pair[0] } as ResponseInit);
  }
  return toResponse(cannotUpgrade());
}

/**
 * Returns the request with a space behind each comma of the protocols that were offered: Deno finds
 * them by that, and not every client writes it.
 */
function spaced(request: Request): Request {
  const headers = new Headers(request.headers);
  const offered = headers.get('sec-websocket-protocol') ?? '';
  headers.set('sec-websocket-protocol', offered.split(/\s*,\s*/).join(', '));
  return Object.create(request, { headers: { value: headers } }) as Request;
}

function isBunServer(server: unknown): server is BunServer {
  return typeof (server as Partial<BunServer> | undefined)?.upgrade === 'function';
}

/** Returns the body, `undefined` if it is longer than a frame. */
async function readBody(request: Request): Promise<Uint8Array | undefined> {
  if (request.body === null) {
    return new Uint8Array(0);
  }
  const reader = request.body.getReader();
  return gather(async () => {
    const { done, value } = await reader.read();
    return done ? undefined : value;
  }).finally(() => {
    // What is left of a body that is too long is nobody's.
    reader.cancel().catch(() => undefined);
  });
}

/** Joins chunks until there are no more; `undefined` if they are longer than a frame. */
export async function gather(
  next: () => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
    length += chunk.length;
    if (length > FRAME_BYTES_MAX) {
      return undefined;
    }
    chunks.push(chunk);
  }
  if (chunks.length === 1) {
    return chunks[0];
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** Returns an answer as a response. */
export function toResponse({ status, headers, body }: Answer): Response {
  const isPlain = body === undefined || body instanceof Uint8Array;
  const content = isPlain ? (body ?? null) : streamOf(body);
  return new Response(content as BodyInit | null, { status, headers });
}

/** Returns the replies as a stream: the next frame is answered when one has been taken. */
function streamOf(exchange: Exchange): ReadableStream<Uint8Array> {
  let frame: Uint8Array | undefined = exchange.first;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (frame === undefined) {
          controller.close();
        } else {
          controller.enqueue(frame);
          frame = exchange.next();
        }
      },
      cancel() {
        exchange.end();
      },
    },
    { highWaterMark: 0 },
  );
}
