/** Bytes mode against lru-cache, which holds the same values: memory, collections, churn. */
import { fileURLToPath } from 'node:url';

import { printHead } from './report.mjs';
import { runRounds } from './rounds.mjs';
import { compare, median } from './statistics.mjs';

const ABOUT = `Values of 64 bytes, or strings of 64 characters; keys of 32. Bytes an entry: heap and external
memory after a full collection, WebAssembly included, less what there was before. Collection: CPU of a
full gc() of the process, the least of five. Churn: of 16 operations 8 read what was set lately, 7 set new
keys, each evicting one, and one deletes; the longest pause is that of 64 operations, by the clock.
Ratios are ours divided by lru-cache's; the median of the rounds, and the least and greatest.`;

const OURS = 'tidecache:bytes';
const PEER = 'lru-cache';
const ENTRIES = 1_000_000;

const WHAT = [
  { name: 'bytes an entry', field: 'bytes', goals: { bytes: 0.45, strings: 0.75 } },
  { name: 'full gc(), CPU ms', field: 'gcMs', goals: { bytes: 0.05, strings: 0.05 } },
  { name: 'churn, CPU ns', field: 'cpuNs', goals: {} },
  { name: 'longest pause, ms', field: 'pauseMs', goals: {} },
  { name: 'gc() without entries', field: 'emptyMs', goals: {} },
];

/** Runs the cells of bytes mode and returns what to write into the JSON file. */
export async function runBytes({ rounds, quick, pattern, ...options }) {
  const entries = quick ? ENTRIES / 10 : ENTRIES;
  const cells = ['bytes', 'strings']
    .map((kind) => ({
      name: `${entries / 1e6}M ${kind}`,
      parameters: { kind, entries, operations: 2 * entries },
      contestants: [OURS, PEER],
    }))
    .filter(({ name }) => pattern.test(name));
  const script = fileURLToPath(new URL('bytes-cell.mjs', import.meta.url));
  const results = await runRounds({ ...options, part: 'bytes', script, cells, count: rounds });
  printHead('bytes', ABOUT);
  return cells.map((cell, at) => printCell(cell, results[at]));
}

function printCell({ name, parameters }, rounds) {
  const heads = ['ours', PEER, 'ratio', 'least-most', 'goal'];
  console.log(`\n${name.padEnd(24)}${heads.map((head) => head.padStart(12)).join('')}`);
  const rows = WHAT.map(({ name: what, field, goals }) => {
    const of = (who) => median(rounds.map((round) => round[who][field]));
    const ratio = compare(rounds, PEER, OURS, field);
    const range = ratio === undefined ? '' : [ratio.least, ratio.greatest].map(short).join('-');
    const goal = goals[parameters.kind] === undefined ? '' : `<= ${goals[parameters.kind]}`;
    const shown = [
      short(of(OURS)),
      short(of(PEER)),
      ratio ? short(ratio.median) : '-',
      range,
      goal,
    ];
    console.log(`${what.padEnd(24)}${shown.map((text) => text.padStart(12)).join('')}`);
    return { what, ours: of(OURS), peer: of(PEER), ratio };
  });
  return { name, rows, rounds };
}

const short = (value) => value.toPrecision(3);
