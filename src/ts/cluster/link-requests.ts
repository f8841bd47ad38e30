/**
 * Frames of which each has its own answer: any object with `request(frame, { signal })`, and
 * `POST {url}/v1/frames`.
 *
 * A few frames are under way at a time; what is asked meanwhile is gathered for the next. Such a
 * link is up as soon as there is a token, since nothing is connected: a node that is down fails
 * the greeting. The token is asked for again when the node does not take it.
 *
 * Who answers may be anybody: a body is read piece by piece, and no further than an answer goes;
 * and a redirection is not followed, since it would carry the token to somebody else's server.
 */

import type { Link } from './addresses.js';
import {
  ALONE,
  ALONE_WITH_PUSHES,
  ANSWER_BYTES_MAX,
  ANSWERED,
  askToken,
  BUSY,
  bytesOf,
  FAILED,
  LOST,
  NO_AUTH,
  NO_PERM,
  within,
  type LinkHost,
  type Session,
} from './link-session.js';
import type { Transport } from './types.js';

/** What came of a frame. */
type Answer = readonly [status: number, bytes?: Uint8Array];

/** As many frames are under way at a time: a browser opens six connections to a server. */
const UNDER_WAY_MAX = 4;

/** What is read of an answer that is an error: ours are a line. */
const ERROR_BYTES_MAX = 4096;

/** What the status of an answer without replies says. */
const STATUSES: Readonly<Record<number, number>> = {
  401: NO_AUTH,
  403: NO_PERM,
  429: BUSY,
  503: BUSY,
};

/** Asks for the token and takes a link of HTTP up. */
export async function openFetch(
  session: Session,
  { url }: Extract<Link, { kind: 'fetch' }>,
): Promise<void> {
  const token = await askToken(session.host);
  const headers: Record<string, string> = { 'content-type': 'application/vnd.tidecache.resp3' };
  if (token !== undefined) {
    headers['authorization'] = `Bearer ${token}`;
  }
  carry(session, ALONE, async (body, signal) => {
    const response = await fetch(`${url}/v1/frames`, {
      method: 'POST',
      headers,
      body: body as Uint8Array<ArrayBuffer>,
      signal,
      // Not "error", which edge workers do not know; what comes of this is no 200 anywhere.
      redirect: 'manual',
    });
    const { status } = response;
    // The body of an error is read too: until then the connection is not free.
    const bytes = await read(response, status === 200 ? ANSWER_BYTES_MAX : ERROR_BYTES_MAX);
    return status === 200 && bytes !== undefined && bytes.length > 0
      ? [ANSWERED, bytes]
      : [STATUSES[status] ?? FAILED];
  });
}

/** Takes the link of an application's transport up. */
export function openTransport(
  session: Session,
  { transport }: Extract<Link, { kind: 'transport' }>,
): void {
  carry(session, hasPushes(transport) ? ALONE_WITH_PUSHES : ALONE, async (frame, signal) => {
    const bytes = bytesOf(await transport.request(frame, { signal }));
    return bytes === undefined ? [FAILED] : [ANSWERED, bytes];
  });
}

/**
 * Has the pushes of an application's transport brought to the client, if it has any, as long as
 * `isKept` says so: after that the number may be another node's. There is no way to take it back.
 */
export function listenToPushes(
  transport: Transport,
  host: LinkHost,
  node: number,
  isKept: () => boolean,
): void {
  if (hasPushes(transport)) {
    try {
      transport.onPush?.((frame) => {
        const bytes = isKept() ? bytesOf(frame) : undefined;
        if (bytes !== undefined) {
          host.pushed(node, bytes);
        }
      });
    } catch {
      // Then there are none.
    }
  }
}

function hasPushes(transport: Transport): boolean {
  try {
    return typeof transport.onPush === 'function';
  } catch {
    return false;
  }
}

/** Takes a link up on which `ask` brings one frame and its answer; who rejects has no way. */
function carry(
  session: Session,
  kind: number,
  ask: (frame: Uint8Array, signal: AbortSignal) => Promise<Answer>,
): void {
  const underWay = new Set<AbortController>();
  let [number, bytes] = [0, 0];
  session.close = () => {
    for (const controller of underWay) {
      controller.abort();
    }
  };
  const send = async (frame: Uint8Array): Promise<void> => {
    const [at, { length }] = [number++, frame];
    const controller = new AbortController();
    underWay.add(controller);
    bytes += length;
    const answer = ask(frame, controller.signal).catch((): Answer => [LOST]);
    const [status, replies] = await within<Answer>(session.host.longestMs(), answer, () => {
      controller.abort();
      return [FAILED];
    });
    underWay.delete(controller);
    bytes -= length;
    session.answer(at, status, replies);
  };
  session.up(
    {
      send(frame) {
        void send(frame);
      },
      buffered: () => bytes,
      isReady: () => underWay.size < UNDER_WAY_MAX,
    },
    kind,
  );
}

/** Returns a body; nothing if it has more than `bytesMax` bytes, of which no more is read then. */
async function read({ body }: Response, bytesMax: number): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) {
      break;
    }
    length += value.length;
    if (length > bytesMax) {
      // Whether the server hears of it is its own affair.
      await reader?.cancel().catch(() => undefined);
      return undefined;
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
