/** The native cache beside other crates. */
import { buildNative, crateVersions } from './native-program.mjs';
import { printComparison, printHead, printTable, printTotals } from './report.mjs';
import { runRounds } from './rounds.mjs';
import { short } from './sync-cells.mjs';

const ABOUT = `The native cache, keys and values of 8 bytes, CPU time of the thread. hit and mix: by Zipf's law,
exponent 0.99; mix: get, and insert after a miss, over four times as many keys as fit. evict: insert
of new keys into a full cache. Every crate with its own hasher, as its documentation makes it. Ours
has a TTL in every cell, of the peers mini-moka and moka. 'ticking': ours with TickingClock, which is
a millisecond late, or as its thread is; without that word ours asks the system for each operation.`;

/** Ours, and the peers that each is compared with. */
const PEERS = ['lru', 'hashlink', 'schnellru', 'quick_cache', 'mini-moka', 'moka'];
const OURS = ['lru', 'lru ticking', 'sieve ticking', 'w-tinylfu', 'w-tinylfu ticking'].map(
  (name) => `tidecache:${name}`,
);
const WITH_TTL = ['mini-moka', 'moka'];
const SIZES = [1_000, 100_000, 1_000_000];
const QUICK_SIZES = [1_000, 100_000];

/** Runs the native cells and returns what to write into the JSON file. */
export async function runNative(options) {
  const { rounds, quick, onProgress, pattern } = options;
  const measure = await buildNative(onProgress);
  const ms = quick ? 80 : 200;
  const cells = (quick ? QUICK_SIZES : SIZES)
    .flatMap((size) => ['hit', 'mix', 'evict'].map((op) => ({ op, size, ms })))
    .map((parameters) => {
      const name = `${parameters.op} ${short(parameters.size)}`;
      return { name, parameters, contestants: [...OURS, ...PEERS] };
    })
    .filter(({ name }) => pattern.test(name));
  const results = await runRounds({ ...options, part: 'native', measure, cells, count: rounds });
  printHead('native', ABOUT);
  const reports = OURS.flatMap((ours) =>
    PEERS.map((peer) => {
      const rows = cells.map(({ name }, at) => ({ name, rounds: results[at] }));
      const about = `${WITH_TTL.includes(peer) ? 'with' : 'without'} a TTL`;
      const title = `${ours} and ${peer} ${about}`;
      return printComparison({ ours, peer, title, about, rows, isBrief: true });
    }),
  );
  printTotals(reports);
  const sweep = await runSweep(options, measure);
  return { about: ABOUT, versions: await crateVersions(PEERS), reports, sweep };
}

/** One `advance` after the other while a million entries die. */
async function runSweep(options, measure) {
  const cell = { op: 'sweep', size: 1_000_000, ms: 1 };
  const cells = [{ name: 'sweep 1M', parameters: cell, contestants: ['tidecache:lru'] }];
  const run = { ...options, part: 'native', measure, cells, count: options.rounds };
  const [rounds] = await runRounds(run);
  console.log(
    '\nmicroseconds of CPU time of one `advance` at 1M entries that live from 1 s to 30 days\n',
  );
  const rows = rounds.map((round, at) => {
    const { p50, p99, p999, longest, left } = round['tidecache:lru'];
    return [`round ${at + 1}`, ...[p50, p99, p999, longest].map((us) => us.toFixed(1)), `${left}`];
  });
  return printTable(['sweep 1M', 'p50', 'p99', 'p99.9', 'longest', 'left'], rows);
}
