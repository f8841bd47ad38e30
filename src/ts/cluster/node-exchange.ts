/** The commands of one body, and their replies as fast as somebody takes them. */

import type { NodeCore } from '../../../target/wasm/node/node.js';
import { ENDED, MORE } from './node-link.js';

/** What an exchange needs of its node. */
export interface ExchangeHome {
  settle(exchange: Exchange): void;
  pushSoon(): void;
  fail(): void;
}

const NOTHING = new Uint8Array(0);
/** Replies that nobody has taken for so long nobody will take. */
const IDLE_MS = 60_000;

/** One body. What does not fit the first frame is answered when the frame has been taken. */
export class Exchange {
  readonly id: number;
  /** The replies, or the first frame of them. */
  first: Uint8Array = NOTHING;
  /** Whether there are more than the first frame. */
  hasMore = false;
  readonly #home: ExchangeHome;
  readonly #core: NodeCore;
  #isOpen = true;
  #takenMs = performance.now();

  constructor(home: ExchangeHome, core: NodeCore, id: number) {
    this.#home = home;
    this.#core = core;
    this.id = id;
  }

  /** Answers the first frame of the body. */
  begin(body: Uint8Array): void {
    this.first = this.#answer(body) ?? NOTHING;
  }

  /** Returns the next frame of replies, `undefined` if there is none. */
  next(): Uint8Array | undefined {
    return this.hasMore ? this.#answer(NOTHING) : undefined;
  }

  /** Answers nothing more. */
  end(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.hasMore = false;
      this.#home.settle(this);
    }
  }

  /** Ends it if nobody takes the replies. */
  check(): void {
    if (performance.now() - this.#takenMs > IDLE_MS) {
      this.end();
    }
  }

  #answer(body: Uint8Array): Uint8Array | undefined {
    if (!this.#isOpen) {
      return undefined;
    }
    this.#takenMs = performance.now();
    try {
      const frame = this.#core.receive(this.id, Date.now(), body);
      const standing = this.#core.standing(this.id);
      this.hasMore = standing === MORE;
      if (this.hasMore) {
        return frame;
      }
      // What the body breaks off in the middle of is the last error.
      const last = standing === ENDED ? NOTHING : this.#core.finish(this.id);
      this.end();
      return last.length === 0 ? frame : joined(frame, last);
    } catch {
      // Garbage cannot do this: the module has run out of memory, or has a defect.
      this.end();
      this.#home.fail();
      return undefined;
    } finally {
      this.#home.pushSoon();
    }
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
