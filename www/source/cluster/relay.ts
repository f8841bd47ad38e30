/**
 * The wire between a client and a node: two channels and this relay between them, which sees each
 * message, can hold them back and can cut the wire. It does not read or change what passes.
 */

/** Where a message goes. */
export type Direction = 'to' | 'from';

/** What both ends say when a link is over. */
const CLOSED = { tidecache: null };

/** One wire. */
export class Relay {
  /** The client's end. */
  readonly port: MessagePort;
  /** The node's end. */
  readonly nodePort: MessagePort;
  readonly #client: MessagePort;
  readonly #node: MessagePort;
  readonly #seen: (direction: Direction) => void;
  #held: (() => void)[] | undefined;

  constructor(seen: (direction: Direction) => void) {
    const [near, far] = [new MessageChannel(), new MessageChannel()];
    this.port = near.port1;
    this.nodePort = far.port1;
    this.#client = near.port2;
    this.#node = far.port2;
    this.#seen = seen;
    this.#client.onmessage = ({ data }) => {
      this.#pass('to', this.#node, data);
    };
    this.#node.onmessage = ({ data }) => {
      this.#pass('from', this.#client, data);
    };
  }

  /** Holds messages back, or lets those that were held go on. */
  set isPaused(isPaused: boolean) {
    const held = this.#held ?? [];
    this.#held = isPaused ? held : undefined;
    if (!isPaused) {
      for (const pass of held) {
        pass();
      }
    }
  }

  /** Cuts the wire: both ends learn that it is gone, as they would of a lost connection. */
  cut(): void {
    this.#held = undefined;
    for (const port of [this.#client, this.#node]) {
      port.onmessage = null;
      port.postMessage(CLOSED);
      port.close();
    }
  }

  #pass(direction: Direction, port: MessagePort, data: unknown): void {
    const pass = (): void => {
      this.#seen(direction);
      const frame = (data as { tidecache?: unknown } | null)?.tidecache;
      port.postMessage(data, frame instanceof Uint8Array ? [frame.buffer] : []);
    };
    if (this.#held === undefined) {
      pass();
    } else {
      this.#held.push(pass);
    }
  }
}
