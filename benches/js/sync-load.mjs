/**
 * The work of the synchronous cells, for Node and for pages. Keys are drawn and made outside the
 * timed parts, in batches; the event loop turns between batches, so every contestant's own coarse
 * clock works as in a server.
 */
import { SYNC } from './sync-contestants.mjs';
import { freshKey, heldKeys, seeded, zipf } from './keys.mjs';

const BATCH = 4096;
/** Batches that one reading of the clocks covers. */
const BATCHES = 4;
/** The least number of operations before measuring. */
const WARM_UP = 100 * BATCH;
/** How much larger than the cache what is asked for is, in `mix` and `set-evict`. */
const UNIVERSE = 4;

const VALUE = { answer: 42 };

/** Operations on a batch of keys; each returns its hits. */
const OPERATIONS = {
  /** Reads keys that are held. */
  hit(cache, keys) {
    let hits = 0;
    for (let at = 0; at < keys.length; at++) if (cache.get(keys[at]) !== undefined) hits++;
    return hits;
  },
  /** Reads, and sets what was missed: what programs do. One operation is one read. */
  mix(cache, keys) {
    let hits = 0;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at];
      if (cache.get(key) !== undefined) hits++;
      else cache.set(key, VALUE);
    }
    return hits;
  },
  /** Sets keys that are not held in a full cache: each evicts one. */
  'set-evict'(cache, keys) {
    for (let at = 0; at < keys.length; at++) cache.set(keys[at], VALUE);
    return 0;
  },
  /** Of 16 operations 8 read what was set lately, 7 set new keys, and one deletes. */
  churn(cache, keys) {
    let hits = 0;
    for (let at = 0; at < keys.length; at++) {
      const kind = at & 15;
      if (kind < 8) hits += cache.get(keys[at]) === undefined ? 0 : 1;
      else if (kind < 15) cache.set(keys[at], VALUE);
      else cache.delete(keys[at]);
    }
    return hits;
  },
};

/** Fills the cache and returns a function that makes the next batch of keys. */
function prepare(cache, { op, size, kind, skew }) {
  const random = seeded(20261122);
  const universe = op === 'hit' || op === 'churn' ? size : UNIVERSE * size;
  const { keys, order } = heldKeys(universe, random);
  const draw = skew === undefined ? cycle(universe) : zipf(universe, skew, random);
  // In the order of the ranks, what is popular would lie side by side.
  for (const number of order) if (number < size) cache.set(keys[number], VALUE);
  if (op === 'churn') return churnKeys(size, random);
  if (kind === 'fresh') keys.length = 0;
  return () =>
    Array.from({ length: BATCH }, () => (kind === 'fresh' ? freshKey(draw()) : keys[draw()]));
}

/** Returns a function that makes batches for `churn`: its own numbers for what is new. */
function churnKeys(size, random) {
  let next = size;
  return () =>
    Array.from({ length: BATCH }, (_, at) => {
      const isNew = (at & 15) >= 8 && (at & 15) < 15;
      return freshKey(isNew ? next++ : next - 1 - Math.floor(random() * size));
    });
}

/** Returns a function that counts from 0 to `count - 1` and begins again. */
function cycle(count) {
  let next = count >> 1;
  return () => {
    next = next + 1 < count ? next + 1 : 0;
    return next;
  };
}

/** Returns what one cell takes; `cpu` reads a clock in microseconds, `turn` ends the turn. */
export async function measureSync(cell, { cpu: readCpu, turn }) {
  const cache = await SYNC[cell.who].make(cell.size);
  const operate = OPERATIONS[cell.op];
  const nextBatch = prepare(cache, cell);
  const warmUp = Math.ceil(Math.max(WARM_UP, 3 * cell.size) / BATCH);
  let warmUpHits = 0;
  for (let batch = 0; batch < warmUp; batch++) {
    warmUpHits += operate(cache, nextBatch());
    if (batch % 16 === 0) await turn();
  }
  let [hits, operations, cpu, wall] = [0, 0, 0, 0];
  while (wall < cell.ms) {
    const batches = Array.from({ length: BATCHES }, nextBatch);
    await turn();
    const cpuStart = readCpu();
    const wallStart = performance.now();
    for (const keys of batches) hits += operate(cache, keys);
    wall += performance.now() - wallStart;
    cpu += readCpu() - cpuStart;
    operations += BATCHES * BATCH;
  }
  return {
    cpuNs: (1e3 * cpu) / operations,
    wallNs: (1e6 * wall) / operations,
    hitRatio: hits / operations,
    warmUpHits,
    held: cache.size,
  };
}
