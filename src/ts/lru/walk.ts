/** Walks through the entries of a cache in the order of their use. */

import type { Entries } from './entries.js';
import { Pending } from './pending.js';

/** What a cache has that says which of its entries are seen. */
export interface Seeing {
  readonly allowStale: boolean;
  readonly ttlResolution: number;
}

/**
 * Yields the slots that are not stale when it comes to them, or may be. The order is that of the
 * beginning: what is used or comes in meanwhile is not seen again, and what has left is not seen.
 */
export function* freshSlots<K, V>(
  { slots, ages }: Entries<K, V>,
  isNewestFirst: boolean,
  { allowStale, ttlResolution }: Seeing,
): Generator<number> {
  const order = slots.inOrder();
  const keys = order.map((slot) => slots.keyAt(slot));
  for (let at = 0; at < order.length; at++) {
    const place = isNewestFirst ? order.length - 1 - at : at;
    const slot = order[place]!;
    if (Object.is(slots.keyAt(slot), keys[place])) {
      if (allowStale || !ages.isStale(slot, ttlResolution)) {
        yield slot;
      }
    }
  }
}

/** Yields keys and values in the same way, without fetches under way. */
export function* freshPairs<K, V>(
  entries: Entries<K, V>,
  isNewestFirst: boolean,
  seeing: Seeing,
): Generator<[K, V], void, unknown> {
  for (const slot of freshSlots(entries, isNewestFirst, seeing)) {
    const kept = entries.keptAt(slot);
    if (kept !== undefined && !(kept instanceof Pending)) {
      yield [entries.keyAt(slot), kept];
    }
  }
}
