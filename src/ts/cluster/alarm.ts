/** A timer that is set anew only to ring earlier. */

/** As long as a timer can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * One that rings too early finds nothing due and is set again, which is cheaper than a
 * `clearTimeout` and a `setTimeout` with every operation.
 */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #at = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at `at` or before, as `performance` tells the time; never if it is infinite. */
  set(at: number): void {
    if (at === Infinity) {
      this.#clear();
    } else if (at < this.#at) {
      this.#clear();
      this.#at = at;
      const ms = Math.max(0, Math.ceil(at - performance.now()));
      this.#timer = setTimeout(
        () => {
          this.#at = Infinity;
          this.#ring();
        },
        Math.min(ms, TIMER_MS_MAX),
      );
    }
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#at = Infinity;
  }
}
