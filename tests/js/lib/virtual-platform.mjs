/**
 * The platform's clock and timers in virtual time.
 *
 * It has to be installed before the package is loaded, which then takes it for the platform's own:
 * bound functions look native. So the shortest way of a hit, with its coarse clock, runs in virtual
 * time too, which no `clock` option and no fake timers could make it do.
 */
export class VirtualPlatform {
  now = 1_700_000_000_000;
  #timers = new Set();
  #immediates = [];

  /** Takes the place of the platform's own, for the rest of the process. */
  install() {
    Date.now = (() => this.now).bind(undefined);
    globalThis.setTimeout = this.#set.bind(this);
    globalThis.setImmediate = (callback) => this.#immediates.push(callback);
    globalThis.clearTimeout = this.#timers.delete.bind(this.#timers);
    return this;
  }

  /** How many timers are armed. */
  get armed() {
    return this.#timers.size;
  }

  /** Ends this turn, moves time on, and wakes whoever wants to be woken meanwhile. */
  advance(ms) {
    const end = this.now + ms;
    this.#endTurn();
    for (;;) {
      const timers = [...this.#timers].filter((timer) => timer.at <= end);
      if (timers.length === 0) {
        break;
      }
      const first = timers.reduce((best, timer) => (timer.at < best.at ? timer : best));
      this.#timers.delete(first);
      this.now = Math.max(this.now, first.at);
      first.callback();
      this.#endTurn();
    }
    this.now = end;
  }

  #endTurn() {
    this.#immediates.splice(0).forEach((callback) => callback());
  }

  #set(callback, delayMs = 0) {
    // As platforms do: what is too long, or not positive, is one millisecond.
    const delay = delayMs >= 1 && delayMs < 2 ** 31 ? Math.trunc(delayMs) : 1;
    const timer = { callback, at: this.now + delay, unref: () => timer };
    this.#timers.add(timer);
    return timer;
  }
}
