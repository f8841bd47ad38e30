/**
 * What keeps a link to a node: when one is lost, it pauses and connects again.
 *
 * The pause is full jitter [1]: a random part of 50 ms, doubled with each attempt up to 5 s, and
 * 50 ms again once a node has answered the greeting.
 *
 * [1] M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
 */

import type { Link } from './addresses.js';
import { openPort } from './link-port.js';
import { listenToPushes, openFetch, openTransport } from './link-requests.js';
import { Session, type LinkHost } from './link-session.js';
import { openSocket } from './link-socket.js';

const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 5_000;

/** Keeps a link to one node. */
export class NodeLink {
  session: Session | undefined;
  #isStopped = false;
  readonly #link: Link;
  readonly #host: LinkHost;
  readonly #node: number;
  #attempt = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(host: LinkHost, node: number, link: Link) {
    this.#host = host;
    this.#node = node;
    this.#link = link;
  }

  /** Whether it is made of the same as `link`. */
  isOf(link: Link): boolean {
    const fields = link as unknown as Readonly<Record<string, unknown>>;
    return Object.entries(this.#link).every(([name, value]) => fields[name] === value);
  }

  /** Begins to keep the link. */
  start(): void {
    if (this.#link.kind === 'transport') {
      listenToPushes(this.#link.transport, this.#host, this.#node, () => !this.#isStopped);
    }
    this.#begin();
  }

  /** Connects, when the turn is over. */
  #begin(): void {
    const session = new Session(this.#host, this.#node, () => {
      this.#rest(session.isProven);
    });
    this.session = session;
    void this.#connect(session);
  }

  /** Ends the link, for good. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#pause);
    this.session?.stop();
  }

  async #connect(session: Session): Promise<void> {
    await Promise.resolve();
    try {
      if (!session.isOver) {
        await open(session, this.#link);
      }
    } catch {
      session.end();
    }
  }

  #rest(wasGood: boolean): void {
    // Nothing tells the late replies of a port's last session from those of its next.
    if (!this.#isStopped && this.#link.kind !== 'port') {
      this.#attempt = wasGood ? 0 : this.#attempt + 1;
      const longest = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** this.#attempt);
      this.#pause = setTimeout(() => {
        this.#begin();
      }, Math.random() * longest);
      // A process that has nothing else to do ends meanwhile; in a page a timer is a number.
      (this.#pause as { unref?(): void }).unref?.();
    }
  }
}

/** Opens a link. Who rejects has none. */
function open(session: Session, link: Link): Promise<void> | void {
  switch (link.kind) {
    case 'websocket':
      return openSocket(session, link);
    case 'fetch':
      return openFetch(session, link);
    case 'port':
      openPort(session, link);
      return undefined;
    case 'transport':
      openTransport(session, link);
      return undefined;
  }
}
