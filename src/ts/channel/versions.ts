/**
 * When things happened: a hybrid logical clock [1], and the last change of each of the last keys.
 *
 * A version is later than all that this cache has made or heard of, and not behind the wall clock:
 * 1,024 versions a millisecond. A version that is not remembered counts as 0. Then a change that is
 * heard late removes a newer value, which is a miss more and never an old value.
 *
 * [1] Kulkarni et al., "Logical Physical Clocks and Consistent Snapshots in Globally Distributed
 *     Databases", OPODIS 2014
 */

/** Versions in a millisecond. */
const PER_MS = 1024;
/** A version further ahead than this comes from a wrong clock, or a stranger: it moves none. */
const AHEAD_MAX = 60_000 * PER_MS;
/** Keys that are remembered. */
const KEYS_MAX = 10_000;

/** The clock and the memory of one cache. */
export class Versions {
  readonly #now: () => number;
  readonly #byKey = new Map<string, number>();
  #last = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns the version of a change that this cache makes. */
  next(): number {
    this.#last = Math.max(this.#last + 1, this.#wall());
    return this.#last;
  }

  /** Notes a version that was heard; whether it is one to remember. */
  hear(version: number): boolean {
    if (version > Math.max(this.#last, this.#wall()) + AHEAD_MAX) {
      return false;
    }
    this.#last = Math.max(this.#last, version);
    return true;
  }

  /** Returns the version of the last change of `key` that is remembered. */
  of(key: string): number {
    return this.#byKey.get(key) ?? 0;
  }

  /** Remembers the last change of `key`. */
  remember(key: string, version: number): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, version);
    if (this.#byKey.size > KEYS_MAX) {
      for (const oldest of this.#byKey.keys()) {
        this.#byKey.delete(oldest);
        return;
      }
    }
  }

  #wall(): number {
    return Math.min(Math.max(0, Math.floor(this.#now())) * PER_MS, 2 ** 52);
  }
}
