/** Chance that can be had again: every draw follows from a seed. */

/** Returns the seeds to run: the one that `SEED=` names, or the first `count`. */
export function seeds(count) {
  const { SEED } = process.env;
  return SEED === undefined ? Array.from({ length: count }, (_, at) => at + 1) : [Number(SEED)];
}

/** Runs `body` for each seed; an error says which one it was. */
export async function forSeeds(count, body) {
  for (const seed of seeds(count)) {
    try {
      await body(new Random(seed), seed);
    } catch (error) {
      throw told(error, `SEED=${seed}`);
    }
  }
}

/** Returns `error` with `where` before its message, also in the stack, which is what is printed. */
export function told(error, where) {
  error.message = `${where}: ${error.message}`;
  error.stack = `${where}: ${error.stack}`;
  return error;
}

/** Mulberry32: small, fast, and good enough to draw operations. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0;
  }

  /** Returns a number, at least 0 and less than 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Returns a whole number below `limit`. */
  below(limit) {
    return Math.floor(this.next() * limit);
  }

  /** Whether something that happens `share` of the time happens now. */
  happens(share) {
    return this.next() < share;
  }

  /** Returns one of `choices`. */
  pick(choices) {
    return choices[this.below(choices.length)];
  }
}
