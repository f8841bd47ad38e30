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
const ROOM_BYTES = 2 ** 16;

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
  const drops: Uint8Array[] = [];
  const outcomes: Told['outcomes'] = [];
  for (let tag = reader.byte(); tag !== END; tag = reader.byte()) {
    if (tag === DROP) {
      drops.push(reader.bytes());
    } else {
      outcomes.push([reader.number(), readOutcome(reader, tag, ids)]);
    }
  }
  const flags = reader.byte();
  const [wakeAt, longestMs] = [reader.number(), reader.number()];
  const pending: number[] = [];
  while (pending.length < ids.length) {
    pending.push(reader.word());
  }
  const [isOver, isProven] = [(flags & 1) !== 0, flags > 1];
  return { drops, outcomes, isOver, isProven, wakeAt, longestMs, pending };
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
  const value = reader.bytes();
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
 * Reads one thing after the other, out of a copy that is used again and again: a view of each array
 * would have the engine make a buffer for it, at a cost above all else.
 */
export class Reader {
  #bytes = new Uint8Array(ROOM_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Begins with other bytes. */
  open(bytes: Uint8Array): void {
    this.#at = 0;
    const { length } = bytes;
    const room = this.#bytes.length;
    // One long answer does not hold its room for ever.
    if (length > room || room > Math.max(length, ROOM_BYTES)) {
      this.#bytes = new Uint8Array(Math.max(length, ROOM_BYTES));
      this.#view = new DataView(this.#bytes.buffer);
    }
    this.#bytes.set(bytes);
  }

  byte(): number {
    return this.#bytes[this.#at++]!;
  }

  word(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  number(): number {
    this.#at += 8;
    return this.#view.getFloat64(this.#at - 8, true);
  }

  /** Returns a copy of the next bytes. */
  raw(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }

  bytes(): Uint8Array {
    return this.raw(this.word());
  }
}
