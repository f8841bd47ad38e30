/** One contestant and one cell in a page, which calls `measureCell`. Pages have no CPU time. */
import { measureSync } from './sync-load.mjs';

const channel = new MessageChannel();

const clocks = {
  cpu: () => 1e3 * performance.now(),
  // A timer's delay would let the processor sleep.
  turn: () =>
    new Promise((resolve) => {
      channel.port1.onmessage = resolve;
      channel.port2.postMessage(0);
    }),
};

globalThis.measureCell = (cell) => measureSync(cell, clocks);
