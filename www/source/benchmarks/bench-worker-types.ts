/** What the benchmark and its panel say to each other. */

/** What is measured. */
export const CELLS = ['hit', 'mix', 'evict'] as const;
/** Who is measured. */
export const CONTESTANTS = ['tidecache lru', 'tidecache sieve', 'lru-cache'] as const;

/** What the worker is asked. */
export interface BenchJob {
  readonly size: number;
  readonly rounds: number;
}

/** One measurement. */
export interface Measured {
  readonly cell: (typeof CELLS)[number];
  readonly who: (typeof CONTESTANTS)[number];
  readonly round: number;
  readonly nanoseconds: number;
}
