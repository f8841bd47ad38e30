/**
 * One connection of a node: what it has brought is answered, and what is to be sent is sent, as
 * fast as the other end reads.
 *
 * A client that asks for much and reads little must not make the node keep the answers. So nothing
 * more is answered while {@link UNSENT_BYTES_MAX} wait to leave; what the client goes on to send is
 * kept up to {@link INBOX_BYTES_MAX}, and the carrier reads no further where it can be told so. Who
 * reads nothing for {@link STUCK_MS} is given up.
 */

import type { NodeCore } from '../../../target/wasm/node/node.js';
import { unref } from '../clock.js';

/** What carries the frames of one connection. None of these calls back at once. */
export interface Carrier {
  /** Whether it has a peer that may be gone without anybody hearing of it. */
  readonly isRemote: boolean;
  /** Sends one frame; it may be transferred. */
  send(frame: Uint8Array): void;
  /** Returns how many bytes were sent and have not left; 0 where nobody knows. */
  unsent(): number;
  /** Ends it, with the code of a WebSocket. */
  close(code: number): void;
  /** Reads no more until {@link resume}, where it can. */
  pause?(): void;
  /** Reads again. */
  resume?(): void;
  /** Asks the other end whether it is there; its answer is {@link Link.note}d. */
  ping?(): void;
}

/** How a connection was let in, as the module numbers it. */
export const STRANGER = 0;
/** It has shown a token, or is of the same program. */
export const KNOWN = 1;
/** It has shown a wrong token. */
export const REFUSED = 2;

/** How a connection stands, as the module numbers it. */
export const MORE = 1;
/** It is to be closed. */
export const ENDED = 2;

/** The longest frame: the longest value, its key, and the words around them. */
export const FRAME_BYTES_MAX = (1 << 20) + 4096;
/** Where so many bytes wait to leave, nothing more is answered or pushed. */
const UNSENT_BYTES_MAX = 1 << 20;
/** What a client may send ahead while it does not read. */
const INBOX_BYTES_MAX = 4 << 20;
/** What each message costs beside its bytes. */
const MESSAGE_BYTES = 64;
const STUCK_MS = 10_000;
const POLL_MS = 10;
/** A stranger has so long to log in. */
const HANDSHAKE_MS = 5_000;
/** A connection over which nothing comes for so long is given up. */
const IDLE_MS = 60_000;

const NOTHING = new Uint8Array(0);

/** What a link needs of its node. */
export interface LinkHome {
  /** The module's part, once it is there. */
  readonly core: NodeCore | undefined;
  /** Forgets a link. */
  forget(link: Link): void;
  /** Sends soon what the others have to hear. */
  pushSoon(): void;
  /** Says that the module has failed, after which it is not to be used. */
  fail(): void;
}

/** One connection. */
export class Link {
  /** Its number in the module; 0 before the module is there. */
  id = 0;
  readonly #home: LinkHome;
  readonly #carrier: Carrier;
  readonly #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #isOpen = true;
  #hasMore = false;
  #hasPushes = false;
  readonly #openedMs = performance.now();
  #heardMs = performance.now();
  /** Set while too much waits to leave. */
  #poll: ReturnType<typeof setTimeout> | undefined;
  #stuckMs = 0;
  #unsent = 0;

  constructor(home: LinkHome, carrier: Carrier) {
    this.#home = home;
    this.#carrier = carrier;
  }

  /** Takes one message of the other end. */
  receive(bytes: Uint8Array): void {
    if (!this.#isOpen) {
      // In an edge worker only the other end's own events may close it.
      this.#hangUp(GOING_AWAY);
      return;
    }
    this.note();
    this.#inbox.push(bytes);
    this.#inboxBytes += bytes.length + MESSAGE_BYTES;
    if (bytes.length > FRAME_BYTES_MAX) {
      this.close(TOO_BIG);
    } else if (this.#inboxBytes > INBOX_BYTES_MAX) {
      this.close(POLICY);
    } else if (this.#poll === undefined) {
      this.pump();
    }
  }

  /** Notes that the other end is there. */
  note(): void {
    this.#heardMs = performance.now();
  }

