/** The synchronous cells against every peer, in Node or in Chromium. */
import { fileURLToPath } from 'node:url';

import { openChromium } from './chromium.mjs';
import { printComparison, printHead, printTotals } from './report.mjs';
import { runRounds } from './rounds.mjs';
import { SYNC } from './sync-contestants.mjs';
import { syncCells } from './sync-cells.mjs';

/** The cell by which the machine is held against itself: one contestant, twice. */
const CONTROL = 'mix 1k fresh zipf 0.99';
/** Whose cells are all shown when there are others too. */
const MAIN_PEER = 'lru-cache';

const ABOUT = `Synchronous calls, CPU time. hit: get of held keys. mix: get, and set after a miss, over four
times as many keys as fit. set-evict: set of keys that are not held, each evicting one. int: the
same string objects again. fresh: strings made for the call (outside the timed part), 32 characters.
The ratio is the peer's time divided by ours in the same round, above 1 ours is faster; the median
of the rounds, and the least and greatest of them. '~': the interval holds 1.`;

const IN_A_PAGE = `The same in pages of headless Chromium, a page and a process for each contestant and round,
by the clock: pages have no CPU time.`;

/** Runs the synchronous cells in Node and returns what to write into the JSON file. */
export async function runSync(options) {
  const script = fileURLToPath(new URL('sync-cell.mjs', import.meta.url));
  printHead('sync', ABOUT);
  return runCells({ ...options, script, part: 'sync' });
}

/** Runs the synchronous cells in Chromium. */
export async function runBrowser(options) {
  printHead('browser', `${ABOUT}\n${IN_A_PAGE}`);
  const chromium = await openChromium(options.folder);
  try {
    const measure = (parameters) => chromium.measure(parameters);
    return await runCells({ ...options, measure, part: 'browser' });
  } finally {
    await chromium.close();
  }
}

async function runCells(options) {
  const { against, policies, rounds } = options;
  for (const who of [...against, ...policies.map((policy) => `tidecache:${policy}`)]) {
    if (!(who in SYNC)) {
      throw new Error(`no contestant '${who}'; there are ${Object.keys(SYNC).join(', ')}`);
    }
  }
  const cells = syncCells(options);
  if (cells.length === 0) throw new Error(`no synchronous cell is called like ${options.pattern}`);
  for (const cell of cells) cell.check = (measured) => checkSameWork(cell.name, measured);
  const all = [makeControl(against[0], options.ms), ...cells];
  const [controlRounds, ...results] = await runRounds({ ...options, cells: all, count: rounds });
  const reports = compareAll({ policies, against, cells, results });
  const [who, again] = all[0].contestants;
  const title = `control: ${who} and itself; what differs from 1 is the machine`;
  const rows = [{ name: CONTROL, rounds: controlRounds }];
  reports.push(printComparison({ ours: who, peer: again, title, rows, isControl: true }));
  printTotals(reports);
  return reports;
}

function compareAll({ policies, against, cells, results }) {
  return policies.flatMap((policy) =>
    against.flatMap((peer) => {
      const ours = `tidecache:${policy}`;
      const rows = cells.flatMap(({ name, contestants }, at) =>
        contestants.includes(peer) ? [{ name, rounds: results[at] }] : [],
      );
      if (rows.length === 0) return [];
      const { ttl, isLoose } = SYNC[peer];
      const about = `${ttl ? 'with' : 'without'} a TTL${isLoose ? ', not the same entries' : ''}`;
      const title = `${ours} and ${peer} ${about}`;
      const isBrief = against.length > 1 && peer !== MAIN_PEER;
      return [printComparison({ ours, peer, title, about, rows, isBrief })];
    }),
  );
}

function makeControl(who, ms) {
  const parameters = { op: 'mix', size: 1_000, kind: 'fresh', skew: 0.99, ms };
  return { name: CONTROL, parameters, contestants: [who, `${who} again`] };
}

/** Makes sure that the contestants did the same: exact policies have the same hits, to the last. */
function checkSameWork(name, measured) {
  const all = Object.entries(measured).filter(([who]) => !SYNC[who].isLoose);
  const held = new Set(all.map(([, { held }]) => held));
  if (held.size > 1) throw new Error(`${name}: they hold ${[...held].join(' and ')} entries`);
  const hits = new Map();
  for (const [who, { warmUpHits }] of all) {
    const { exact } = SYNC[who];
    if (exact === undefined) continue;
    if (hits.has(exact) && hits.get(exact) !== warmUpHits) {
      throw new Error(`${name}: ${who} has ${warmUpHits} hits, not ${hits.get(exact)}`);
    }
    hits.set(exact, warmUpHits);
  }
}
