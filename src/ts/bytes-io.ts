/** Bytes that grow as they are written, and bytes that are read with every length checked. */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LONE_SURROGATE = /\p{Surrogate}/u;
/** What a text begins with whose characters are written as they are, two bytes each. */
const WIDE = 2 ** 31;

/** Writes numbers little-endian, texts and bytes with their length before them. */
export class Writer {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  /** How many bytes have been written. */
  length = 0;

  u8(value: number): void {
    const at = this.#claim(1);
    this.#view.setUint8(at, value);
  }

  u32(value: number): void {
    const at = this.#claim(4);
    this.#view.setUint32(at, value, true);
  }

  f64(value: number): void {
    const at = this.#claim(8);
    this.#view.setFloat64(at, value, true);
  }

  bytes(value: Uint8Array): void {
    this.u32(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    const at = this.#claim(value.length);
    this.#bytes.set(value, at);
  }

  /** A lone surrogate has no UTF-8: a text with one is written as it is in memory. */
  text(value: string): void {
    if (!LONE_SURROGATE.test(value)) {
      this.bytes(encoder.encode(value));
      return;
    }
    this.u32(value.length + WIDE);
    const start = this.#claim(2 * value.length);
    for (let at = 0; at < value.length; at++) {
      this.#view.setUint16(start + 2 * at, value.charCodeAt(at), true);
    }
  }

  /** Returns what has been written, not a copy. */
  done(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** Makes room, perhaps in another buffer: to be called before the view is asked for. */
  #claim(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

/** Reads what a {@link Writer} wrote; throws a `RangeError` at the end of the bytes. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** Returns a part of the bytes, not a copy. */
  bytes(): Uint8Array {
    return this.raw(this.u32());
  }

  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    const length = this.u32();
    if (length < WIDE) {
      return decoder.decode(this.raw(length));
    }
    const units = this.raw(2 * (length - WIDE));
    let text = '';
    for (let at = 0; at < units.length; at += 2) {
      text += String.fromCharCode(units[at]! | (units[at + 1]! << 8));
    }
    return text;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.left) {
      throw new RangeError('it ends too early');
    }
    this.#at += count;
    return at;
  }
}
