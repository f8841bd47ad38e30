/** Entries of a cache on their way out and back in. */

import type { ExtensionHost, Row, SavedEntry } from '../extension.js';

/** Returns what is held, in the order in which it would leave as far as that is known. */
export function takeEntries(host: ExtensionHost): SavedEntry[] {
  const offset = host.offset();
  const rows = host.rows();
  rows.sort((a, b) => a[4] - b[4] || a[2] - b[2]);
  return rows.map(([path, value, created, fresh, , slide, whileRevalidate, ifError, tags]) => ({
    path,
    value,
    createdAt: created - offset,
    expiresAt: fresh - offset,
    slide,
    whileRevalidate,
    ifError,
    tags,
  }));
}

/**
 * Puts entries, the one that should leave first first; those whose last window is over are passed
 * over. Returns how many were put, of which some may have left again. Throws before anything is
 * changed, or not at all.
 */
export function putEntries(host: ExtensionHost, entries: readonly SavedEntry[]): number {
  const now = host.now();
  const offset = host.offset();
  const rows: Row[] = [];
  for (const { path, value, createdAt, expiresAt, ...rest } of entries) {
    const { slide, whileRevalidate, ifError, tags } = rest;
    const fresh = expiresAt + offset;
    if (fresh + Math.max(whileRevalidate, ifError) > now) {
      rows.push([path, value, createdAt + offset, fresh, 0, slide, whileRevalidate, ifError, tags]);
    }
  }
  return host.load(rows);
}
