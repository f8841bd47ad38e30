/**
 * Frames over a `MessagePort`, a `Worker`, or whatever posts messages.
 *
 * A message is `{ tidecache: Uint8Array }`, its buffer transferred; `{ tidecache: null }` says that
 * the link is closed, and messages of others are passed over. A port has no state of its own to
 * tell one session from the next, so a link that is lost stays lost: there are new ports with the
 * next epoch.
 */

import type { Link } from './addresses.js';
import { ORDERED, type Session } from './link-session.js';
import { listen, type Listening } from './port-listening.js';

/** Listens. */
export function openPort(session: Session, { port }: Extract<Link, { kind: 'port' }>): void {
  const send = (frame: Uint8Array): void => {
    port.postMessage({ tidecache: frame }, [frame.buffer]);
  };
  // A port does not tell what has not left.
  session.up({ send, buffered: () => 0 }, ORDERED);
  if (session.isOver) {
    return;
  }
  const listening = port as Listening;
  const detach = listen(listening, {
    message(data) {
      const frame = (data as { readonly tidecache?: unknown } | null | undefined)?.tidecache;
      if (frame !== undefined) {
        session.receive(frame);
      }
    },
    end() {
      session.end();
    },
  });
  session.close = () => {
    detach();
    port.postMessage({ tidecache: null });
  };
  // Ports that were never listened to keep what arrives until they are started.
  listening.start?.();
}
