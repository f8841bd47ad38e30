/** What the policies did, and what it means in words. */

/** The names and colours of the lines, in the order of the table. */
export const LINES = [
  { policy: 'opt', label: 'Belady', color: 'ink', dash: '2 4' },
  { policy: 'adaptive', label: 'Adaptive', color: 'sea', dash: '' },
  { policy: 'w-tinylfu', label: 'W-TinyLFU', color: 'violet', dash: '' },
  { policy: 's3-fifo', label: 'S3-FIFO', color: 'sky', dash: '' },
  { policy: 'sieve', label: 'SIEVE', color: 'lime', dash: '' },
  { policy: 'lru', label: 'LRU', color: 'coral', dash: '' },
  { policy: 'lfu', label: 'LFU', color: 'sand', dash: '6 3' },
  { policy: 'fifo', label: 'FIFO', color: 'rose', dash: '6 3' },
] as const;

/** The share of misses of each policy at each size, 0 to 1. */
export class Results {
  readonly requests: number;
  readonly sizes: readonly number[];
  readonly #ratios = new Map<string, number>();

  constructor(requests: number, sizes: readonly number[]) {
    this.requests = requests;
    this.sizes = sizes;
  }

  /** Notes the misses of one run. */
  add(policy: string, size: number, misses: number): void {
    this.#ratios.set(`${policy} ${size}`, misses / this.requests);
  }

  /** Returns the share of misses, if the run is over. */
  at(policy: string, size: number): number | undefined {
    return this.#ratios.get(`${policy} ${size}`);
  }

  /** How many runs are over. */
  get done(): number {
    return this.#ratios.size;
  }

  /** How many there are. */
  get total(): number {
    return LINES.length * this.sizes.length;
  }

  /** Returns the mean over all sizes. */
  mean(policy: string): number {
    const ratios = this.sizes.map((size) => this.at(policy, size) ?? 1);
    return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  }

  /** Returns it as text that spreadsheets read. */
  toCsv(): string {
    const rows = this.sizes.map((size) =>
      [size, ...LINES.map(({ policy }) => this.at(policy, size) ?? '')].join(','),
    );
    return [`size,${LINES.map(({ policy }) => policy).join(',')}`, ...rows, ''].join('\n');
  }
}

const CLOSE = 0.005;

/** Returns which policy to take on this trace, and why. */
export function verdict(results: Results): string {
  const online = LINES.filter(({ policy }) => policy !== 'opt')
    .map((line) => ({ ...line, mean: results.mean(line.policy) }))
    .sort((left, right) => left.mean - right.mean);
  const best = online[0]!;
  const lru = results.mean('lru');
  const adaptive = results.mean('adaptive');
  const opt = results.mean('opt');
  const limit = `Nobody could miss less than ${percent(opt)}: that takes knowing the future.`;
  if (lru - best.mean <= CLOSE) {
    return `Stay with LRU. It misses ${percent(lru)} over these sizes, within half a point of the
      best of the others, and it is the cheapest. ${limit}`;
  }
  const share = ((100 * (lru - best.mean)) / lru).toFixed(0);
  const gain = `${best.label} misses ${percent(best.mean)} over these sizes where LRU misses
    ${percent(lru)}: ${share} % fewer trips to the origin.`;
  const other =
    best.policy !== 'adaptive' && adaptive - best.mean <= CLOSE
      ? ' Adaptive is within half a point of it, and follows when the load changes.'
      : '';
  return `Take ${best.label}. ${gain}${other} ${limit}`;
}

/** Returns a share in per cent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
