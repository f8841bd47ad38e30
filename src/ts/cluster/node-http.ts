/**
 * What a node answers to HTTP, whoever has brought the request.
 *
 * | request | answer |
 * |---|---|
 * | `POST …/v1/frames` | 200: the replies, in the order of the commands |
 * | `GET …/healthz` | 200: `{"status":"ok"}`, for everybody |
 *
 * 401: no token or a wrong one; 403: a page of an origin that is not allowed; 404, 405: there are
 * only these two; 413: longer than a frame; 415: no commands; 426: a WebSocket goes there; 503: too
 * many connections. A node may be mounted below a path, hence the dots.
 */

import type { Exchange } from './node-exchange.js';
import type { Hub } from './node-hub.js';
import { FRAME_BYTES_MAX, KNOWN, REFUSED, STRANGER } from './node-link.js';

/** A request, as this needs it. */
export interface Asked {
  readonly method: string;
  /** The path without query. */
  readonly path: string;
  /** Returns a header by its name in small letters. */
  header(name: string): string | undefined;
  /** Resolves with the body; `undefined` if it is longer than {@link FRAME_BYTES_MAX}. */
  body(): Promise<Uint8Array | undefined>;
}

/** A response. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | Exchange | undefined;
}

/** The content type of commands and replies. */
const FRAMES_TYPE = 'application/vnd.tidecache.resp3';
/** The WebSocket's subprotocol, the only one that is ever selected. */
export const PROTOCOL = 'tidecache.resp3.v1';
/** What a token begins with that comes as a second protocol. */
const BEARER_PROTOCOL = 'bearer.';

/** Returns the answer to a request that is no upgrade; rejects if the module does not start. */
export async function answer(hub: Hub, asked: Asked): Promise<Answer> {
  const { method, path } = asked;
  if (path.endsWith('/healthz')) {
    const isKnown = method === 'GET' || method === 'HEAD';
    return isKnown ? told(200, '{"status":"ok"}', JSON_TYPE) : refused(405, { allow: 'GET, HEAD' });
  }
  if (!path.endsWith('/v1/frames')) {
    return refused(404);
  }
  const origin = asked.header('origin');
  if (!isAllowed(hub, origin)) {
    return refused(403);
  }
  const { status, headers, body } = await answerFrames(hub, asked);
  const shared: Record<string, string> =
    origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'origin' };
  return { status, headers: { ...headers, ...shared }, body };
}

/** How an upgrade to a WebSocket is to be let in, or the answer that refuses it. */
export async function admit(
  hub: Hub,
  header: Asked['header'],
): Promise<{ readonly trust: number } | { readonly refusal: Answer }> {
  if (!isAllowed(hub, header('origin'))) {
    return { refusal: refused(403) };
  }
  const offered = (header('sec-websocket-protocol') ?? '').split(',').map((text) => text.trim());
  if (!offered.includes(PROTOCOL)) {
    return { refusal: refused(400) };
  }
  const core = await hub.start();
  const token = bearerOf(header('authorization')) ?? offeredToken(offered);
  if (token === undefined) {
    // It may log in by its first command.
    return { trust: STRANGER };
  }
  // A browser does not tell a page why it got no WebSocket, so the first reply does.
  return { trust: core.permits(token) ? KNOWN : REFUSED };
}

/** The answer to an upgrade that this runtime cannot do. */
export const cannotUpgrade = (): Answer => refused(501);

/** The answer where there is one too many. */
export const tooMany = (): Answer => refused(503, { 'retry-after': '1' });

/** Whether a request wants to become a WebSocket. */
export function isUpgrade(method: string, upgrade: string | null | undefined): boolean {
  return method === 'GET' && upgrade?.toLowerCase() === 'websocket';
}

async function answerFrames(hub: Hub, asked: Asked): Promise<Answer> {
  switch (asked.method) {
    case 'POST':
      return answerPost(hub, asked);
    case 'OPTIONS':
      return { status: 204, headers: PREFLIGHT, body: undefined };
    case 'GET':
      return refused(426, { upgrade: 'websocket', connection: 'upgrade' });
    default:
      return refused(405, { allow: 'POST, GET, OPTIONS' });
  }
}

async function answerPost(hub: Hub, asked: Asked): Promise<Answer> {
  const core = await hub.start();
  const token = bearerOf(asked.header('authorization'));
  if (!core.permits(token ?? new Uint8Array(0))) {
    return refused(401, { 'www-authenticate': 'Bearer' });
  }
  const type = asked.header('content-type') ?? '';
  if (type.split(';', 1)[0]!.trim().toLowerCase() !== FRAMES_TYPE) {
    return refused(415, { 'accept-post': FRAMES_TYPE });
  }
  if (Number(asked.header('content-length') ?? 0) > FRAME_BYTES_MAX) {
    return refused(413);
  }
  const body = await asked.body();
  if (body === undefined) {
    return refused(413);
  }
  // The node may have been closed while the body was read.
  const exchange = hub.exchange(await hub.start(), body);
  if (exchange === undefined) {
    return tooMany();
  }
  const headers = { 'content-type': FRAMES_TYPE, 'cache-control': 'no-store' };
  return { status: 200, headers, body: exchange.hasMore ? exchange : exchange.first };
}

/** Whether a request does not come from a page, or from one that is allowed. */
function isAllowed(hub: Hub, origin: string | undefined): boolean {
  return origin === undefined || hub.config.origins.has(origin);
}

function bearerOf(authorization: string | undefined): Uint8Array | undefined {
  const found = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '');
  return found === null ? undefined : new TextEncoder().encode(found[1]);
}

function offeredToken(offered: readonly string[]): Uint8Array | undefined {
  const bearer = offered.find((text) => text.startsWith(BEARER_PROTOCOL));
  if (bearer === undefined) {
    return undefined;
  }
  try {
    const text = bearer.slice(BEARER_PROTOCOL.length);
    const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    // No token has no bytes.
    return new Uint8Array(0);
  }
}

const JSON_TYPE = 'application/json';

const PREFLIGHT = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '600',
};

const REASONS: Readonly<Record<number, string>> = {
  400: `offer the WebSocket protocol ${PROTOCOL}`,
  401: 'a token is missing or wrong',
  403: 'pages of this origin are not allowed here',
  404: 'there is nothing here',
  405: 'this method is not known here',
  413: `a frame has at most ${FRAME_BYTES_MAX} bytes`,
  415: `a frame is of the type ${FRAMES_TYPE}`,
  426: 'open a WebSocket, or POST a frame',
  501: 'this runtime makes no WebSockets of requests; POST a frame',
  503: 'there are too many connections',
};

function refused(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return told(status, `${REASONS[status]!}\n`, 'text/plain; charset=utf-8', headers);
}

function told(
  status: number,
  text: string,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': type, 'cache-control': 'no-store', ...headers },
    body: new TextEncoder().encode(text),
  };
}
