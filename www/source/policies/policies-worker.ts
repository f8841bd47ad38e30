/** Runs every policy of the package, and Belady's choice, over a trace at several sizes. */

import { TTLCache, type EvictionPolicy } from 'tidecache';

import { beladyHits, nextUses } from './belady';

/** What the worker is asked. */
export interface ReplayJob {
  readonly ids: Uint32Array<ArrayBuffer>;
  readonly keys: number;
  readonly sizes: readonly number[];
  readonly policies: readonly EvictionPolicy[];
}

/** What it says after each cell. */
export interface ReplayCell {
  /** A policy, or `opt`. */
  readonly policy: string;
  readonly size: number;
  readonly misses: number;
}

function replay(
  names: readonly string[],
  ids: Uint32Array,
  size: number,
  policy: EvictionPolicy,
): number {
  const cache = new TTLCache<number>({
    maxSize: size,
    evictionPolicy: policy,
    defaultTtl: Infinity,
    cleanupInterval: false,
  });
  const { sync } = cache;
  for (const id of ids) {
    const key = names[id]!;
    if (sync.get(key) === undefined) {
      sync.set(key, id);
    }
  }
  const { misses } = cache.getStats();
  void cache.close();
  return misses;
}

addEventListener('message', ({ data }: MessageEvent<ReplayJob>) => {
  const { ids, keys, sizes, policies } = data;
  const say = (cell: ReplayCell): void => {
    postMessage(cell);
  };
  const names = Array.from({ length: keys }, (_, id) => `key/${id}`);
  const next = nextUses(ids, keys);
  for (const size of sizes) {
    say({ policy: 'opt', size, misses: ids.length - beladyHits(ids, next, keys, size) });
    for (const policy of policies) {
      say({ policy, size, misses: replay(names, ids, size, policy) });
    }
  }
});
