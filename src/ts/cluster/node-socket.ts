/** WebSockets of a node, as Deno, Cloudflare, Bun and the package `ws` have them. */

import { unref } from '../clock.js';
import type { Hub } from './node-hub.js';
import { NO_BYTES, type Carrier, type Link } from './node-link.js';

/** A WebSocket with the browser's interface. */
export interface SocketLike {
  binaryType?: string;
  readonly bufferedAmount?: number;
  send(data: Uint8Array): void;
  close(code?: number): void;
  addEventListener(name: string, listener: (event: { readonly data?: unknown }) => void): void;
}

/** What the sockets of `ws` have beside that. */
export interface NodeSocket extends SocketLike {
  pause(): void;
  resume(): void;
  ping(): void;
  terminate(): void;
  on(name: string, listener: (...values: unknown[]) => void): unknown;
}

/** How long a closing handshake may take. */
const CLOSE_MS = 1_000;

/**
 * Takes a WebSocket into the node.
 * @param opensLater whether it may not be used before its event `open`
 */
export function acceptSocket(
  hub: Hub,
  socket: SocketLike,
  trust: number,
  opensLater: boolean,
): void {
  let link: Link | undefined;
  socket.binaryType = 'arraybuffer';
  const open = (): void => {
    link = hub.open(carrierOf(socket), trust);
  };
  socket.addEventListener('message', ({ data }) => {
    take(link, data);
  });
  for (const name of ['close', 'error']) {
    socket.addEventListener(name, () => {
      link?.end();
    });
  }
  if (opensLater) {
    socket.addEventListener('open', open);
  } else {
    open();
  }
}

/** Takes a WebSocket of the package `ws` into the node. */
export function acceptNodeSocket(hub: Hub, socket: NodeSocket, trust: number): void {
  let isClosing = false;
  const carrier: Carrier = {
    ...carrierOf(socket),
    close(code) {
      if (isClosing) {
        return;
      }
      isClosing = true;
      socket.close(code);
      // Who does not read does not answer either.
      const timer = setTimeout(() => {
        socket.terminate();
      }, CLOSE_MS);
      unref(timer);
      socket.on('close', () => {
        clearTimeout(timer);
      });
    },
    pause() {
      socket.pause();
    },
    resume() {
      socket.resume();
    },
    ping() {
      socket.ping();
    },
  };
  const link = hub.open(carrier, trust);
  socket.on('message', (data, isBinary) => {
    take(link, isBinary === true ? data : undefined);
  });
  socket.on('pong', () => {
    link.note();
  });
  socket.on('close', () => {
    link.end();
  });
  // A frame that is too long or broken: `ws` closes the socket by itself.
  socket.on('error', () => undefined);
}

/** What `Bun.serve` wants to be told of WebSockets; each has the state of its connection. */
export interface BunHandlers {
  readonly maxPayloadLength: number;
  readonly idleTimeout: number;
  readonly perMessageDeflate: false;
  open(socket: BunSocket): void;
  message(socket: BunSocket, data: string | Uint8Array): void;
  close(socket: BunSocket): void;
}

/** A WebSocket of Bun. */
interface BunSocket {
  readonly data: BunState;
  send(data: Uint8Array): number;
  close(code: number): void;
  getBufferedAmount(): number;
}

/** What belongs to one WebSocket of Bun. */
interface BunState {
  readonly hub: Hub;
  readonly trust: number;
  link: Link | undefined;
}

/** Returns what is to be the `data` of a WebSocket of Bun. */
export function bunState(hub: Hub, trust: number): BunState {
  return { hub, trust, link: undefined };
}

/** The handlers of all nodes of this process: what differs is in the sockets' `data`. */
export const bunHandlers: BunHandlers = {
  // Longer frames are refused by the link, too.
  maxPayloadLength: 2 << 20,
  // Seconds; Bun asks by itself whether the other end is there.
  idleTimeout: 60,
  perMessageDeflate: false,
  open(socket) {
    const { data } = socket;
    data.link = data.hub.open(
      {
        isRemote: true,
        send: (frame) => void socket.send(frame),
        unsent: () => socket.getBufferedAmount(),
        close: (code) => {
          socket.close(code);
        },
      },
      data.trust,
    );
  },
  message({ data: { link } }, data) {
    take(link, data);
  },
  close({ data: { link } }) {
    link?.end();
  },
};

function carrierOf(socket: SocketLike): Carrier {
  return {
    isRemote: true,
    send(frame) {
      socket.send(frame);
    },
    unsent: () => socket.bufferedAmount ?? 0,
    close(code) {
      try {
        socket.close(code);
      } catch {
        // Where a server's socket is a browser's, most codes are not for programs.
        socket.close();
      }
    },
  };
}

/** Hands over a message, which is bytes or somebody else's. */
function take(link: Link | undefined, data: unknown): void {
  if (data instanceof ArrayBuffer) {
    link?.receive(new Uint8Array(data));
  } else if (ArrayBuffer.isView(data)) {
    link?.receive(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  } else {
    link?.close(NO_BYTES);
  }
}
