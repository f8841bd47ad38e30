/** The one timer of a cache: it frees the memory of dead entries that nobody asks for. */

import type { Callbacks } from './callbacks.js';
import { unref } from './clock.js';

/** What the timer sweeps. */
export interface Swept {
  readonly callbacks: Pick<Callbacks<never>, 'report'>;
  /** Makes one bounded step; whether there may be more to free. */
  sweep(): boolean;
  /** Milliseconds until the first entry can die, `Infinity` if none can. */
  untilNextDeadline(): number;
}

/** The longest delay that `setTimeout` understands. */
const DELAY_MAX_MS = 2 ** 31 - 1;

/**
 * Wakes every `intervalMs`, or when the first entry can die if that is later; not at all while no
 * entry can. Holds what it sweeps weakly and keeps no process alive.
 */
export class Sweeper {
  /** Whether an insert need not call {@link arm}: a timer runs, or none is wanted. */
  settled: boolean;
  readonly #intervalMs: number;
  readonly #swept: WeakRef<Swept>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(swept: Swept, intervalMs: number) {
    this.#swept = new WeakRef(swept);
    this.#intervalMs = intervalMs;
    this.settled = intervalMs === Infinity;
  }

  /** Arms the timer if it is not and something can die. */
  arm(): void {
    if (this.settled) {
      return;
    }
    const until = this.#swept.deref()?.untilNextDeadline() ?? Infinity;
    if (until !== Infinity) {
      this.#wakeIn(Math.max(this.#intervalMs, until));
    }
  }

  /** Sweeps again, after {@link stop}. */
  start(): void {
    if (this.#stopped) {
      this.#stopped = false;
      this.settled = this.#intervalMs === Infinity;
      this.arm();
    }
  }

  /** Ends sweeping until {@link start}. */
  stop(): void {
    this.#stopped = true;
    this.settled = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wakeIn(delayMs: number): void {
    this.settled = true;
    const timer = setTimeout(
      () => {
        this.#wake();
      },
      Math.min(Math.ceil(delayMs), DELAY_MAX_MS),
    );
    unref(timer);
    this.#timer = timer;
  }

  #wake(): void {
    const swept = this.#swept.deref();
    try {
      // Still settled: an insert of a callback does not arm a second timer.
      const more = swept?.sweep() ?? false;
      if (this.#stopped) {
        return;
      }
      this.settled = false;
      if (more) {
        this.#wakeIn(0);
      } else {
        this.arm();
      }
    } catch (cause) {
      // The caller's clock has failed: the next insert arms the timer again.
      this.settled = this.#stopped;
      swept?.callbacks.report('the sweep failed', cause);
    }
  }
}
