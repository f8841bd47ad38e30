/** What few entries have besides key, value and deadline: in a table of its own, by slot. */

/** One entry's; all spans and moments in milliseconds. */
export interface Extra {
  /** The TTL that each use starts anew; 0: none. */
  slide: number;
  /** When it stops being fresh; its deadline is at the end of the last window. */
  fresh: number;
  /** How long after that it may be served while a load is under way; 0: not at all. */
  readonly whileRevalidate: number;
  /** How long after that it may be served when a load fails; 0: not at all. */
  readonly ifError: number;
  readonly tags: readonly string[];
  /** No loader is asked before this moment, because the last one failed with {@link error}. */
  until: number;
  error: unknown;
}

/** Returns how long an entry stays after it stops being fresh. */
export function windowOf(extra: Pick<Extra, 'whileRevalidate' | 'ifError'> | undefined): number {
  return extra === undefined ? 0 : Math.max(extra.whileRevalidate, extra.ifError);
}