  /** Answers what waits, as far as the other end reads. */
  pump(): void {
    const { core } = this.#home;
    if (core === undefined || this.id === 0) {
      return;
    }
    try {
      while (this.#isOpen && this.#mayRun() && this.#step(core));
    } catch {
      // Garbage cannot do this: the module has run out of memory, or has a defect.
      this.#home.fail();
    }
    this.#home.pushSoon();
  }

  /** Sends what is pushed to this connection. */
  push(): void {
    const { core } = this.#home;
    this.#hasPushes = true;
    if (core !== undefined && this.#isOpen && this.#mayRun()) {
      this.#hasPushes = false;
      this.#send(core.pushes(this.id));
    }
  }

  /** Looks whether it is to be given up. Called every second or so. */
  check(): void {
    const now = performance.now();
    if (!this.#carrier.isRemote || !this.#isOpen) {
      return;
    }
    const isStranger = this.#home.core?.isAdmitted(this.id) === false;
    if (isStranger && now - this.#openedMs > HANDSHAKE_MS) {
      this.close(POLICY);
    } else if (now - this.#heardMs > IDLE_MS) {
      this.close(GOING_AWAY);
    } else if (now - this.#heardMs > IDLE_MS / 3) {
      this.#carrier.ping?.();
    }
  }

  /** Ends the connection from this side. */
  close(code: number): void {
    if (this.#isOpen) {
      this.end();
      this.#hangUp(code);
    }
  }

  /** Forgets the connection, which has ended. */
  end(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#inbox.length = 0;
      clearTimeout(this.#poll);
      this.#home.forget(this);
    }
  }

  /** Answers one message, or as much of it as fits a frame; false if there is none. */
  #step(core: NodeCore): boolean {
    const message = this.#hasMore ? NOTHING : this.#inbox.shift();
    if (message === undefined) {
      return false;
    }
    if (!this.#hasMore) {
      this.#inboxBytes -= message.length + MESSAGE_BYTES;
    }
    const replies = core.receive(this.id, Date.now(), message);
    const standing = core.standing(this.id);
    this.#hasMore = standing === MORE;
    this.#send(replies);
    if (standing === ENDED) {
      this.close(NORMAL);
    }
    return true;
  }

  #hangUp(code: number): void {
    try {
      this.#carrier.close(code);
    } catch {
      // It is closed already.
    }
  }

  #send(frame: Uint8Array): void {
    if (frame.length > 0 && this.#isOpen) {
      try {
        this.#carrier.send(frame);
      } catch {
        this.close(GOING_AWAY);
      }
    }
  }

  /** Whether there is room for more to leave; if not, somebody will look again. */
  #mayRun(): boolean {
    if (this.#poll !== undefined) {
      return false;
    }
    const unsent = this.#carrier.unsent();
    if (unsent <= UNSENT_BYTES_MAX) {
      return true;
    }
    this.#stuckMs = performance.now();
    this.#unsent = unsent;
    this.#carrier.pause?.();
    this.#wait();
    return false;
  }

  #wait(): void {
    this.#poll = setTimeout(() => {
      this.#look();
    }, POLL_MS);
    unref(this.#poll);
  }

  #look(): void {
    const unsent = this.#carrier.unsent();
    const now = performance.now();
    if (unsent < this.#unsent) {
      this.#stuckMs = now;
      this.#unsent = unsent;
    }
    if (now - this.#stuckMs > STUCK_MS) {
      this.close(POLICY);
    } else if (unsent > UNSENT_BYTES_MAX) {
      this.#wait();
    } else {
      this.#poll = undefined;
      this.note();
      this.#carrier.resume?.();
      this.pump();
      if (this.#hasPushes) {
        this.push();
      }
    }
  }
}

/** It was wished, or is of no use any more. */
export const NORMAL = 1000;
/** The node ends, or nobody is there. */
export const GOING_AWAY = 1001;
/** The message is no bytes. */
export const NO_BYTES = 1003;
/** Too slow, too long silent, or a stranger. */
export const POLICY = 1008;
/** The message is longer than any may be. */
export const TOO_BIG = 1009;
/** The module has failed. */
export const BROKEN = 1011;
/** There are too many connections. */
export const TRY_LATER = 1013;
