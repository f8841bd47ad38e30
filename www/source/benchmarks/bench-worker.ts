/**
 * The synchronous cells, in a worker: ours and lru-cache by turns, a round after the other, so that
 * what the machine does meanwhile meets both.
 */

import { LRUCache } from 'lru-cache';
import { TTLCache } from 'tidecache';

import { seeded, zipf } from '../work/random';
import { CELLS, CONTESTANTS, type BenchJob, type Measured } from './bench-worker-types';

interface Contestant {
  get(key: string): number | undefined;
  set(key: string, value: number): unknown;
}

const OPERATIONS = 200_000;
const TTL_MS = 300_000;
const KEY_LENGTH = 32;

function make(who: Measured['who'], size: number): Contestant {
  if (who === 'lru-cache') {
    return new LRUCache<string, number>({ max: size, ttl: TTL_MS });
  }
  const evictionPolicy = who === 'tidecache lru' ? 'lru' : 'sieve';
  return new TTLCache<number>({ maxSize: size, defaultTtl: TTL_MS, evictionPolicy }).sync;
}

/** Returns the keys that a cell asks for, in order. */
function keysOf(cell: Measured['cell'], size: number, round: number): string[] {
  const names = Array.from({ length: 4 * size }, (_, at) => String(at).padStart(KEY_LENGTH, 'k'));
  const draw = zipf(cell === 'hit' ? size : 4 * size, 0.99, seeded(round + 1));
  let next = size;
  return Array.from({ length: OPERATIONS }, () => {
    // Each key of this cell has been evicted before it comes again.
    return names[cell === 'evict' ? (next = (next + 1) % (4 * size)) : draw()]!;
  });
}

/** Runs one cell; returns nanoseconds an operation. */
function run(cell: Measured['cell'], cache: Contestant, keys: readonly string[]): number {
  const began = performance.now();
  let found = 0;
  if (cell === 'evict') {
    for (const key of keys) {
      cache.set(key, 1);
    }
  } else {
    for (const key of keys) {
      if (cache.get(key) === undefined) {
        cache.set(key, 1);
      } else {
        found++;
      }
    }
  }
  const took = performance.now() - began;
  if (cell === 'hit' && found !== keys.length) {
    throw new Error(`${found} of ${keys.length} reads were hits`);
  }
  return (1e6 * took) / keys.length;
}

addEventListener('message', ({ data }: MessageEvent<BenchJob>) => {
  const { size, rounds } = data;
  // Round -1 is for the engine's optimiser, and is not told.
  for (let round = -1; round < rounds; round++) {
    for (const cell of CELLS) {
      const keys = keysOf(cell, size, round);
      const order = round % 2 === 0 ? CONTESTANTS : [...CONTESTANTS].reverse();
      for (const who of order) {
        const cache = make(who, size);
        for (let at = 0; at < size; at++) {
          cache.set(String(at).padStart(KEY_LENGTH, 'k'), 1);
        }
        const nanoseconds = run(cell, cache, keys);
        if (round >= 0) {
          postMessage({ cell, who, round, nanoseconds } satisfies Measured);
        }
      }
    }
  }
});
