/**
 * A cache as bytes.
 *
 * A head (what this is, which version, how many entries and how many bytes), the entries in the
 * order in which they would leave, and a checksum of all that. Whoever reads has decoded every
 * entry before the first one goes into a cache, so nothing is loaded half.
 *
 * An entry: which of its parts follow (one byte), key, moments, the parts, how to read the value
 * (one byte, as `cluster/codec.ts` has it), the value. Numbers are little-endian.
 */

import { decodeStructured, encodeStructured, reason } from '../cluster/codec.js';
import { describe, wrongType } from '../errors.js';
import type { SavedEntry } from '../extension.js';
import { CacheSerializationError } from '../serialization-error.js';
import { Reader, Writer } from '../bytes-io.js';
import { pathOf, textOf } from '../path-text.js';
import { crc32 } from './crc.js';

/** Not text, and what breaks when bytes are taken for text: as PNG begins. */
const MAGIC = Uint8Array.of(0x89, 0x54, 0x44, 0x43, 0x0d, 0x0a, 0x1a, 0x0a);
const VERSION = 1;
const HEAD_BYTES = 8 + 4 + 4 + 8;
const SUM_BYTES = 4;

/** The parts of an entry that few have. */
const SLIDES = 1;
const HAS_WINDOWS = 2;
const HAS_TAGS = 4;
const KNOWN = SLIDES | HAS_WINDOWS | HAS_TAGS;

/**
 * Returns the bytes of entries; leaves out those whose value cannot be carried, if it `skips`.
 * @throws {CacheSerializationError} `ERR_CACHE_SERIALIZATION` with the key of the first value that
 * cannot be carried.
 */
export function writeSnapshot(entries: readonly SavedEntry[], skips = false): Uint8Array {
  const body = new Writer();
  let count = 0;
  for (const entry of entries) {
    const before = body.length;
    try {
      writeEntry(body, entry);
      count++;
    } catch (error) {
      if (!skips) {
        throw error;
      }
      body.length = before;
    }
  }
  const all = new Writer();
  all.raw(MAGIC);
  all.u32(VERSION);
  all.u32(count);
  all.f64(body.length);
  all.raw(body.done());
  const sum = crc32(all.done());
  all.u32(sum);
  return all.done().slice();
}

/**
 * Returns the entries of a snapshot, also those that have died since.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: it is no `Uint8Array`.
 * @throws {CacheSerializationError} `ERR_CACHE_SNAPSHOT`: it is damaged, foreign or of a newer
 * version.
 */
export function readSnapshot(snapshot: Uint8Array): SavedEntry[] {
  if (!(snapshot instanceof Uint8Array)) {
    throw wrongType(`the snapshot is ${describe(snapshot)}; give the Uint8Array that dump made`);
  }
  try {
    return readAll(snapshot);
  } catch (cause) {
    const message = `the snapshot cannot be loaded: ${reason(cause)}; nothing was`;
    throw new CacheSerializationError('ERR_CACHE_SNAPSHOT', message, { cause });
  }
}

function readAll(snapshot: Uint8Array): SavedEntry[] {
  const reader = new Reader(snapshot);
  const magic = reader.raw(MAGIC.length);
  if (!MAGIC.every((byte, at) => byte === magic[at])) {
    throw new TypeError('it is not one of this package');
  }
  const version = reader.u32();
  const count = reader.u32();
  const length = reader.f64();
  // The length first: what was cut off would otherwise be called damaged or newer.
  if (length !== snapshot.length - HEAD_BYTES - SUM_BYTES) {
    throw new RangeError('it is cut off, or more follows it');
  }
  const end = snapshot.length - SUM_BYTES;
  if (crc32(snapshot.subarray(0, end)) !== new Reader(snapshot.subarray(end)).u32()) {
    throw new RangeError('it is damaged');
  }
  if (version !== VERSION) {
    throw new RangeError(`it is of version ${version}, and this package reads ${VERSION}`);
  }
  const entries: SavedEntry[] = [];
  for (let at = 0; at < count; at++) {
    entries.push(readEntry(reader));
  }
  if (reader.left !== SUM_BYTES) {
    throw new RangeError('its entries do not fill it');
  }
  return entries;
}

function writeEntry(writer: Writer, entry: SavedEntry): void {
  const { path, value, createdAt, expiresAt, slide, whileRevalidate, ifError, tags } = entry;
  const hasWindows = whileRevalidate !== 0 || ifError !== 0;
  const parts =
    (slide === 0 ? 0 : SLIDES) | (hasWindows ? HAS_WINDOWS : 0) | (tags.length && HAS_TAGS);
  writer.u8(parts);
  writer.text(textOf(path));
  writer.f64(createdAt);
  writer.f64(expiresAt);
  if (slide !== 0) {
    writer.f64(slide);
  }
  if (hasWindows) {
    writer.f64(whileRevalidate);
    writer.f64(ifError);
  }
  if (tags.length !== 0) {
    writer.u32(tags.length);
    tags.forEach((tag) => {
      writer.text(tag);
    });
  }
  try {
    const { flags, bytes } = encodeStructured(value);
    writer.u8(flags);
    writer.bytes(bytes);
  } catch (cause) {
    const key = path.join(':');
    throw new CacheSerializationError(
      'ERR_CACHE_SERIALIZATION',
      `the value for ${describe(key)} cannot be saved: ${reason(cause)}; give plain data`,
      { key, cause },
    );
  }
}

function readEntry(reader: Reader): SavedEntry {
  const parts = reader.u8();
  if ((parts & ~KNOWN) !== 0) {
    throw new RangeError('an entry has parts that a newer version may know');
  }
  const key = reader.text();
  const createdAt = reader.f64();
  const expiresAt = reader.f64();
  const slide = (parts & SLIDES) === 0 ? 0 : reader.f64();
  const hasWindows = (parts & HAS_WINDOWS) !== 0;
  const whileRevalidate = hasWindows ? reader.f64() : 0;
  const ifError = hasWindows ? reader.f64() : 0;
  const tags: string[] = [];
  for (let left = (parts & HAS_TAGS) === 0 ? 0 : reader.u32(); left > 0; left--) {
    tags.push(reader.text());
  }
  const isSpan = (span: number): boolean => span >= 0;
  if (!Number.isFinite(createdAt) || Number.isNaN(expiresAt) || expiresAt === -Infinity) {
    throw new RangeError(`the entry of ${describe(key)} has no time`);
  }
  if (![slide, whileRevalidate, ifError].every(isSpan)) {
    throw new RangeError(`the entry of ${describe(key)} has a span below 0`);
  }
  const flags = reader.u8();
  const bytes = reader.bytes();
  // A value that is bytes must not keep the whole snapshot in memory.
  const value = decodeStructured({ flags, bytes: flags === 0 ? bytes.slice() : bytes });
  if (value === undefined) {
    throw new TypeError(`the value of ${describe(key)} is undefined`);
  }
  const path = pathOf(key);
  return { path, value, createdAt, expiresAt, slide, whileRevalidate, ifError, tags };
}
