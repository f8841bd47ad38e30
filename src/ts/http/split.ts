/**
 * One body, two readers: the caller, and the store.
 *
 * `tee()` would hold without limit what one of them has not read. Here the caller's pace is the
 * network's, after {@link AHEAD_BYTES}: unless others wait for the store, then the store's is.
 */

/** What a reader may be behind. */
const AHEAD_BYTES = 1 << 20;

/** The two halves of a body. */
export interface Halves {
  readonly caller: ReadableStream<Uint8Array>;
  readonly store: ReadableStream<Uint8Array>;
  /** From now on the caller's pace does not count, and the store gets all of it. */
  hurry(): void;
}

/** Splits a body. A caller who cancels ends the store's half too, as an error. */
export function split(body: ReadableStream<Uint8Array>): Halves {
  return new Splitter(body.getReader()).halves;
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

class Splitter {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly halves: Halves;
  #caller: Controller | undefined;
  #store: Controller | undefined;
  #isHurried = false;
  #wake = (): void => undefined;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
    const strategy = { highWaterMark: AHEAD_BYTES, size: (chunk: Uint8Array) => chunk.byteLength };
    const pull = (): void => {
      this.#wake();
    };
    const caller = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#caller = controller),
        pull,
        cancel: (reason) => this.#cancelCaller(reason),
      },
      strategy,
    );
    const store = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#store = controller),
        pull,
        cancel: (reason) => this.#cancelStore(reason),
      },
      strategy,
    );
    const hurry = (): void => {
      this.#isHurried = true;
      this.#wake();
    };
    this.halves = { caller, store, hurry };
    void this.#run();
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        while (!this.#hasRoom()) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
        const { done, value } = await this.#reader.read();
        if (done) {
          this.#caller?.close();
          this.#store?.close();
          return;
        }
        // A copy: the caller may transfer or overwrite what is his.
        this.#store?.enqueue(value.slice());
        this.#caller?.enqueue(value);
      }
    } catch (error) {
      this.#caller?.error(error);
      this.#store?.error(error);
    }
  }

  #hasRoom(): boolean {
    const lacks = (half: Controller | undefined): boolean =>
      half !== undefined && (half.desiredSize ?? 0) <= 0;
    return !(lacks(this.#store) || (!this.#isHurried && lacks(this.#caller)));
  }

  async #cancelCaller(reason: unknown): Promise<void> {
    this.#caller = undefined;
    this.#wake();
    if (this.#isHurried && this.#store !== undefined) {
      return;
    }
    this.#store?.error(reason ?? new DOMException('the caller has cancelled', 'AbortError'));
    this.#store = undefined;
    await this.#reader.cancel(reason);
  }

  async #cancelStore(reason: unknown): Promise<void> {
    this.#store = undefined;
    this.#wake();
    if (this.#caller === undefined) {
      await this.#reader.cancel(reason);
    }
  }
}
