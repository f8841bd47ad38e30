/**
 * The views of wasm memory, owned by this module alone.
 *
 * Memory that grows detaches every view of it. A detached view reads `undefined`, and comparisons
 * with `undefined` are false: so whoever asks `doubles[at] > now` takes an entry for dead, never a
 * dead one for alive, and looks again after {@link refreshViews}. Whoever writes makes sure first.
 *
 * The views are module variables rather than fields so that a hit reads them without another load.
 */

import { memoryBuffer } from './wasm.js';

/** Wasm memory as 64-bit floats. */
export let doubles = new Float64Array(0);
/** Wasm memory as 32-bit words. */
export let words = new Uint32Array(0);

/** Makes the views anew if memory has grown since. */
export function refreshViews(): void {
  if (words.length === 0) {
    const buffer = memoryBuffer();
    doubles = new Float64Array(buffer);
    words = new Uint32Array(buffer);
  }
}
