/** What an operation costs as a cache grows: native to 10M entries, in Node to 4M. */
import { fileURLToPath } from 'node:url';

import { buildNative } from './native-program.mjs';
import { printHead, printTable } from './report.mjs';
import { runNode } from './rounds.mjs';
import { short } from './sync-cells.mjs';
import { median } from './statistics.mjs';

const ABOUT = `Nanoseconds of CPU time of an operation of \`mix\` (fresh keys in Node; Zipf 0.99) by the number of
entries: the median of the rounds.`;

const SIZES = [1_000, 10_000, 100_000, 1_000_000, 4_000_000, 10_000_000];
const LINES = [
  { name: 'Node, ours lru', where: 'node', who: 'tidecache:lru', most: 4_000_000 },
  { name: 'Node, lru-cache', where: 'node', who: 'lru-cache', most: 4_000_000 },
  { name: 'native, ours lru', where: 'native', who: 'tidecache:lru ticking', most: 10_000_000 },
  { name: 'native, lru', where: 'native', who: 'lru', most: 10_000_000 },
];
/** The largest size of a quick run, and how often each size is measured. */
const QUICK_MOST = 1_000_000;
const ROUNDS = 3;
const QUICK_ROUNDS = 1;

/** Measures the lines of the picture and returns them. */
export async function runGrowth({ quick, ms, environment, onProgress, journal }) {
  const native = await buildNative(onProgress);
  const script = fileURLToPath(new URL('sync-cell.mjs', import.meta.url));
  const node = (cell) => runNode(script, cell, environment, ['--max-old-space-size=12000']);
  const rounds = quick ? QUICK_ROUNDS : ROUNDS;
  const times = new Map(LINES.map(({ name }) => [name, new Map()]));
  for (let round = 0; round < rounds; round++) {
    for (const size of SIZES) {
      for (const { name, where, who, most } of LINES) {
        if (size > Math.min(most, quick ? QUICK_MOST : most)) continue;
        onProgress(`growth, round ${round + 1} of ${rounds}: ${name}, ${short(size)}`);
        const cell = { op: 'mix', size, kind: 'fresh', skew: 0.99, ms, who };
        const what = ['growth', name, cell, round];
        const run = where === 'node' ? node : native;
        const measured = journal.find(what) ?? (await run(cell));
        journal.add(what, measured);
        const found = times.get(name);
        found.set(size, [...(found.get(size) ?? []), measured.cpuNs]);
      }
    }
  }
  onProgress('');
  printHead('growth', ABOUT);
  const lines = LINES.map(({ name }) => ({
    name,
    points: [...times.get(name)].map(([size, values]) => ({ size, ns: median(values) })),
  }));
  const shown = SIZES.filter((size) => lines.some(({ points }) => hasSize(points, size)));
  const rows = lines.map(({ name, points }) => [
    name,
    ...shown.map((size) => points.find((point) => point.size === size)?.ns.toFixed(0) ?? ''),
  ]);
  return { about: ABOUT, lines, tables: [printTable(['ns', ...shown.map(short)], rows)] };
}

const hasSize = (points, size) => points.some((point) => point.size === size);
