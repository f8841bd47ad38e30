/**
 * Which responses stay, by bytes: ids here, slots and weights behind the door `src/js/bytes.rs`.
 *
 * A policy sees hashes, so ids are hashed here with a seed of this index: who chooses URLs must not
 * be able to choose their hashes.
 */

import { ByteSlots } from '../../../target/wasm/http/http.js';
import { describe, outOfRange } from '../errors.js';
import type { ByteIndexOptions, ByteIndexStats } from './rule-types.js';
import { startHttpSync } from './wasm.js';

const NO_SLOT = 2 ** 32 - 1;

// What the door does by number, in the order of `src/js/bytes.rs`.
const TOUCH = 0;
const MISS = 1;
const REMOVE = 2;
const CLEAR = 3;
const RESIZE = 4;
const BYTES = 5;
const VICTIM = 6;
const COUNT = 7;

/** The policies, in the order of `src/js/bytes.rs`. */
export const POLICIES: readonly string[] = [
  'lru',
  'lfu',
  'fifo',
  'sieve',
  's3-fifo',
  'w-tinylfu',
  'adaptive',
];
const NOBODY: readonly string[] = Object.freeze([]);

/** The ids of what a cache holds, and who has to go. */
export class ByteIndex {
  readonly #options: ByteIndexOptions;
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  readonly #slots = new Map<string, number>();
  readonly #ids: (string | undefined)[] = [];
  #made: ByteSlots | undefined;

  constructor(options: ByteIndexOptions) {
    this.#options = options;
  }

  /** The bytes held. */
  get bytes(): number {
    return this.#door.act(BYTES, 0, 0);
  }

  /** How many entries are held. */
  get size(): number {
    return this.#slots.size;
  }

  /** Whether `id` is held; not a use. */
  has(id: string): boolean {
    return this.#slots.has(id);
  }

  /**
   * Takes `id` in with `weight` bytes, or gives it another weight. `stored` is false if the policy
   * does not want it or it is heavier than everything may be; then it is not held. The victims
   * have gone and their bodies may be deleted; `id` is never among them.
   */
  put(id: string, weight: number): { stored: boolean; victims: readonly string[] } {
    const door = this.#door;
    const held = this.#slots.get(id) ?? NO_SLOT;
    const slot = door.put(held, hashOf(id, this.#seed), weight);
    const victims = this.#forgetVictims();
    if (slot === NO_SLOT) {
      if (held !== NO_SLOT) {
        this.#slots.delete(id);
        this.#ids[held] = undefined;
      }
      return { stored: false, victims };
    }
    this.#slots.set(id, slot);
    this.#ids[slot] = id;
    return { stored: true, victims };
  }

  /** Counts a hit of `bytes`; false, and nothing counted, if `id` is not held. */
  touch(id: string, bytes: number): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined) {
      return false;
    }
    this.#door.act(TOUCH, slot, bytes);
    return true;
  }

  /** Counts a miss of `bytes`. */
  miss(bytes = 0): void {
    this.#door.act(MISS, 0, bytes);
  }

  /** Takes `id` out; false if it was not held. */
  delete(id: string): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined) {
      return false;
    }
    this.#door.act(REMOVE, slot, 0);
    this.#slots.delete(id);
    this.#ids[slot] = undefined;
    return true;
  }

  /** Takes everything out; what was counted stays. */
  clear(): void {
    this.#door.act(CLEAR, 0, 0);
    this.#slots.clear();
    this.#ids.length = 0;
  }

  /**
   * Changes how many bytes may be held, and returns who had to go for it. The policy keeps the
   * proportions it was made with.
   */
  resize(maxBytes: number): readonly string[] {
    this.#door.act(RESIZE, 0, maxBytes);
    return this.#forgetVictims();
  }

  /** Returns what was counted. */
  stats(): ByteIndexStats {
    const door = this.#door;
    const counts = [0, 1, 2, 3, 4, 5].map((number) => door.act(COUNT, number, 0));
    const [hits, misses, hitBytes, missBytes, evictions, refusals] = counts;
    const asked = hitBytes! + missBytes!;
    return {
      entries: this.size,
      bytes: this.bytes,
      hits: hits!,
      misses: misses!,
      hitBytes: hitBytes!,
      missBytes: missBytes!,
      evictions: evictions!,
      refusals: refusals!,
      byteHitRate: asked === 0 ? 0 : hitBytes! / asked,
    };
  }

  /** Forgets those whom the last call has cost their slots, and returns their ids. */
  #forgetVictims(): readonly string[] {
    const door = this.#door;
    let slot = door.act(VICTIM, 0, 0);
    if (slot === NO_SLOT) {
      return NOBODY;
    }
    const victims: string[] = [];
    for (let at = 1; slot !== NO_SLOT; at++) {
      const gone = this.#ids[slot];
      if (gone !== undefined) {
        victims.push(gone);
        this.#slots.delete(gone);
        this.#ids[slot] = undefined;
      }
      slot = door.act(VICTIM, at, 0);
    }
    return victims;
  }

  get #door(): ByteSlots {
    return (this.#made ??= this.#open());
  }

  #open(): ByteSlots {
    startHttpSync();
    const { maxBytes, maxEntries = 2 ** 32 - 1, policy = 'adaptive' } = this.#options;
    const number = POLICIES.indexOf(policy);
    if (number < 0) {
      throw outOfRange(`there is no policy ${describe(policy)}`);
    }
    return new ByteSlots(number, maxBytes, maxEntries);
  }
}

/** FNV-1a, and the last mixing of MurmurHash3: FNV alone leaves high bits of short ids alike. */
function hashOf(id: string, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  for (let at = 0; at < id.length; at++) {
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
