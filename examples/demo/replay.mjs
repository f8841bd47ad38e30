/** A request log against each policy at several sizes: hit ratios and requests a second. */
import { TTLCache } from '../../pkg/index.js';

const POLICIES = ['lru', 'lfu', 'fifo'];
/** The parts of all keys that a cache of the table holds. */
const PARTS = [0.01, 0.05, 0.1, 0.25, 0.5];
/** Each cell is replayed this long, and at least twice: the first run warms the engine up. */
const CELL_MS = 250;

/** Returns how many entries each cache of the table holds; halves go to the even neighbour. */
export function sizesOf({ names }) {
  const sizes = PARTS.map((part) => Math.max(1, roundHalfToEven(part * names.length)));
  return [...new Set(sizes)];
}

function roundHalfToEven(number) {
  const rounded = Math.round(number);
  return Math.abs(number % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Replays a log once and returns its hits. A miss is stored; nothing dies of age. */
export function replayOnce({ ids, names }, options) {
  const cache = new TTLCache({ defaultTtl: Infinity, ...options });
  const { sync } = cache;
  for (const id of ids) {
    const key = names[id];
    if (sync.get(key) === undefined) sync.set(key, id);
  }
  const { hits } = cache.getStats();
  void cache.close();
  return hits;
}

/** Replays a log until there is a time to speak of; returns the hits and requests a second. */
function replay(input, options) {
  const times = [];
  const hits = new Set();
  for (let total = 0; total < CELL_MS || times.length < 2; total += times.at(-1)) {
    const start = performance.now();
    hits.add(replayOnce(input, options));
    times.push(performance.now() - start);
  }
  if (hits.size !== 1) throw new Error(`two replays differ: ${[...hits].join(' and ')} hits`);
  const median = times.sort((a, b) => a - b)[times.length >> 1];
  return { hits: [...hits][0], perSecond: (input.ids.length / median) * 1000 };
}

/** Prints a row for each size, and for each policy the hit ratio and the speed. */
export function printTable(input, sizes) {
  const { title, ids, names } = input;
  const count = (number) => number.toLocaleString('en');
  console.log(`\n== ${title}: ${count(ids.length)} requests, ${count(names.length)} keys ==`);
  console.log('Each request is a get and, after a miss, a set. Million requests a second stand');
  console.log('beside the hit ratio: one thread, by the synchronous twin, cold start included.\n');
  const heads = POLICIES.map((policy) => `${policy.padStart(10)}      M/s`);
  console.log(`${'entries'.padStart(9)}${'of keys'.padStart(10)}${heads.join('')}`);
  for (const maxSize of sizes) {
    const cells = POLICIES.map((evictionPolicy) => {
      const { hits, perSecond } = replay(input, { maxSize, evictionPolicy });
      const ratio = ((100 * hits) / ids.length).toFixed(3);
      return `${ratio.padStart(9)}%${(perSecond / 1e6).toFixed(1).padStart(9)}`;
    });
    const part = `${((100 * maxSize) / names.length).toFixed(1)}%`;
    console.log(`${count(maxSize).padStart(9)}${part.padStart(10)}${cells.join('')}`);
  }
}
