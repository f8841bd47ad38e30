/**
 * Connections through ports and workers.
 *
 * A message is `{ tidecache: Uint8Array }`, its buffer transferred; `{ tidecache: null }` says that
 * the link is closed, and messages of others are passed over. Who can attach a port is of the same
 * program, so that no token is asked for.
 */

import { describe, wrongType } from '../errors.js';
import type { Hub } from './node-hub.js';
import { KNOWN, type Link } from './node-link.js';
import { listen, type Listening } from './port-listening.js';
import type { PortLike } from './types.js';

/**
 * Takes a port into the node; nothing if it is attached already.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: it does not post or is not to be listened to.
 */
export function attachPort(hub: Hub, attached: Set<PortLike>, port: PortLike): void {
  const listening = checked(port);
  if (attached.has(port)) {
    return;
  }
  attached.add(port);
  const detach = listen(listening, {
    message(data) {
      const frame = frameOf(data);
      if (frame === null) {
        link.end();
        detach();
        attached.delete(port);
      } else if (frame !== undefined) {
        link.receive(frame);
      }
    },
    end() {
      link.end();
      detach();
      attached.delete(port);
    },
  });
  const link: Link = hub.open(
    {
      isRemote: false,
      send(frame) {
        port.postMessage({ tidecache: frame }, [frame.buffer]);
      },
      // A port does not tell.
      unsent: () => 0,
      close() {
        detach();
        attached.delete(port);
        port.postMessage({ tidecache: null });
      },
    },
    KNOWN,
  );
  listening.start?.();
}

function checked(port: PortLike): Listening {
  const isObject = typeof port === 'object' && port !== null;
  const given = port as PortLike & Listening;
  const isListening =
    isObject &&
    typeof given.postMessage === 'function' &&
    (typeof given.addEventListener === 'function' || typeof given.on === 'function');
  if (!isListening) {
    throw wrongType(
      `${describe(port)} is no port; give a MessagePort, a Worker, the global scope of a worker, ` +
        'or one of node:worker_threads',
    );
  }
  return given;
}

/** Returns the bytes of a message, `null` if it ends the link, `undefined` if it is another's. */
function frameOf(data: unknown): Uint8Array | null | undefined {
  if (typeof data !== 'object' || data === null || !('tidecache' in data)) {
    return undefined;
  }
  const { tidecache: frame } = data;
  if (frame === null) {
    return null;
  }
  return ArrayBuffer.isView(frame)
    ? new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength)
    : undefined;
}
