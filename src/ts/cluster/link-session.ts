/**
 * Links to nodes: what all of them have.
 *
 * A transport knows nothing of what is in a frame. It connects, says that the link is up, hands
 * over what arrives, and ends the session when the link is lost.
 */

/** How answers belong to frames: in the order of all messages of the link, pushes between them. */
export const ORDERED = 0;
/** Each frame has its own answer, and begins with a greeting. */
export const ALONE = 1;
/** The same, and pushes come beside the answers. */
export const ALONE_WITH_PUSHES = 2;

/** What came of a frame that has its own answer: the numbers of `src/js/line.rs`. */
export const ANSWERED = 0;
export const NO_AUTH = 1;
export const NO_PERM = 2;
export const BUSY = 3;
export const FAILED = 4;
export const LOST = 5;

/** What arrives at once is not longer: a frame may ask for many values of a megabyte each. */
export const ANSWER_BYTES_MAX = 2 ** 26;

/** A link that is not up after this is given up; so is the question for a token. */
export const HANDSHAKE_MS = 5_000;

const NOTHING: Uint8Array = new Uint8Array(0);

/** A link that is up. */
export interface Carrier {
  /** Sends a frame; throws if it cannot. */
  send(frame: Uint8Array): void;
  /** Returns how many bytes have not left yet. */
  buffered(): number;
  /** Whether a frame would be sent at once. */
  isReady?(): boolean;
}

/** Whom links tell. */
export interface LinkHost {
  /** What to say who we are: a token, or what gives one. */
  readonly token: undefined | string | (() => Promise<string>);
  /** A link is up. */
  up(session: Session, kind: number): void;
  /** Bytes came in the order of the messages. */
  received(session: Session, bytes: Uint8Array): void;
  /** Something came of a frame that has its own answer. */
  answered(session: Session, frame: number, status: number, bytes: Uint8Array): void;
  /** Bytes came beside the answers. */
  pushed(node: number, bytes: Uint8Array): void;
  /** The node does not take the token. */
  refused(node: number): void;
  /** The link is lost, or could not be had. */
  lost(node: number): void;
  /** Returns after how many milliseconds nobody waits for an answer any more. */
  longestMs(): number;
}

/** One attempt at a link, from its beginning to its end. */
export class Session {
  readonly host: LinkHost;
  readonly node: number;
  isOver = false;
  isProven = false;
  /** The link, while it is up. */
  carrier: Carrier | undefined;
  /** Gives back what the transport holds. */
  close: () => void = () => undefined;
  readonly #onEnd: () => void;

  constructor(host: LinkHost, node: number, onEnd: () => void) {
    this.host = host;
    this.node = node;
    this.#onEnd = onEnd;
  }

  /** The link is up. */
  up(carrier: Carrier, kind: number): void {
    if (!this.isOver) {
      this.carrier = carrier;
      this.host.up(this, kind);
    }
  }

  /** Takes what came in the order of the messages; what is no bytes ends the link. */
  receive(data: unknown): void {
    const bytes = bytesOf(data);
    if (bytes === undefined) {
      this.end();
    } else if (!this.isOver) {
      this.host.received(this, bytes);
    }
  }

  /** Takes what came of a frame. */
  answer(frame: number, status: number, bytes = NOTHING): void {
    if (!this.isOver) {
      this.host.answered(this, frame, status, bytes);
    }
  }

  /** The link is lost, or could not be had. */
  end(): void {
    if (this.stop()) {
      this.host.lost(this.node);
      this.#onEnd();
    }
  }

  /** Closes the link without telling; whether there was something to close. */
  stop(): boolean {
    const wasOpen = !this.isOver;
    this.isOver = true;
    this.carrier = undefined;
    if (wasOpen) {
      try {
        this.close();
      } catch {
        // It may be closed already, or the other end be gone.
      }
    }
    return wasOpen;
  }
}

/**
 * Returns the bytes of what should be a buffer or a view of one, of whichever realm; `undefined` if
 * it is something else, longer than any answer is, or empty.
 */
export function bytesOf(data: unknown): Uint8Array | undefined {
  try {
    const view = ArrayBuffer.isView(data) ? data : new DataView(data as ArrayBuffer);
    const { buffer, byteOffset, byteLength } = view;
    return byteLength > 0 && byteLength <= ANSWER_BYTES_MAX
      ? new Uint8Array(buffer, byteOffset, byteLength)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Settles as `work` does, or gives `late` when the time is over. */
export async function within<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  }).then(late);
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves with the token; rejects if there is none to be had now. */
export async function askToken({ token }: LinkHost): Promise<string | undefined> {
  if (typeof token !== 'function') {
    return token;
  }
  const answer = await within<unknown>(HANDSHAKE_MS, token(), () => {
    throw new Error('the token is late');
  });
  return typeof answer === 'string' ? answer : undefined;
}
