/** The one timer of a cache: it frees the memory of dead entries that nobody asks for. */

import type { Callbacks } from './callbacks.js';
import { DELAY_MAX_MS, unref } from './clock.js';

/** What the timer sweeps. */
export interface Swept {
  readonly callbacks: Pick<Callbacks<never>, 'report'>;
  /** Makes one bounded step; whether there may be more to free. */
  sweep(): boolean;
  /** Milliseconds until the first entry can die, `Infinity` if none can. */
  untilNextDeadline(): number;
}

/** Stops the timers of caches that were dropped, which might wait for days. */
const dropped =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : new FinalizationRegistry<{ stop(): void }>((sweeper) => {
        sweeper.stop();
      });

/**
 * Wakes every `intervalMs`, or when the first entry can die if that is later; not at all while no
 * entry can. An entry that dies sooner than those before it moves the timer. Holds what it sweeps
 * weakly and keeps no process alive.
 */
export class Sweeper {
  /**
   * Who writes an entry that lives less long than this calls {@link arm}: `Infinity` while no timer
   * runs, 0 if none is wanted or it wakes within an interval anyway.
   */
  reach: number;
  readonly #intervalMs: number;
  readonly #swept: Pick<WeakRef<Swept>, 'deref'>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(swept: Swept, intervalMs: number) {
    this.#swept = typeof WeakRef === 'undefined' ? { deref: () => swept } : new WeakRef(swept);
    this.#intervalMs = intervalMs;
    dropped?.register(swept, this);
    this.reach = intervalMs === Infinity ? 0 : Infinity;
  }

  /** Sets the timer to when something can die. */
  arm(): void {
    if (this.reach === 0) {
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
      this.reach = this.#intervalMs === Infinity ? 0 : Infinity;
      this.arm();
    }
  }

  /** Ends sweeping until {@link start}. */
  stop(): void {
    this.#stopped = true;
    this.reach = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wakeIn(delayMs: number): void {
    const delay = Math.min(Math.ceil(delayMs), DELAY_MAX_MS);
    this.reach = delayMs > this.#intervalMs ? Math.floor(delayMs) : 0;
    clearTimeout(this.#timer);
    try {
      this.#timer = setTimeout(() => {
        this.#wake();
      }, delay);
      unref(this.#timer);
    } catch {
      // workerd has no timers before the first request; a later write sets one.
      this.reach = Infinity;
    }
  }

  #wake(): void {
    // Fake timers may have kept `stop` from clearing this one.
    if (this.#stopped) {
      return;
    }
    this.#timer = undefined;
    const swept = this.#swept.deref();
    this.reach = 0; // An insert of a callback does not arm a second timer.
    try {
      const more = swept?.sweep() ?? false;
      if (this.#stopped) {
        return;
      }
      this.reach = Infinity;
      if (more) {
        this.#wakeIn(0);
      } else {
        this.arm();
      }
    } catch (cause) {
      // The caller's clock has failed: the next insert arms the timer again.
      this.reach = this.#stopped ? 0 : Infinity;
      swept?.callbacks.report('the sweep failed', cause);
    }
  }
}
