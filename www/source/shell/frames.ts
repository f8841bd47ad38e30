/** Work that goes on while a panel is shown. */

/** Calls `work` on each frame with the time in milliseconds, until `signal` ends. */
export function onFrames(signal: AbortSignal, work: (now: number) => void): void {
  const frame = (now: number): void => {
    if (!signal.aborted) {
      work(now);
      requestAnimationFrame(frame);
    }
  };
  requestAnimationFrame(frame);
}

/** Calls `work` every `intervalMs` milliseconds, until `signal` ends. */
export function every(intervalMs: number, signal: AbortSignal, work: () => void): void {
  const timer = setInterval(work, intervalMs);
  signal.addEventListener('abort', () => {
    clearInterval(timer);
  });
}

/** Whether whoever looks wants less motion. */
export const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** Returns how often live figures are drawn. */
export function drawingMs(): number {
  return calm.matches ? 1_000 : 250;
}
