/**
 * Key to slot for keys of any type.
 *
 * Strings go to the index that the other caches have, which for many of them is a table of our own;
 * everything else to a `Map`, so that equal means what it means there.
 */

import { hashOf } from '../hash.js';
import { makeIndex, type KeyIndex } from '../key-index.js';

/** An index of keys of any type. */
export class AnyIndex implements KeyIndex {
  readonly strings: KeyIndex;
  others = new Map<unknown, number>();
  /** Hashes a key, where the policy or the table wants that. */
  readonly hash?: (key: string) => number;

  constructor(maxSize: number, pairs: readonly unknown[], seed: number, isHashed: boolean) {
    const strings = makeIndex(maxSize, pairs, seed);
    this.strings = strings;
    if (isHashed || strings.hash !== undefined) {
      this.hash = (key: unknown): number =>
        typeof key === 'string'
          ? (strings.hash?.(key) ?? hashOf(key, seed))
          : hashOf(textOf(key), seed);
    }
  }

  find(key: string): number | undefined {
    return typeof key === 'string' ? this.strings.find(key) : this.others.get(key);
  }

  put(key: string, slot: number, hash?: number): void {
    if (typeof key === 'string') {
      this.strings.put(key, slot, hash);
    } else {
      this.others.set(key, slot);
    }
  }

  delete(key: string, slot: number, hash?: number): void {
    if (typeof key === 'string') {
      this.strings.delete(key, slot, hash);
    } else {
      this.others.delete(key);
    }
  }

  clear(): void {
    this.strings.clear();
    this.others = new Map();
  }
}

/** A number for each object that was a key, so that a policy knows it again. */
const numbers = new WeakMap<object, number>();
let numbered = 0;

/** Returns what stands for a key that is no string. Two keys of one text only share a count. */
function textOf(key: unknown): string {
  if ((typeof key !== 'object' && typeof key !== 'function') || key === null) {
    return `${typeof key} ${String(key)}`;
  }
  let number = numbers.get(key);
  if (number === undefined) {
    number = ++numbered;
    numbers.set(key, number);
  }
  return `object ${number}`;
}
