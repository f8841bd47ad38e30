/** What the module says of a turn: bytes, little end first, as `src/js/told.rs` writes them. */

import type { Failure } from './failure.js';

/** A value that was read. */
export interface Hit {
  value: Uint8Array;
  flags: number;
  expiresAtMs: number;
  createdAtMs: number;
  version: Uint8Array;
  mayFillNear: boolean;
}

/** The right to load a key. */
export interface Lease {
  key: Uint8Array;
  version: Uint8Array;
}

/** What a request is answered: nothing if nothing was found. */
export type Answer = Hit | Lease | Stored | boolean | undefined;

/** What became of a request. */
export type Outcome = { readonly failure: Failure } | { readonly answer: Answer };

/** What was written. */
export interface Stored {
  readonly stored: Uint8Array;
  readonly removed: boolean;
}

/** What a turn wants done. */
export interface Told {
  readonly drops: Uint8Array[];
  readonly outcomes: [id: number, outcome: Outcome][];
  /** Whether the link that was heard is to be given up. */
  readonly isOver: boolean;
  /** Whether the node at its end has answered the greeting. */
  readonly isProven: boolean;
  /** When the module is to be woken, as `performance` tells the time. */
  readonly wakeAt: number;
  /** How long an operation may take at most. */
  readonly longestMs: number;
  /** How many bytes wait for each node. */
  readonly pending: number[];
}

/** Why a node did not count, in the order of `Cause`. */
export const CAUSES = [
  'timeout',
  'pending',
  'open',
  'busy',
  'epoch',
  'auth',
  'refused',
  'clock',
  'refused',
] as const;

const VERSION_BYTES = 16;
const FEW_BYTES = 1024;

/** The numbers of what is told. */
const END = 0;
const DROP = 1;
const MISS = 2;
const TRUE = 4;
const HIT = 5;
const LEASE = 6;
const STORED = 7;
const QUORUM = 8;
const TTL = 9;

/** Takes apart what a turn has said of a client whose nodes are called `ids`. */
export function readTold(reader: Reader, bytes: Uint8Array, ids: readonly string[]): Told {
  reader.open(bytes);
  const told = { drops: [] as Uint8Array[], outcomes: [] as Told['outcomes'] };
  for (let tag = reader.byte(); tag !== END; tag = reader.byte()) {
    if (tag === DROP) {
      told.drops.push(reader.bytes());
    } else {
      told.outcomes.push([reader.number(), readOutcome(reader, tag, ids)]);
    }
  }
  const flags = reader.byte();
  return {
    ...told,
    isOver: (flags & 1) !== 0,
    isProven: flags > 1,
    wakeAt: reader.number(),
    longestMs: reader.number(),
    pending: ids.map(() => reader.word()),
  };
}

function readOutcome(reader: Reader, tag: number, ids: readonly string[]): Outcome {
  if (tag >= QUORUM) {
    return { failure: readFailure(reader, tag, ids) };
  }
  if (tag < HIT) {
    return { answer: tag === MISS ? undefined : tag === TRUE };
  }
  const version = reader.raw(VERSION_BYTES);
  if (tag === LEASE) {
    return { answer: { key: reader.bytes(), version } };
  }
  if (tag === STORED) {
    return { answer: { stored: version, removed: reader.byte() !== 0 } };
  }
  const [expiresAtMs, createdAtMs] = [reader.number(), reader.number()];
  const [flags, mayFillNear] = [reader.word(), reader.byte() !== 0];
  // The application may keep it, buffer and all.
  const value = reader.bytes().slice();
  return { answer: { value, flags, expiresAtMs, createdAtMs, version, mayFillNear } };
}

function readFailure(reader: Reader, tag: number, ids: readonly string[]): Failure {
  if (tag !== QUORUM) {
    const longest = reader.number();
    return tag === TTL ? { kind: 'ttl', maxTtlMs: longest } : { kind: 'timeout', maxOpMs: longest };
  }
  const isWrite = reader.byte() !== 0;
  const [required, received] = [reader.byte(), reader.byte()];
  const causes = Array.from({ length: reader.byte() }, () => ({
    node: ids[reader.byte()] ?? '',
    state: CAUSES[reader.byte()]!,
    ms: reader.number(),
  }));
  return { kind: 'quorum', isWrite, required, received, causes };
}

/**
 * Reads one thing after the other. Most turns say little, and to view the few bytes of an array as
 * numbers would cost more than all else: they are copied to where there is a view.
 */
export class Reader {
  readonly #few = new Uint8Array(FEW_BYTES);
  readonly #viewOfFew: DataView = new DataView(this.#few.buffer);
  #bytes = this.#few as Uint8Array;
  #view = this.#viewOfFew;
  #at = 0;

  /** Begins with other bytes. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
    if (bytes.length > FEW_BYTES) {
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } else {
      this.#few.set(bytes);
      this.#view = this.#viewOfFew;
    }
  }

  byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  word(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  number(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  /** Returns a view of the next bytes. */
  raw(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  bytes(): Uint8Array {
    return this.raw(this.word());
  }
}
