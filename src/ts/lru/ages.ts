/**
 * How old entries are, by slot: when each one's TTL began, and how long that is.
 *
 * As in lru-cache: a TTL of 0 is none, an entry is stale when it is older than its TTL (not at its
 * end already), and one reading of the clock serves for `ttlResolution` milliseconds.
 */

import { unref } from '../clock.js';
import type { Perf } from './types.js';

/** The ages of one cache's entries. */
export class Ages {
  /** Whether any entry has had a TTL yet. */
  isTracking: boolean;
  readonly #perf: Perf;
  readonly #purge: ((slot: number) => void) | undefined;
  /** For each slot when its life began, then its TTL. */
  readonly #lives: number[] = [];
  #timers: unknown[] = [];
  #kept = 0;

  /** `purge` is called for an entry soon after it became stale, if there is such a thing. */
  constructor(isTracking: boolean, perf: Perf, purge: ((slot: number) => void) | undefined) {
    this.isTracking = isTracking;
    this.#perf = perf;
    this.#purge = purge;
  }

  /** Begins a life in `slot`. */
  begin(slot: number, ttl: number, start = this.#perf.now()): void {
    this.#lives[2 * slot] = ttl === 0 ? 0 : start;
    this.#lives[2 * slot + 1] = ttl;
    this.#arm(slot, ttl);
  }

  /** Begins the life in `slot` anew, if it has an end. */
  renew(slot: number): void {
    if (this.isTracking) {
      this.begin(slot, this.#lives[2 * slot + 1] ?? 0);
    }
  }

  /** Ends the life in `slot`; the next one there writes over what is known of it. */
  end(slot: number): void {
    this.#arm(slot, 0);
  }

  /** Whether what is in `slot` is older than it may be. */
  isStale(slot: number, resolution: number): boolean {
    if (!this.isTracking) {
      return false;
    }
    const start = this.#lives[2 * slot];
    const ttl = this.#lives[2 * slot + 1];
    return !!ttl && !!start && (this.#kept || this.#now(resolution)) - start > ttl;
  }

  /** Returns what is left of the life in `slot`, `Infinity` if it has no end. */
  left(slot: number, resolution: number): number {
    const start = this.#lives[2 * slot];
    const ttl = this.#lives[2 * slot + 1];
    return ttl && start ? ttl - ((this.#kept || this.#now(resolution)) - start) : Infinity;
  }

  /** Returns the TTL of `slot` and the age in it, by a new reading of the clock. */
  of(slot: number): { ttl: number; start: number; age: number } {
    const [start = 0, ttl = 0] = this.#lives.slice(2 * slot, 2 * slot + 2);
    return { ttl, start, age: this.#perf.now() - start };
  }

  #now(resolution: number): number {
    const now = this.#perf.now();
    if (resolution > 0) {
      this.#kept = now;
      const forget = (): void => {
        this.#kept = 0;
      };
      unref(setTimeout(forget, resolution));
    }
    return now;
  }

  #arm(slot: number, ttl: number): void {
    if (this.#purge === undefined) {
      return;
    }
    clearTimeout(this.#timers[slot] as number | undefined);
    this.#timers[slot] = undefined;
    if (ttl === 0) {
      return;
    }
    const timer = setTimeout(() => {
      this.#timers[slot] = undefined;
      if (this.isStale(slot, 0)) {
        this.#purge?.(slot);
      } else {
        this.#arm(slot, this.left(slot, 0));
      }
    }, ttl + 1);
    unref(timer);
    this.#timers[slot] = timer;
  }
}
