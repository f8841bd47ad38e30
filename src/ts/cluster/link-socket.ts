/**
 * Frames over a WebSocket: the browser's, Node's own, or that of the package `ws`.
 *
 * The token goes as a second subprotocol, `bearer.` and the token in base64url: a browser's socket
 * carries no header, and a URL would end up in logs. The server selects the first protocol only.
 */

import type { Link } from './addresses.js';
import { askToken, HANDSHAKE_MS, ORDERED, type Session } from './link-session.js';

/** What all WebSockets have. */
interface Socket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: Ending) => void) | null;
  onerror: ((event: Ending) => void) | null;
  send(frame: Uint8Array): void;
  close(): void;
}

/** What some platforms tell of an end. */
interface Ending {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** The close code of a server that does not take the token. */
const POLICY_VIOLATION = 1008;

/** Connects. */
export async function openSocket(
  session: Session,
  { url, WebSocket }: Extract<Link, { kind: 'websocket' }>,
): Promise<void> {
  const { host, node } = session;
  const token = await askToken(host);
  if (session.isOver) {
    return;
  }
  const bearer = token === undefined ? [] : [`bearer.${base64url(token)}`];
  const socket = new WebSocket(url, ['tidecache.resp3.v1', ...bearer]) as Socket;
  const timer = setTimeout(() => {
    session.end();
  }, HANDSHAKE_MS);
  const end = (event: Ending): void => {
    if (!session.isOver) {
      if (isRefusal(event)) {
        host.refused(node);
      }
      session.end();
    }
  };
  session.close = () => {
    clearTimeout(timer);
    socket.onopen = socket.onmessage = socket.onclose = null;
    // `ws` reports a socket that is closed before it is open as an error, and in Node an error that
    // nobody listens to ends the process.
    socket.onerror = () => undefined;
    socket.close();
  };
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    clearTimeout(timer);
    const send = (frame: Uint8Array): void => {
      socket.send(frame);
    };
    session.up({ send, buffered: () => socket.bufferedAmount }, ORDERED);
  };
  socket.onmessage = ({ data }) => {
    session.receive(data);
  };
  socket.onclose = socket.onerror = end;
}

/**
 * Whether an event says that the server does not take the token. A browser does not tell why a
 * handshake failed; `ws` tells the status, and a server that is there closes with a code.
 */
function isRefusal({ code, message }: Ending): boolean {
  return code === POLICY_VIOLATION || / 40[13]$/.test(String(message));
}

/** Returns a text in base64 with the letters of URLs, without padding. */
function base64url(text: string): string {
  const letters = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(letters.join('')).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
