/**
 * One contestant, one awaited operation, one process; prints a line of JSON as sync-cell.mjs does.
 */
import { PROMISE } from './promise-contestants.mjs';
import { heldKeys, seeded } from './keys.mjs';

const BATCH = 1024;
const WARM_UP_BATCHES = 100;
const MANY = 100;
const VALUE = { answer: 42 };

/** Awaited reads of held keys; one operation is one key. */
const OPERATIONS = {
  async get({ cache }, keys) {
    let hits = 0;
    for (let at = 0; at < BATCH; at++) {
      if ((await cache.get(keys[at % keys.length])) !== undefined) hits++;
    }
    return { hits, operations: BATCH };
  },
  async 'get-many'({ getMany }, keys) {
    const found = await getMany(keys.slice(0, MANY));
    let hits = 0;
    for (const value of found.values()) if (value !== undefined) hits++;
    return { hits, operations: MANY };
  },
};

async function measure({ who, op, size, ms }) {
  const contestant = await PROMISE[who].make(Math.max(size, MANY));
  const { keys } = heldKeys(size, seeded(20261122));
  for (const key of keys) await contestant.cache.set(key, VALUE);
  for (let batch = 0; batch < WARM_UP_BATCHES; batch++) await OPERATIONS[op](contestant, keys);
  let [hits, operations, cpu, wall] = [0, 0, 0, 0];
  while (wall < ms) {
    const cpuStart = process.cpuUsage();
    const wallStart = performance.now();
    for (let repeat = 0; repeat < 4; repeat++) {
      const done = await OPERATIONS[op](contestant, keys);
      hits += done.hits;
      operations += done.operations;
    }
    wall += performance.now() - wallStart;
    const { user, system } = process.cpuUsage(cpuStart);
    cpu += user + system;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    cpuNs: (1e3 * cpu) / operations,
    wallNs: (1e6 * wall) / operations,
    hitRatio: hits / operations,
  };
}

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]))));
