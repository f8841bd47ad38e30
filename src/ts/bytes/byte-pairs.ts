/**
 * Keys and values in WebAssembly memory, behind the door of `src/js/pairs.rs`.
 *
 * A pair that fits the stage goes in by one call. A larger value is written where it will lie, a
 * piece at a time. Views are looked at anew after every call, since memory may have grown.
 */

import { ByteCore } from '../../../target/wasm/bytes/bytes.js';
import { CacheError, describe, wrongKey } from '../errors.js';
import { CacheSerializationError } from '../serialization-error.js';
import type { PairStore } from '../storage.js';
import { bytes, refreshViews, words } from './module.js';
import { bytesOfText, readText, writeText } from './text.js';

/** No slot has this number. */
const NO_SLOT = 2 ** 32 - 1;
/** The answer that there is no memory. */
const NO_MEMORY = NO_SLOT - 1;
/** The bytes of the stage where nothing needs more, as in `src/js/pairs.rs`. */
const STAGE = 4096;
/** What a pair weighs beside its bytes, as in `src/bytes/chunks.rs`. */
const HEADER = 8;
/** Longer pairs have no lengths. */
const LENGTH_MAX = 2 ** 31 - 32;

/** The words of the board, in the order of `Board` in `src/js/pairs.rs`. */
const STAGE_AT = 0;
const PART_AT = 1;
const PART_LENGTH = 2;
const KEY_LENGTH = 3;
const VALUE_LENGTH = 4;
const TAG = 5;

/** What a value was. */
const IS_BYTES = 0;
const IS_TEXT = 1;
const NOTHING = 32;

/** The pairs of one cache. */
export class BytePairs implements PairStore {
  found: number | undefined;
  readonly #core = new ByteCore(random32(), random32(), random32(), random32());
  /** Where the board is, counted in words. */
  readonly #board = this.#core.board() >>> 2;
  #stageLength = STAGE;
  /** The lengths and the tag of the pair on the stage. */
  #keyLength = 0;
  #valueLength = 0;
  #tag = 0;
  /** The value of that pair, if it does not fit the stage. */
  #large: Uint8Array | undefined;

  find(key: string): number | undefined {
    if (typeof key !== 'string') {
      throw wrongKey(key);
    }
    refreshViews();
    this.#stageKey(key);
    const slot = this.#core.find(this.#keyLength);
    return (this.found = slot === NO_SLOT ? undefined : slot);
  }

  stage(key: string, value: unknown): number {
    refreshViews();
    this.#stageKey(key);
    this.#stageValue(value, key);
    const payload = this.#keyLength + this.#valueLength;
    const slot = payload > LENGTH_MAX ? NO_MEMORY : this.#core.stage(this.#keyLength, payload);
    if (slot === NO_MEMORY) {
      throw noMemory(payload);
    }
    this.found = slot === NO_SLOT ? undefined : slot;
    return payload + HEADER;
  }

  reserve(weights: readonly number[]): void {
    this.#resize(4 * weights.length);
    refreshViews();
    const stage = words[this.#board + STAGE_AT]! >>> 2;
    weights.forEach((weight, at) => {
      words[stage + at] = weight - HEADER;
    });
    if (!this.#core.reserve(weights.length)) {
      throw noMemory(weights.reduce((sum, weight) => sum + weight, 0));
    }
  }

  put(_key: string, slot: number): void {
    const large = this.#large;
    this.#large = undefined;
    const { length } = large ?? { length: this.#valueLength };
    const isHeld =
      large === undefined
        ? this.#core.put(slot, this.#keyLength, length, this.#tag)
        : this.#core.open(slot, this.#keyLength, length, this.#tag);
    if (!isHeld) {
      throw noMemory(length);
    }
    if (large !== undefined) {
      this.#eachPart(slot, this.#keyLength, length, (part, at) => {
        part.set(large.subarray(at, at + part.length));
      });
    }
  }

  delete(_key: string, slot: number): void {
    this.#core.remove(slot);
  }

  clear(): void {
    this.#core.clear();
  }

