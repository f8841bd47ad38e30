/** The end of a turn of the event loop, where the runtime can say when that is. */

import { setEndOfTurn } from './clock.js';

const { setImmediate } = globalThis as { setImmediate?(callback: () => void): unknown };
if (typeof setImmediate === 'function') {
  setEndOfTurn(setImmediate);
}
