/** The tables that people read. */
import { compare, geometricMean, median, ROUNDS_MIN, spread } from './statistics.mjs';

/** Prints rows of words under their heads, and returns both. */
export function printTable(heads, rows) {
  const widths = heads.map((head, at) =>
    Math.max(...[head, ...rows.map((row) => row[at])].map(({ length }) => length)),
  );
  for (const row of [heads, ...rows]) {
    const cells = row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at]),
    );
    console.log(cells.join('  '));
  }
  return { heads, rows };
}

/** Prints a line for each comparison that came to something. */
export function printTotals(reports) {
  const rows = reports.filter(({ total }) => total !== undefined).map(totalRow);
  if (rows.length === 0) return;
  console.log(
    '\nall of it: the geometric mean of the ratios, and the range of it over the rounds\n',
  );
  printTable(TOTAL_HEADS, rows);
}

export const TOTAL_HEADS = [
  'ours and peer',
  'mean',
  'rounds',
  'cells',
  '>= 1',
  'above',
  'below',
  'least',
];

/** Returns the words of one line of {@link printTotals}. */
export function totalRow({ title, total }) {
  const {
    geometricMean: mean,
    ofRounds,
    cells,
    atLeastOne,
    whollyAbove,
    whollyBelow,
    least,
  } = total;
  const counts = [cells, atLeastOne, whollyAbove, whollyBelow].map(String);
  return [
    title,
    mean.toFixed(2),
    interval(ofRounds),
    ...counts,
    `${least.ratio.toFixed(2)} ${least.name}`,
  ];
}

/** Prints what a part measures. */
export function printHead(part, about) {
  console.log(`\n=== ${part} ===\n${about}`);
}

export const nanoseconds = (value) => (value < 100 ? value.toFixed(1) : value.toFixed(0));
const percent = (ratio) => `${(100 * ratio).toFixed(1)}%`;
export const interval = ({ least, greatest }) => `${least.toFixed(2)}-${greatest.toFixed(2)}`;

/**
 * Prints one table, a row for each cell, and what they come to; returns both as data. A cell's times
 * are medians of the rounds.
 */
export function printComparison({
  ours,
  peer,
  title,
  about,
  rows,
  isControl = false,
  isBrief = false,
}) {
  const cells = rows.map(({ name, rounds }) => summarise(name, rounds, ours, peer));
  const total = cells[0].cpu === undefined || isControl ? undefined : sum(cells);
  const report = { title, about, ours, peer, cells, total };
  // Its mean is told with all the others.
  if (isBrief && total !== undefined) return report;
  console.log(`\n${title}\n`);
  const heads = [
    'cell'.padEnd(26),
    'ours ns'.padStart(9),
    'peer ns'.padStart(9),
    'ratio'.padStart(8),
    'least-most'.padStart(13),
    'by wall'.padStart(9),
    'hits'.padStart(9),
  ];
  console.log(heads.join(''));
  for (const cell of cells) console.log(line(cell));
  if (cells[0].cpu === undefined) {
    console.log(`no ratio from fewer than ${ROUNDS_MIN} rounds`);
  }
  if (total !== undefined) printTotal(total);
  return report;
}

function summarise(name, rounds, ours, peer) {
  const of = (who, what) => median(rounds.map((round) => round[who][what]));
  return {
    name,
    oursNs: of(ours, 'cpuNs'),
    peerNs: of(peer, 'cpuNs'),
    oursHitRatio: of(ours, 'hitRatio'),
    peerHitRatio: of(peer, 'hitRatio'),
    cpu: compare(rounds, ours, peer, 'cpuNs'),
    wall: compare(rounds, ours, peer, 'wallNs'),
  };
}

function line({ name, oursNs, peerNs, oursHitRatio, peerHitRatio, cpu, wall }) {
  const isTie = cpu !== undefined && cpu.least <= 1 && cpu.greatest >= 1;
  const hits = name.startsWith('set') ? '' : hitRatios(oursHitRatio, peerHitRatio);
  return [
    name.padEnd(26),
    nanoseconds(oursNs).padStart(9),
    nanoseconds(peerNs).padStart(9),
    (cpu === undefined ? '-' : `${isTie ? '~' : ''}${cpu.median.toFixed(2)}`).padStart(8),
    (cpu === undefined ? '' : interval(cpu)).padStart(13),
    (wall === undefined ? '' : wall.median.toFixed(2)).padStart(9),
    hits.padStart(hits.length > 8 ? hits.length + 1 : 9),
  ].join('');
}

/** Returns both hit ratios, or one if they differ by no more than the time they were cut off at. */
function hitRatios(ours, peer) {
  return Math.abs(ours - peer) < 0.005 ? percent(ours) : `${percent(ours)}/${percent(peer)}`;
}

/** Returns what the cells come to: also the mean of each round, whose spread is the machine's. */
function sum(cells) {
  const medians = cells.map(({ cpu }) => cpu.median);
  const means = cells[0].cpu.ratios.map((_, round) =>
    geometricMean(cells.map(({ cpu }) => cpu.ratios[round])),
  );
  const least = cells.reduce((a, b) => (b.cpu.median < a.cpu.median ? b : a));
  return {
    geometricMean: geometricMean(medians),
    ofRounds: spread(means),
    least: { name: least.name, ratio: least.cpu.median },
    cells: cells.length,
    atLeastOne: medians.filter((ratio) => ratio >= 1).length,
    whollyAbove: cells.filter(({ cpu }) => cpu.least > 1).length,
    whollyBelow: cells.filter(({ cpu }) => cpu.greatest < 1).length,
  };
}

function printTotal(total) {
  const { geometricMean: mean, ofRounds, least, cells, atLeastOne } = total;
  console.log(
    `\ngeometric mean ${mean.toFixed(2)} (single rounds ${interval(ofRounds)}), ` +
      `least cell ${least.ratio.toFixed(2)} (${least.name})`,
  );
  console.log(
    `${atLeastOne} of ${cells} cells at 1.0 or above; ` +
      `whole interval above 1: ${total.whollyAbove}, below 1: ${total.whollyBelow}`,
  );
}