  keyAt(slot: number): string {
    this.#core.look(slot, 0);
    refreshViews();
    return readText(this.#read(slot, 0, words[this.#board + KEY_LENGTH]!));
  }

  valueAt(slot: number): unknown {
    this.#core.show(slot);
    return this.#shown(slot);
  }

  valueFound(): unknown {
    return this.#shown(this.found!);
  }

  weight(): number {
    return this.#core.weight();
  }

  bytes(): number {
    return this.#core.bytes();
  }

  free(): void {
    this.#core.free();
  }

  /** Returns a copy of the value that the board shows. */
  #shown(slot: number): unknown {
    refreshViews();
    const board = this.#board;
    const tag = words[board + TAG];
    if (tag === NOTHING) {
      return undefined;
    }
    const value = this.#read(slot, words[board + KEY_LENGTH]!, words[board + VALUE_LENGTH]!);
    return tag === IS_TEXT
      ? readText(value)
      : value.buffer === bytes.buffer
        ? value.slice()
        : value;
  }

  /** Returns `length` bytes of a pair: a view of what the board shows, or a copy of its pieces. */
  #read(slot: number, from: number, length: number): Uint8Array {
    const part = words[this.#board + PART_AT]!;
    if (words[this.#board + PART_LENGTH]! >= length) {
      return bytes.subarray(part, part + length);
    }
    const whole = new Uint8Array(length);
    this.#eachPart(slot, from, length, (piece, at) => {
      whole.set(piece, at);
    });
    return whole;
  }

  /** Calls `use` with the views of `length` bytes of a pair. */
  #eachPart(
    slot: number,
    from: number,
    length: number,
    use: (part: Uint8Array, at: number) => void,
  ): void {
    for (let at = 0; at < length;) {
      this.#core.look(slot, from + at);
      refreshViews();
      const start = words[this.#board + PART_AT]!;
      const end = Math.min(words[this.#board + PART_LENGTH]!, length - at);
      use(bytes.subarray(start, start + end), at);
      at += end;
    }
  }

  #stageKey(key: string): void {
    let written = writeText(key, bytes, words[this.#board + STAGE_AT]!, this.#stageLength);
    if (written < 0) {
      const encoded = bytesOfText(key);
      this.#resize(encoded.length);
      refreshViews();
      bytes.set(encoded, words[this.#board + STAGE_AT]);
      written = encoded.length;
    }
    this.#keyLength = written;
  }

  #stageValue(value: unknown, key: string): void {
    const start = words[this.#board + STAGE_AT]! + this.#keyLength;
    const room = this.#stageLength - this.#keyLength;
    this.#large = undefined;
    this.#tag = typeof value === 'string' ? IS_TEXT : IS_BYTES;
    if (typeof value === 'string') {
      this.#valueLength = writeText(value, bytes, start, room);
      if (this.#valueLength < 0) {
        this.#large = bytesOfText(value);
        this.#valueLength = this.#large.length;
      }
      return;
    }
    if (!isBytes(value)) {
      throw notBytes(value, key);
    }
    this.#valueLength = value.length;
    if (value.length > room) {
      this.#large = value;
    } else {
      bytes.set(value, start);
    }
  }

  /** Gives the stage room for `length` bytes. */
  #resize(length: number): void {
    if (length <= this.#stageLength) {
      return;
    }
    if (!this.#core.resize(length)) {
      throw noMemory(length);
    }
    this.#stageLength = length;
  }
}

/** Returns a value as it may be kept: strings and copies of bytes. */
export function copyOf<V>(value: V): V {
  if (typeof value === 'string') {
    return value;
  }
  if (!isBytes(value)) {
    throw notBytes(value);
  }
  return Uint8Array.from(value) as V;
}

/** Also one of another realm, which is no `instanceof`. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === 'Uint8Array';
}

function notBytes(value: unknown, key?: string): CacheSerializationError {
  const where = key === undefined ? '' : ` for ${describe(key)}`;
  return new CacheSerializationError(
    'ERR_CACHE_SERIALIZATION',
    `bytes mode keeps strings and Uint8Arrays, and the value${where} is ${describe(value)}`,
    key === undefined ? {} : { key },
  );
}

function noMemory(length: number): CacheError {
  return new CacheError(
    'ERR_CACHE_MEMORY',
    `there is no WebAssembly memory for ${length} bytes more; nothing was stored`,
  );
}

function random32(): number {
  return (Math.random() * 2 ** 32) >>> 0;
}
