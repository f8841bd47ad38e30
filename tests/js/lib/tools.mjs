/** Small things that many tests need. */

/** Returns a clock that stands still until it is told otherwise. */
export function manualClock(start = 1_000) {
  let time = start;
  return {
    now: () => time,
    advance: (ms) => {
      time += ms;
    },
  };
}

/** Returns an `onEvicted` that writes down what it is told, in `told`. */
export function recorder() {
  const told = [];
  return { told, onEvicted: (...removal) => void told.push(removal) };
}

/** All reasons for which an entry may leave, or not enter. */
export const REASONS = ['evicted', 'expired', 'deleted', 'replaced', 'cleared', 'refused'];

/** Returns a Promise and what settles it. */
export function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((...settlers) => {
    [resolve, reject] = settlers;
  });
  return { promise, resolve, reject };
}

const { setImmediate } = globalThis;

/** Resolves when everything that waits for nothing but Promises has gone on. */
export function turn() {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Returns what the events of `console.error` were while `work` ran. */
export async function consoleErrors(work) {
  const errors = [];
  const { error } = console;
  console.error = (...what) => errors.push(...what);
  try {
    await work();
    await turn();
  } finally {
    console.error = error;
  }
  return errors;
}
