/** The awaited cells: one get after the other, and many keys at once. */
import { fileURLToPath } from 'node:url';

import { PROMISE } from './promise-contestants.mjs';
import { printComparison, printHead, printTotals } from './report.mjs';
import { runRounds } from './rounds.mjs';

const CELLS = [
  { op: 'get', size: 1 },
  { op: 'get', size: 1_000 },
  { op: 'get-many', size: 100 },
];

const ABOUT = `Awaited calls, CPU time for each key. get: held keys, one after the other, each awaited;
over one key and over 1,000. get-many: 100 held keys in one call, awaited. async-map is the least
that anything awaited costs: an async method over a bare Map, without limit or TTL. keyv as installed
serialises values; keyv-by-reference and cache-manager keep them as they are, and so do ours.`;

/** Runs the awaited cells and returns what to write into the JSON file. */
export async function runPromise(options) {
  const { rounds, ms, pattern } = options;
  const peers = Object.keys(PROMISE).filter((who) => who !== 'tidecache');
  const cells = CELLS.map(({ op, size }) => ({
    name: `${op} ${size}`,
    parameters: { op, size, ms },
    contestants: ['tidecache', ...peers],
    check(measured) {
      for (const [who, { hitRatio }] of Object.entries(measured)) {
        if (hitRatio !== 1) throw new Error(`${op} ${size}: ${who} missed keys that it holds`);
      }
    },
  })).filter(({ name }) => pattern.test(name));
  if (cells.length === 0) throw new Error(`no awaited cell is called like ${pattern}`);
  const script = fileURLToPath(new URL('promise-cell.mjs', import.meta.url));
  const results = await runRounds({ ...options, part: 'promise', script, cells, count: rounds });
  printHead('promise', ABOUT);
  const reports = peers.map((peer) => {
    const rows = cells.map(({ name }, at) => ({ name, rounds: results[at] }));
    return printComparison({ ours: 'tidecache', peer, title: `tidecache and ${peer}`, rows });
  });
  printTotals(reports);
  return reports;
}
