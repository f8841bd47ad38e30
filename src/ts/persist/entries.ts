/** Entries of a cache on their way out and back in. */

import type { ExtensionHost, Row, SavedEntry } from '../extension.js';

/** Returns what is alive, in the order in which it would leave as far as that is known. */
export function takeEntries(host: ExtensionHost): SavedEntry[] {
  const offset = host.offset();
  const rows = host.rows();
  rows.sort((a, b) => a[5] - b[5] || a[2] - b[2]);
  return rows.map(([key, value, created, deadline, slide = 0]) => ({
    key,
    value,
    createdAt: created - offset,
    expiresAt: deadline - offset,
    slide,
    whileRevalidate: 0,
    ifError: 0,
    tags: [],
  }));
}

/**
 * Puts entries, the one that should leave first first; those that are dead are passed over. Returns
 * how many were put, of which some may have left again. Throws before anything is changed, or not
 * at all.
 */
export function putEntries(host: ExtensionHost, entries: readonly SavedEntry[]): number {
  const now = host.now();
  const offset = host.offset();
  const ready: [row: Row, weight: number][] = [];
  for (const { key, value, createdAt, expiresAt, slide } of entries) {
    const deadline = expiresAt + offset;
    if (deadline > now) {
      const own = slide === 0 ? undefined : slide;
      ready.push([[key, value, createdAt + offset, deadline, own, 0], host.weigh(key, value)]);
    }
  }
  const { length } = ready.filter(([row, weight]) => host.put(row, weight, now));
  host.run();
  return length;
}
