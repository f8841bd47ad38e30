/** The synchronous cells: sizes, keys, operations and skews against lru-cache and other peers. */
import { fileURLToPath } from 'node:url';

import { SYNC } from './contestants.mjs';
import { printComparison, printHead } from './report.mjs';
import { runRounds } from './rounds.mjs';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const QUICK_SIZES = [1_000, 100_000];
const SKEWS = [0.7, 0.99];
const QUICK_SKEWS = [0.99];
const OPERATIONS = ['hit', 'mix', 'set-evict'];
const KINDS = ['int', 'fresh'];
/** The cell by which the machine is held against itself: one contestant, twice. */
const CONTROL = 'mix 1k fresh zipf 0.99';

const ABOUT = `Synchronous calls, CPU time. hit: get of held keys. mix: get, and set after a miss, over four
times as many keys as fit. set-evict: set of keys that are not held, each evicting one. int: the
same string objects again. fresh: strings made for the call (outside the timed part), 32 characters.
The ratio is the peer's time divided by ours in the same round, above 1 ours is faster; the median
of the rounds, and the least and greatest of them. '~': the interval holds 1.`;

/** Runs the synchronous cells and returns what to write into the JSON file. */
export async function runSync(options) {
  const { against, policies, rounds, ms, quick, pattern, environment, onProgress } = options;
  for (const who of [...against, ...policies.map((policy) => `tidecache:${policy}`)]) {
    if (!(who in SYNC)) {
      throw new Error(`no contestant '${who}'; there are ${Object.keys(SYNC).join(', ')}`);
    }
  }
  const cells = policies
    .flatMap((policy) => grid(quick).map((cell) => makeCell(cell, policy, against, ms)))
    .filter(({ name }) => pattern.test(name));
  if (cells.length === 0) throw new Error(`no synchronous cell is called like ${pattern}`);
  const control = makeControl(cells, against[0], ms);
  const script = fileURLToPath(new URL('sync-cell.mjs', import.meta.url));
  const all = [control, ...cells];
  const run = { script, cells: all, count: rounds, environment, onProgress };
  const [controlRounds, ...results] = await runRounds(run);
  printHead('sync', ABOUT);
  const reports = [];
  for (const policy of policies) {
    for (const peer of against) {
      const ours = `tidecache:${policy}`;
      const rows = cells.flatMap((cell, at) =>
        cell.contestants.includes(ours) ? [{ name: cell.name, rounds: results[at] }] : [],
      );
      const ttl = SYNC[peer].ttl ? 'with a TTL' : 'without a TTL';
      reports.push(printComparison({ ours, peer, title: `${ours} and ${peer} ${ttl}`, rows }));
    }
  }
  const [who, again] = control.contestants;
  const title = `control: ${who} and itself; what differs from 1 is the machine`;
  const rows = [{ name: control.name, rounds: controlRounds }];
  reports.push(printComparison({ ours: who, peer: again, title, rows, isControl: true }));
  return reports;
}

/** Returns the parameters of every cell. */
function grid(quick) {
  const [sizes, skews] = quick ? [QUICK_SIZES, QUICK_SKEWS] : [SIZES, SKEWS];
  return sizes.flatMap((size) =>
    OPERATIONS.flatMap((op) =>
      KINDS.flatMap((kind) =>
        // Keys that are never read again have no skew.
        (op === 'set-evict' ? [undefined] : skews).map((skew) => ({ op, size, kind, skew })),
      ),
    ),
  );
}

function nameOf({ op, size, kind, skew }) {
  const short = size >= 1_000_000 ? `${size / 1_000_000}M` : `${size / 1_000}k`;
  return `${op} ${short} ${kind}${skew === undefined ? '' : ` zipf ${skew}`}`;
}

function makeCell(parameters, policy, against, ms) {
  const contestants = [`tidecache:${policy}`, ...against];
  const check = (measured) => checkSameWork(nameOf(parameters), measured);
  return { name: nameOf(parameters), parameters: { ...parameters, ms }, contestants, check };
}

function makeControl(cells, who, ms) {
  const parameters = { op: 'mix', size: 1_000, kind: 'fresh', skew: 0.99, ms };
  return { name: CONTROL, parameters, contestants: [who, `${who} again`] };
}

/** Makes sure that the contestants did the same: exact policies have the same hits, to the last. */
function checkSameWork(name, measured) {
  const all = Object.entries(measured);
  const held = new Set(all.map(([, { held }]) => held));
  if (held.size !== 1) throw new Error(`${name}: they hold ${[...held].join(' and ')} entries`);
  const hits = new Map();
  for (const [who, { warmUpHits }] of all) {
    const { exact } = SYNC[who];
    if (hits.has(exact) && hits.get(exact) !== warmUpHits) {
      throw new Error(`${name}: ${who} has ${warmUpHits} hits, not ${hits.get(exact)}`);
    }
    hits.set(exact, warmUpHits);
  }
}
