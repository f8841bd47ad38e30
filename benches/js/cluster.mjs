/** The cluster: real nodes behind real sockets, one client process. */
import { fileURLToPath } from 'node:url';

import { printHead } from './report.mjs';
import { runRounds } from './rounds.mjs';
import { compare, median, ROUNDS_MIN, spread } from './statistics.mjs';

const MS = 1_500;
const QUICK_MS = 600;

/** What the contestants of the loads without faults have in common. */
const speed = (kind, loops) => ({ load: 'speed', kind, loops });

/**
 * Each cell and what of it is compared: ours, the peer, and the least ratio of their speeds that
 * cluster.md sets as the goal, if it does.
 */
const SPEEDS = [
  {
    name: 'read, 64 under way',
    parameters: speed('read', 64),
    pairs: [
      ['quorum', 'one', 0.55],
      ['quorum', 'single', 0.55],
    ],
  },
  {
    name: 'read, one by one',
    parameters: speed('read', 1),
    pairs: [
      ['quorum', 'one'],
      ['quorum', 'single'],
    ],
  },
  {
    name: 'write, 64 under way',
    parameters: speed('write', 64),
    pairs: [['quorum', 'single', 0.4]],
  },
  {
    name: 'write, one by one',
    parameters: speed('write', 1),
    pairs: [['quorum', 'single']],
  },
  {
    name: 'near hit, one by one',
    parameters: speed('read', 1),
    pairs: [['near', 'one', 10]],
  },
  {
    name: 'near hit, 64 under way',
    parameters: speed('read', 64),
    pairs: [['near', 'one', 10]],
  },
  {
    name: 'transport, 64 under way',
    parameters: speed('read', 64),
    pairs: [
      ['fetch', 'ws'],
      ['port', 'ws'],
    ],
  },
];

const FAULTS = [
  {
    name: 'late, each in turn',
    parameters: { load: 'late', turns: true },
    contestants: ['hedging', 'plain'],
    print: printLate,
  },
  {
    name: 'late, always the same',
    parameters: { load: 'late', turns: false },
    contestants: ['hedging', 'plain'],
    print: printLate,
  },
  { name: 'kill', parameters: { load: 'kill' }, contestants: ['quorum'], print: printKill },
  {
    name: 'restart',
    parameters: { load: 'restart' },
    contestants: ['quorum'],
    print: printRestart,
  },
  {
    name: 'hit ratio',
    parameters: { load: 'hits' },
    contestants: ['three', 'as many keys', 'as much memory'],
    print: printHits,
  },
];

const ABOUT = `Real node processes, real sockets of \`ws\` on this machine, one client process; keys of 32
characters, values of 100. quorum: three nodes, R = W = 2. one: the same nodes, consistency 'one'.
single: one node, its writes guarded by versions as in a cluster. 64 under way, or one after the
other. The ratio is that of speeds, ours to the peer's in the same round, by the clock; the median of
the rounds, and the least and greatest of them. 'by client' is the ratio by CPU time of the client,
which counts where each node has a processor of its own; 'by all' by that of all processes.`;

/** Runs the cells of the cluster and returns what to write into the JSON file. */
export async function runCluster({ rounds, quick, pattern, environment, onProgress }) {
  const speeds = SPEEDS.map((cell) => ({ ...cell, contestants: [...new Set(cell.pairs.flat())] }));
  const cells = [...speeds, ...FAULTS]
    .filter(({ name }) => pattern.test(name))
    .map(({ parameters, contestants, ...rest }) => ({
      ...rest,
      parameters: { ...parameters, quick, ms: quick ? QUICK_MS : MS },
      contestants: contestants.filter((who) => typeof who === 'string'),
    }));
  if (cells.length === 0) throw new Error(`no cell of the cluster is called like ${pattern}`);
  const script = fileURLToPath(new URL('cluster-cell.mjs', import.meta.url));
  const results = await runRounds({ script, cells, count: rounds, environment, onProgress });
  printHead('cluster', ABOUT);
  if (rounds < ROUNDS_MIN) console.log(`\nno ratio from fewer than ${ROUNDS_MIN} rounds`);
  printSpeeds(cells.flatMap((cell, at) => (cell.pairs ? [{ cell, rounds: results[at] }] : [])));
  for (const [at, { name, print }] of cells.entries()) print?.(name, results[at]);
  return cells.map(({ name }, at) => ({ name, rounds: results[at] }));
}

const of = (rounds, who, what) => median(rounds.map((round) => round[who][what]));
const us = (ns) => (ns / 1e3).toFixed(1);
const ratio = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const interval = ({ least, greatest }) => `${ratio(least)}-${ratio(greatest)}`;

