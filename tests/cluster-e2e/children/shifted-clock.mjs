/** Before anything else is loaded: a wall clock that is off by as much as `CLOCK_SHIFT_MS` says. */
import process from 'node:process';

const shift = Number(process.env.CLOCK_SHIFT_MS);
const { now } = Date;

globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length === 0 ? [now() + shift] : given));
  }

  static now() {
    return now() + shift;
  }
};
