/**
 * A body on its way into a store: its first bytes are held, so that a store without room can be
 * asked again; what is longer than that streams through once.
 */

/** How much of a body is held. */
const HELD_BYTES_MAX = 8 << 20;

/** The body is longer than may be kept. */
export class TooLong extends Error {}

/** A body of which the beginning, or all, is in memory. */
export class Gathered {
  readonly #chunks: readonly Uint8Array[];
  readonly #rest: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #limit: number;
  /** The bytes that were read. */
  bytes: number;

  private constructor(
    chunks: readonly Uint8Array[],
    bytes: number,
    rest: ReadableStreamDefaultReader<Uint8Array> | undefined,
    limit: number,
  ) {
    this.#chunks = chunks;
    this.#rest = rest;
    this.#limit = limit;
    this.bytes = bytes;
  }

  /**
   * Reads the beginning of `body`.
   * @throws {TooLong} it has more than `limit` bytes; its reader is cancelled.
   */
  static async from(
    body: ReadableStream<Uint8Array> | null | undefined,
    limit: number,
  ): Promise<Gathered> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const reader = body?.getReader();
    while (reader !== undefined && bytes <= HELD_BYTES_MAX) {
      const { done, value } = await reader.read();
      if (done) {
        return new Gathered(chunks, bytes, undefined, limit);
      }
      chunks.push(value);
      bytes += value.byteLength;
      if (bytes > limit) {
        await reader.cancel();
        throw new TooLong();
      }
    }
    return new Gathered(chunks, bytes, reader, limit);
  }

  /** Whether all of it is in memory, so that it can be written once more. */
  get isWhole(): boolean {
    return this.#rest === undefined;
  }

  /** Yields the chunks; after the first {@link HELD_BYTES_MAX} bytes only once. */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    yield* this.#chunks;
    const rest = this.#rest;
    while (rest !== undefined) {
      const { done, value } = await rest.read();
      if (done) {
        return;
      }
      this.bytes += value.byteLength;
      if (this.bytes > this.#limit) {
        await rest.cancel();
        throw new TooLong();
      }
      yield value;
    }
  }

  /** Returns it as the body of a response. */
  body(): Blob | ReadableStream<Uint8Array> {
    if (this.isWhole) {
      return new Blob(this.#chunks as Uint8Array<ArrayBuffer>[]);
    }
    const chunks = this.chunks();
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) {
          controller.close();
        } else {
          controller.enqueue(value);
        }
      },
      async cancel() {
        await chunks.return();
      },
    });
  }
}
