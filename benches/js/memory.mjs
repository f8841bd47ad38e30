/** A million entries that come and go: time, pauses and memory, and the sweep of the dead. */
import { fileURLToPath } from 'node:url';

import { printHead, printTable } from './report.mjs';
import { runNode, runRounds } from './rounds.mjs';
import { compare, median, ROUNDS_MIN } from './statistics.mjs';

const ABOUT = `Churn: of 16 operations 8 read what was set lately, 7 set new keys, which mostly evicts, and one
deletes. Bytes an entry: heap, external memory and wasm after a full collection, less what there was
before the cache; keys of 32 characters included, one value shared by all. Longest pause: of 64
operations by the clock, what the machine does meanwhile included. Ratios are ours divided by
lru-cache's, except for operations; the median of the rounds, and the least and greatest.`;

const SWEEP_ABOUT = `Expiry: the entries live from 1 s to 30 days; the clock is the benchmark's and goes through
those 30 days in growing steps, and each step sweeps once, as its timer would.
Microseconds of CPU time of a sweep, with the keys and values that it frees and the engine's threads.`;

const OURS = 'tidecache:lru';
const PEER = 'lru-cache';

/** Runs the churn and the sweep, and returns what to write into the JSON file. */
export async function runMemory(options) {
  const { rounds, quick, environment } = options;
  const entries = 1_000_000;
  const script = fileURLToPath(new URL('memory-cell.mjs', import.meta.url));
  const run = (parameters) => runNode(script, parameters, environment, ['--expose-gc']);
  const churn = { op: 'churn', entries, operations: (quick ? 1 : 4) * 1_048_576 };
  const cells = [
    { name: 'churn 1M', parameters: churn, contestants: [OURS, PEER] },
    { name: 'sweep 1M', parameters: { op: 'sweep', entries }, contestants: [OURS] },
  ].filter(({ name }) => options.pattern.test(name));
  const results = await runRounds({
    ...options,
    part: 'memory',
    measure: run,
    cells,
    count: rounds,
  });
  printHead('memory', ABOUT);
  const tables = [];
  for (const [at, { name }] of cells.entries()) {
    if (name.startsWith('sweep')) console.log(`\n${SWEEP_ABOUT}`);
    console.log('');
    tables.push(name.startsWith('sweep') ? sweepTable(results[at]) : churnTable(results[at]));
  }
  return { about: `${ABOUT}\n${SWEEP_ABOUT}`, tables, results };
}

const WHAT = [
  { name: 'operations, CPU ns', field: 'cpuNs', goal: '2, at least', isSpeed: true },
  { name: 'operations, wall ns', field: 'wallNs', goal: '', isSpeed: true },
  { name: 'longest pause, ms', field: 'pauseMs', goal: '0.25, at most' },
  { name: 'bytes an entry', field: 'bytes', goal: '0.95, at most' },
];

function churnTable(rounds) {
  const rows = WHAT.map(({ name, field, goal, isSpeed }) => {
    const of = (who) => median(rounds.map((round) => round[who][field])).toFixed(1);
    const ratio = isSpeed ? compare(rounds, OURS, PEER, field) : compare(rounds, PEER, OURS, field);
    const range = ratio && `${ratio.least.toFixed(2)}-${ratio.greatest.toFixed(2)}`;
    return [name, of(OURS), of(PEER), ratio?.median.toFixed(2) ?? '-', range ?? '', goal];
  });
  const table = printTable(['churn 1M', 'ours', PEER, 'ratio', 'least-most', 'goal'], rows);
  if (rounds.length < ROUNDS_MIN) console.log(`no ratio from fewer than ${ROUNDS_MIN} rounds`);
  return table;
}

function sweepTable(rounds) {
  const of = (field) => median(rounds.map((round) => round[OURS][field]));
  return printTable(
    ['sweep 1M', 'p50', 'p99', 'p99.9', 'longest', 'freed', 'left', 'goal, p99.9'],
    [
      [
        'µs a sweep',
        ...['p50', 'p99', 'p999', 'longest'].map((field) => of(field).toFixed(1)),
        String(of('freed')),
        String(of('left')),
        '50, at most',
      ],
    ],
  );
}