function printSpeeds(rows) {
  if (rows.length === 0) return;
  const widths = [26, 18, 9, 9, 8, 13, 11, 8, 14];
  const line = (...columns) =>
    console.log(
      columns.map((text, at) => text[at < 2 ? 'padEnd' : 'padStart'](widths[at])).join(''),
    );
  console.log('');
  line(
    'cell',
    'ours / peer',
    'ours us',
    'peer us',
    'ratio',
    'least-most',
    'by client',
    'by all',
    'goal',
  );
  for (const { cell, rounds } of rows) {
    for (const [ours, peer, goal] of cell.pairs) {
      const by = (clock) => compare(rounds, ours, peer, clock);
      const wall = by('wallNs');
      line(
        cell.name,
        `${ours} / ${peer}`,
        us(of(rounds, ours, 'wallNs')),
        us(of(rounds, peer, 'wallNs')),
        wall === undefined ? '-' : ratio(wall.median),
        wall === undefined ? '' : interval(wall),
        wall === undefined ? '' : ratio(by('clientNs').median),
        wall === undefined ? '' : ratio(by('cpuNs').median),
        verdict(wall?.median, goal),
      );
    }
  }
}

function verdict(value, goal) {
  if (goal === undefined) return '';
  const state = value === undefined ? '' : value >= goal ? ', met' : ', missed';
  return `${goal}${state}`;
}

function printLate(name, rounds) {
  console.log(
    `\n${name}: one node of three answers 200 ms late; 200 reads and 20 writes a second\n`,
  );
  for (const who of ['hedging', 'plain']) {
    const at = (what) => of(rounds, who, what);
    const times = ['p50Ms', 'p99Ms', 'worstMs'].map((what) => at(what).toFixed(1));
    console.log(
      `${who.padEnd(9)}p50, p99, worst ms: ${times.join(', ')}; reads above 100 ms: ${at('slow')} of ` +
        `${at('reads')}; extra sends ${(100 * at('extra')).toFixed(1)}%`,
    );
  }
  const p99 = compare(rounds, 'plain', 'hedging', 'p99Ms');
  if (p99 !== undefined) {
    console.log(`p99, hedging to plain: ${ratio(p99.median)} (${interval(p99)}); goal 0.2 or less`);
  }
}

function printKill(name, rounds) {
  const kills = rounds.flatMap(({ quorum }) => quorum.kills);
  const all = (what) => kills.map((one) => one[what]);
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const ms = (values) => {
    const { least, greatest } = spread(values);
    return `${median(values).toFixed(0)} ms (${least.toFixed(0)}-${greatest.toFixed(0)})`;
  };
  console.log(
    `\n${name}: kill -9 of one node of three, 16 loops of reads and writes, ${kills.length} kills\n\n` +
      `failed: ${sum(all('failed'))} of ${sum(all('operations'))}, goal 0; longest operation within ` +
      `a second of the kill: ${ms(all('worstMs'))}, goal 150; in the second before: ` +
      ms(all('beforeMs')),
  );
}

function printRestart(name, rounds) {
  console.log(`\n${name}: all three nodes killed and started again, empty, under load\n`);
  for (const part of ['atOnce', 'oneByOne']) {
    const sum = (what) => rounds.reduce((total, { quorum }) => total + quorum[part][what], 0);
    console.log(
      `${part.padEnd(9)}stale hits: ${sum('stale')} of ${sum('hits')}, goal 0; misses: ` +
        `${sum('misses')}; failed: ${sum('failedReads')} reads, ${sum('failedWrites')} of ` +
        `${sum('failedWrites') + sum('writes')} writes`,
    );
  }
}

function printHits(name, rounds) {
  console.log(
    `\n${name}: get, and set after a miss, Zipf 0.9 over 10,000 keys, LRU; three nodes of 1,000\n` +
      'entries each, one node of 1,000 (as many keys), one of 3,000 (as much memory)\n',
  );
  for (const who of ['three', 'as many keys', 'as much memory']) {
    const all = spread(rounds.map((round) => round[who].hitRatio));
    const [middle, least, greatest] = [of(rounds, who, 'hitRatio'), all.least, all.greatest].map(
      (value) => `${(100 * value).toFixed(2)}%`,
    );
    const repairs = (100 * of(rounds, who, 'repairs')).toFixed(2);
    console.log(`${who.padEnd(16)}${middle} (${least}-${greatest}); repairs ${repairs}% of reads`);
  }
}
