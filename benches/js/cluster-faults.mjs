/** Loads during which something goes wrong with the nodes: what the clients see of it. */
import { setTimeout as pause } from 'node:timers/promises';

import { DistributedCache, Nodes, settled, up } from './cluster-host.mjs';
import { freshKey, seeded } from './keys.mjs';

const KEYS = 100;
const keys = Array.from({ length: KEYS }, (_, at) => freshKey(at));
const LATE_MS = 200;
/** Reads a second of the load with a late node, one tenth as many writes; begun by the clock. */
const RATE = 200;
/** How long a node is late, and how many turns there are. */
const TURN_MS = 1_000;
const TURNS = 6;
/** Loops of the loads with nodes that are killed. */
const LOOPS = 16;
/** How long is looked at before and after a node is killed. */
const WATCH_MS = 1_000;

/**
 * One node of three answers 200 ms late: always the same (`turns: false`, late before the client
 * comes), or each in turn for a second, with a second in between in which none is. Returns what the
 * reads took that began while one was late.
 */
export async function late({ hedge, turns, quick }) {
  const nodes = await Nodes.start(3);
  await nodes.hideBehindProxies();
  const lateNode = (turn) => [0, 1, 2].map((at) => (at === turn % 3 ? LATE_MS : 0));
  const none = [0, 0, 0];
  if (!turns) nodes.delay(lateNode(0));
  const cache = new DistributedCache({ nodes: nodes.addresses, hedge });
  await up(cache);
  await cache.setMany(keys.map((key) => [key, 'x'.repeat(100)]));
  const random = seeded(7);
  const draw = () => keys[Math.floor(random() * KEYS)];
  const latencies = [];
  const read = async () => {
    const from = performance.now();
    await cache.get(draw());
    latencies.push(performance.now() - from);
  };
  const run = async (ms) => {
    const under = [];
    const from = performance.now();
    for (let begun = 0; begun < (RATE * ms) / 1e3;) {
      await pause(1);
      while (begun < (RATE * (performance.now() - from)) / 1e3) {
        under.push(read());
        if (begun++ % 10 === 0) under.push(cache.set(draw(), 'x'.repeat(100)));
      }
    }
    await Promise.all(under);
  };
  const counts = { hedges: 0, failovers: 0 };
  const taken = [];
  for (let turn = 0; turn < (quick ? TURNS / 2 : TURNS); turn++) {
    if (turns) nodes.delay(none);
    await run(TURN_MS);
    latencies.length = 0;
    const before = cache.getStats();
    if (turns) nodes.delay(lateNode(turn));
    await run(TURN_MS);
    const after = cache.getStats();
    for (const name of Object.keys(counts)) counts[name] += after[name] - before[name];
    taken.push(...latencies);
  }
  await cache.close();
  await nodes.stop();
  const sorted = taken.sort((a, b) => a - b);
  const at = (part) => sorted[Math.floor(part * (sorted.length - 1))];
  return {
    reads: sorted.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    worstMs: at(1),
    slow: sorted.filter((ms) => ms > LATE_MS / 2).length,
    // Each read sends to two replicas, each hedge to one more.
    extra: counts.hedges / (2 * sorted.length),
    failovers: counts.failovers,
  };
}

/**
 * Each node of three is killed once under a load of reads and writes, and started again. Returns
 * for each the operations that failed, and the longest that one took which ended within a second of
 * the kill; that of the second before stands beside it.
 */
export async function kill() {
  const nodes = await Nodes.start(3);
  const cache = new DistributedCache({ nodes: nodes.addresses });
  await up(cache);
  await cache.setMany(keys.map((key) => [key, 0]));
  const random = seeded(9);
  const load = { ended: [], failed: 0, codes: {}, isOver: false };
  const loop = async () => {
    while (!load.isOver) {
      const key = keys[Math.floor(random() * KEYS)];
      const from = performance.now();
      try {
        await (random() < 0.5 ? cache.get(key) : cache.set(key, from));
      } catch (error) {
        load.failed++;
        load.codes[error.code] = (load.codes[error.code] ?? 0) + 1;
      }
      load.ended.push(performance.now() - from);
    }
  };
  const loops = Array.from({ length: LOOPS }, loop);
  await pause(WATCH_MS);
  const kills = [];
  for (const at of [0, 1, 2]) {
    [load.ended, load.failed] = [[], 0];
    await pause(WATCH_MS);
    const { ended } = load;
    load.ended = [];
    await nodes.kill(at);
    await pause(WATCH_MS);
    const { failed } = load;
    kills.push({
      failed,
      worstMs: longest(load.ended),
      beforeMs: longest(ended),
      operations: load.ended.length,
    });
    await nodes.restart(at);
    await up(cache);
    await settled();
  }
  load.isOver = true;
  await Promise.all(loops);
  await cache.close();
  await nodes.stop();
  return { kills, codes: load.codes };
}

/** Returns the greatest number, of more than a call takes as arguments. */
function longest(numbers) {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

/**
 * All replicas lose everything under load: all at once, then one after the other, each when both
 * clients see the one before it up again. One client writes rising numbers, another reads them; a
 * hit below what was acknowledged before the read began is stale. Returns the counts of both parts.
 */
export async function restart() {
  const nodes = await Nodes.start(3);
  const [writer, reader] = [0, 1].map(() => new DistributedCache({ nodes: nodes.addresses }));
  const acknowledged = new Array(KEYS).fill(0);
  const part = () => ({ hits: 0, misses: 0, stale: 0, failedReads: 0, writes: 0, failedWrites: 0 });
  let counts = part();
  let isOver = false;
  /** Each writer has the keys of its own number, modulo four: nobody else writes them. */
  const write = async (own) => {
    for (let at = own, number = 1; !isOver; at = (at + 4) % KEYS, number++) {
      try {
        await writer.set(keys[at], number);
        acknowledged[at] = number;
        counts.writes++;
      } catch {
        counts.failedWrites++;
        await pause(5);
      }
    }
  };
  const random = seeded(11);
  const read = async () => {
    while (!isOver) {
      const at = Math.floor(random() * KEYS);
      const least = acknowledged[at];
      try {
        const number = await reader.get(keys[at]);
        if (number === undefined) counts.misses++;
        else counts.hits++;
        if (number < least) counts.stale++;
      } catch {
        counts.failedReads++;
        await pause(5);
      }
    }
  };
  const loops = [...[0, 1, 2, 3].map(write), ...Array.from({ length: LOOPS }, read)];
  const all = [0, 1, 2];
  await pause(WATCH_MS);
  counts = part();
  const atOnce = counts;
  await Promise.all(all.map((at) => nodes.kill(at)));
  await Promise.all(all.map((at) => nodes.restart(at)));
  await Promise.all([up(writer), up(reader)]);
  await pause(2 * WATCH_MS);
  counts = part();
  const oneByOne = counts;
  for (const at of all) {
    await nodes.kill(at);
    await nodes.restart(at);
    await Promise.all([up(writer), up(reader)]);
  }
  await pause(2 * WATCH_MS);
  isOver = true;
  await Promise.all(loops);
  await Promise.all([writer.close(), reader.close()]);
  await nodes.stop();
  return { atOnce, oneByOne };
}
