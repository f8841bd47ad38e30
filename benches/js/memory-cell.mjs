/** One contestant with a million entries, in a process of its own, started with `--expose-gc`. */
import { freshKey, seeded } from './keys.mjs';
import { SYNC } from './sync-contestants.mjs';

const VALUE = { answer: 42 };
/** Operations that one reading of the clock covers. */
const STEP = 64;
const BATCH = 4096;

function memory() {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets entries come and go. */
async function churn({ who, entries, operations }) {
  // Whatever is made once is not an entry's.
  const before = await SYNC[who].make(10);
  before.set('key', VALUE);
  const empty = memory();
  const cache = await SYNC[who].make(entries);
  for (let number = 0; number < entries; number++) cache.set(freshKey(number), VALUE);
  const random = seeded(20261123);
  let next = entries;
  const isNew = (at) => (at & 15) >= 8 && (at & 15) < 15;
  const run = async (count) => {
    let [cpu, wall, pause, hits] = [0, 0, 0, 0];
    for (let done = 0; done < count; done += BATCH) {
      const keys = Array.from({ length: BATCH }, (_, at) =>
        freshKey(isNew(at) ? next++ : next - 1 - Math.floor(random() * entries)),
      );
      await turn();
      const start = process.cpuUsage();
      for (let from = 0; from < BATCH; from += STEP) {
        const began = performance.now();
        hits += operate(cache, keys, from);
        const took = performance.now() - began;
        wall += took;
        pause = Math.max(pause, took);
      }
      const { user, system } = process.cpuUsage(start);
      cpu += user + system;
    }
    return { cpuNs: (1e3 * cpu) / count, wallNs: (1e6 * wall) / count, pauseMs: pause, hits };
  };
  await run(operations);
  const measured = await run(operations);
  const held = cache.size;
  return { ...measured, held, bytes: (memory() - empty) / held };
}

function operate(cache, keys, from) {
  let hits = 0;
  for (let at = from; at < from + STEP; at++) {
    const kind = at & 15;
    if (kind < 8) hits += cache.get(keys[at]) === undefined ? 0 : 1;
    else if (kind < 15) cache.set(keys[at], VALUE);
    else cache.delete(keys[at]);
  }
  return hits;
}

/** Sweeps through thirty days, as the cache's timer does: it is rung by hand. */
async function sweep({ entries }) {
  let now = 0;
  let wake;
  globalThis.setTimeout = (callback) => {
    wake = callback;
  };
  const { TTLCache } = await import(process.env.TIDECACHE_BENCH_ENTRY);
  const cache = new TTLCache({ maxSize: entries, clock: { now: () => now } });
  const random = seeded(20261123);
  const [least, most] = [1e3, 30 * 86_400e3];
  for (let number = 0; number < entries; number++) {
    cache.sync.set(freshKey(number), VALUE, least * (most / least) ** random());
  }
  const times = [];
  const steps = 20_000;
  for (let step = 1; step <= steps; step++) {
    now = least * ((1.01 * most) / least) ** (step / steps);
    const start = process.cpuUsage();
    wake();
    const { user, system } = process.cpuUsage(start);
    times.push(user + system);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(share * (times.length - 1))];
  for (let more = 0; more < 1_000; more++) wake();
  const { expirations: freed } = await cache.getStats();
  const left = entries - freed;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), longest: at(1), freed, left };
}

const OPERATIONS = { churn, sweep };
const cell = JSON.parse(process.argv[2]);
console.log(JSON.stringify(await OPERATIONS[cell.op](cell)));
process.exit();
