/**
 * What caches tell one another, as bytes.
 *
 * Everything is read before anything is acted upon, with every length checked: others on a channel
 * may be of another version, or no caches at all.
 */

import { Reader, Writer } from '../bytes-io.js';
import type { ChangeKind } from '../extension.js';
import { pathOf } from '../path-text.js';

/** `TDC` and the version of this format. */
const MARK = 0x54444301;
/** The longest message that is looked at. */
const BYTES_MAX = 64 << 20;

/** One change, in the order of all. */
export interface Change {
  readonly kind: ChangeKind;
  readonly version: number;
  /** The key, the prefix or the tag. */
  readonly text: string;
}

/** What happened in one turn; `from` and `to` are the random numbers of caches. */
export interface ChangesMessage {
  readonly type: 'changes';
  readonly from: number;
  readonly changes: readonly Change[];
}

/** A newcomer asks who has a state. */
export interface HelloMessage {
  readonly type: 'hello';
  readonly from: number;
}

/** One has it; the newcomer wants it. */
export interface OfferMessage {
  readonly type: 'offer' | 'fetch';
  readonly from: number;
  readonly to: number;
}

/** The state: entries, and the version of each. */
export interface StateMessage {
  readonly type: 'state';
  readonly from: number;
  readonly to: number;
  readonly snapshot: Uint8Array;
  readonly versions: readonly number[];
}

/** Any message. */
export type Message = ChangesMessage | HelloMessage | OfferMessage | StateMessage;

const KINDS: readonly ChangeKind[] = ['set', 'delete', 'clear', 'tag'];
const TYPES = ['changes', 'hello', 'offer', 'fetch', 'state'] as const;

/** Returns a message's bytes. */
export function writeMessage(message: Message): Uint8Array {
  const writer = new Writer();
  writer.u32(MARK);
  writer.u8(TYPES.indexOf(message.type));
  writer.f64(message.from);
  if (message.type === 'changes') {
    writer.u32(message.changes.length);
    for (const { kind, version, text } of message.changes) {
      writer.u8(KINDS.indexOf(kind));
      writer.f64(version);
      writer.text(text);
    }
  } else if (message.type !== 'hello') {
    writer.f64(message.to);
    if (message.type === 'state') {
      writer.bytes(message.snapshot);
      writer.u32(message.versions.length);
      message.versions.forEach((version) => {
        writer.f64(version);
      });
    }
  }
  return writer.done().slice();
}

/** Returns the message of some bytes, `undefined` if they are none. */
export function readMessage(bytes: unknown): Message | undefined {
  try {
    return bytes instanceof Uint8Array && bytes.length <= BYTES_MAX ? read(bytes) : undefined;
  } catch {
    return undefined;
  }
}

function read(bytes: Uint8Array): Message | undefined {
  const reader = new Reader(bytes);
  const isOurs = reader.u32() === MARK;
  const type = TYPES[reader.u8()];
  const from = reader.f64();
  if (!isOurs || type === undefined) {
    return undefined;
  }
  const message = readRest(reader, type, from);
  return reader.left === 0 ? message : undefined;
}

function readRest(reader: Reader, type: Message['type'], from: number): Message {
  if (type === 'hello') {
    return { type, from };
  }
  if (type === 'changes') {
    const changes: Change[] = [];
    for (let left = reader.u32(); left > 0; left--) {
      const kind = KINDS[reader.u8()];
      const version = readVersion(reader);
      if (kind === undefined) {
        throw new RangeError('a newer version may know this change');
      }
      const text = reader.text();
      if (kind !== 'tag') {
        // Throws if it is no key's.
        pathOf(text);
      }
      changes.push({ kind, version, text });
    }
    return { type, from, changes };
  }
  const to = reader.f64();
  if (type !== 'state') {
    return { type, from, to };
  }
  const snapshot = reader.bytes();
  const versions: number[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    versions.push(readVersion(reader));
  }
  return { type, from, to, snapshot, versions };
}

function readVersion(reader: Reader): number {
  const version = reader.f64();
  if (!Number.isSafeInteger(version) || version < 0) {
    throw new RangeError('a version is a whole number');
  }
  return version;
}
