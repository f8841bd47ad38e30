import { wrongKey } from './errors.js';
import { hashOf } from './hash.js';
import type { KeyIndex } from './key-index.js';
import { MapIndex } from './map-index.js';

/**
 * Longest walk from a key's own place; a longer one means crafted keys. By chance, at five
 * eighths full and four million entries, about 160 are to be expected (ln n / (a - 1 - ln a)).
 */
const PROBES_MAX = 1024;
/** Entries for which room is made at once. */
const INITIAL_ENTRIES_MAX = 1 << 20;

/**
 * An open-addressing table of `[hash, slot + 1]` with linear probing and backward-shift deletion
 * [1]: eight bytes a place, at most five eighths full, no tombstones.
 *
 * Keys stay in the store's array and are compared only when the hashes are equal. Each cache has a
 * seed of its own; if keys crowd all the same (a walk of more than {@link PROBES_MAX} places), the
 * index turns itself into a `Map` and stays one.
 *
 * [1] D. E. Knuth, "The Art of Computer Programming", vol. 3, 6.4, algorithm R.
 */
export class HashIndex implements KeyIndex {
  table: Int32Array;
  mask: number;
  size = 0;
  map: MapIndex | undefined;
  /** The key that was last looked for in vain, which mostly is the next to come, and its hash. */
  missed: string | undefined;
  seen = 0;
  readonly seed: number;
  readonly pairs: readonly unknown[];
  readonly #placesMin: number;

  constructor(maxSize: number, pairs: readonly unknown[], seed: number) {
    this.#placesMin = placesFor(Math.min(maxSize, INITIAL_ENTRIES_MAX));
    this.table = new Int32Array(2 * this.#placesMin);
    this.mask = this.#placesMin - 1;
    this.pairs = pairs;
    this.seed = seed;
  }

  find(key: string): number | undefined {
    if (this.map !== undefined) {
      return this.map.find(key);
    }
    if (typeof key !== 'string') {
      throw wrongKey(key);
    }
    const table = this.table;
    const mask = this.mask;
    const hash = hashOf(key, this.seed);
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const slot = table[2 * place + 1]! - 1;
      if (slot < 0) {
        this.missed = key;
        this.seen = hash;
        return undefined;
      }
      if (table[2 * place] === hash && this.pairs[2 * slot] === key) {
        return slot;
      }
    }
  }

  /** Returns the hash of `key`: known, if it is the one that was just looked for in vain. */
  hash(key: string): number {
    return key === this.missed ? this.seen : hashOf(key, this.seed);
  }

  put(key: string, slot: number, hash = this.hash(key)): void {
    if (this.map !== undefined) {
      this.map.put(key, slot);
      return;
    }
    if (8 * (this.size + 1) > 5 * (this.mask + 1)) {
      this.#grow();
    }
    if (this.#place(hash, slot) > PROBES_MAX) {
      this.#becomeMap();
    }
  }

  delete(key: string, slot: number, known = this.hash(key)): void {
    if (this.map !== undefined) {
      this.map.delete(key);
      return;
    }
    const { table, mask } = this;
    // The slot's own hash, which a record holds as a word without a sign.
    let hole = known & mask;
    while (table[2 * hole + 1] !== slot + 1) {
      hole = (hole + 1) & mask;
    }
    this.size--;
    for (let place = (hole + 1) & mask; table[2 * place + 1] !== 0; place = (place + 1) & mask) {
      const hash = table[2 * place]!;
      if (((place - hash) & mask) >= ((place - hole) & mask)) {
        table[2 * hole] = hash;
        table[2 * hole + 1] = table[2 * place + 1]!;
        hole = place;
      }
    }
    table[2 * hole + 1] = 0;
  }

  clear(): void {
    if (this.map !== undefined) {
      this.map.clear();
    } else if (this.size !== 0) {
      this.table = new Int32Array(2 * this.#placesMin);
      this.mask = this.#placesMin - 1;
      this.size = 0;
    }
  }

  /** Writes an entry into the next free place and returns how far that is from its own. */
  #place(hash: number, slot: number): number {
    const { table, mask } = this;
    let place = hash & mask;
    let walked = 0;
    while (table[2 * place + 1] !== 0) {
      place = (place + 1) & mask;
      walked++;
    }
    table[2 * place] = hash;
    table[2 * place + 1] = slot + 1;
    this.size++;
    return walked;
  }

  #grow(): void {
    const old = this.table;
    this.table = new Int32Array(2 * old.length);
    this.mask = old.length - 1;
    this.size = 0;
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] !== 0) {
        this.#place(old[at]!, old[at + 1]! - 1);
      }
    }
  }

  #becomeMap(): void {
    const map = new MapIndex();
    for (let at = 1; at < this.table.length; at += 2) {
      const slot = this.table[at]! - 1;
      if (slot >= 0) {
        map.put(this.pairs[2 * slot] as string, slot);
      }
    }
    this.table = new Int32Array(0);
    this.map = map;
  }
}

/** Returns the power of two of places that `entries` fill to at most five eighths. */
function placesFor(entries: number): number {
  return 2 ** Math.ceil(Math.log2((entries * 8) / 5 + 1));
}
