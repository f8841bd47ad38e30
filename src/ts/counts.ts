/** What a cache counts. */

import type { CacheStats } from './types.js';

/** The counters of a cache's whole life, and what it holds now. */
export type Counts = Omit<CacheStats, 'hitRate'>;

/** What a cache tells `tidecache/metrics`. */
export interface Metrics {
  readonly name: string;
  readonly counts: Counts;
  readonly spaces: readonly { readonly name: string; readonly counts: Counts }[];
}

/** What has been counted before anything has happened. */
export const NO_COUNTS: Counts = {
  hits: 0,
  misses: 0,
  staleHits: 0,
  loads: 0,
  loadErrors: 0,
  coalesced: 0,
  evictions: 0,
  expirations: 0,
  items: 0,
  weight: 0,
  wasmBytes: 0,
};

/** Returns what has been counted since `before`, frozen. */
export function snapshot(counts: Counts, before: Counts): CacheStats {
  const since = { ...counts, hitRate: 0 };
  for (const name of Object.keys(NO_COUNTS).slice(0, 8) as (keyof Counts)[]) {
    since[name] -= before[name];
  }
  const { hits, misses } = since;
  since.hitRate = hits === 0 ? 0 : hits / (hits + misses);
  return Object.freeze(since);
}
