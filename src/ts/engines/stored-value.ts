/** The header of 20 bytes in front of a value, as `engine-store.ts` has it. */

import { CacheSerializationError } from '../serialization-error.js';

/** How long the header is. */
export const HEADER_BYTES = 20;

/** What a header says, and the value behind it. */
export interface StoredValue {
  readonly bytes: Uint8Array;
  readonly flags: number;
  readonly createdAtMs: number;
  /** The version as 32 hexadecimal digits. */
  readonly version: string;
}

/** Draws versions: each is above those before it, and by chance nobody else's. */
export class VersionSource {
  #lastMs = 0;
  #count = 0;

  /** Writes a new version into a header and returns it as text. */
  draw(header: Uint8Array): string {
    const nowMs = Date.now();
    this.#count = nowMs > this.#lastMs ? 0 : this.#count + 1;
    this.#lastMs = Math.max(nowMs, this.#lastMs);
    if (this.#count > 0xffff) {
      this.#count = 0;
      this.#lastMs++;
    }
    const view = new DataView(header.buffer, header.byteOffset);
    view.setUint16(4, Math.floor(this.#lastMs / 2 ** 32));
    view.setUint32(6, this.#lastMs % 2 ** 32);
    view.setUint16(10, this.#count);
    crypto.getRandomValues(header.subarray(12, HEADER_BYTES));
    return versionIn(header);
  }
}

/** Returns a value behind a header with a new version, and the version. */
export function wrapValue(
  bytes: Uint8Array,
  flags: number,
  versions: VersionSource,
): { readonly stored: Uint8Array; readonly version: string } {
  const stored = new Uint8Array(HEADER_BYTES + bytes.length);
  stored.set([MARK, FORMAT, flags]);
  stored.set(bytes, HEADER_BYTES);
  return { stored, version: versions.draw(stored) };
}

/** Reads a stored value; throws `ERR_CACHE_SERIALIZATION` if it is none of ours. */
export function unwrapValue(stored: Uint8Array, key: string): StoredValue {
  if (stored.length < HEADER_BYTES || stored[0] !== MARK || stored[1] !== FORMAT) {
    throw new CacheSerializationError(
      'ERR_CACHE_SERIALIZATION',
      'what is stored under this key was written by another program, or by a newer version of ' +
        'this package; give the cache a bucket or prefix of its own',
      { key },
    );
  }
  const view = new DataView(stored.buffer, stored.byteOffset);
  return {
    bytes: stored.subarray(HEADER_BYTES),
    flags: stored[2]!,
    createdAtMs: view.getUint16(4) * 2 ** 32 + view.getUint32(6),
    version: versionIn(stored),
  };
}

const MARK = 0xff;
const FORMAT = 1;

function versionIn(header: Uint8Array): string {
  const hex = Array.from(header.subarray(4, HEADER_BYTES), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return hex.join('');
}
