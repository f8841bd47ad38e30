/** When what was gathered is sent. */

const { setImmediate } = globalThis as { setImmediate?(callback: () => void): unknown };

/**
 * Calls `work` soon: after what runs now, so that all that is begun together goes together.
 *
 * While others are under way (`isBusy`) that is at the end of the turn of the event loop, where the
 * runtime says when that is. The answers of several nodes arrive in one turn, and what each of them
 * lets begin would go out by itself, to be answered by itself for ever after.
 */
export function soon(work: () => void, isBusy: boolean): void {
  if (isBusy && setImmediate !== undefined) {
    setImmediate(work);
  } else {
    queueMicrotask(work);
  }
}
