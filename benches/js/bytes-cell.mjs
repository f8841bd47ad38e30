/** One contestant of the bytes part with many entries, in a process of its own. */
import v8 from 'node:v8';
import vm from 'node:vm';

import { freshKey, seeded } from './keys.mjs';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc');

const TTL_MS = 300_000;
const VALUE_LENGTH = 64;
const BATCH = 4096;
/** Operations that one reading of the clock covers. */
const STEP = 64;
const COLLECTIONS = 5;

/** Values unlike each other, as they come from elsewhere. */
const MAKE = {
  bytes: (number) => {
    const value = new Uint8Array(VALUE_LENGTH);
    value[number % VALUE_LENGTH] = number;
    return value;
  },
  strings: (number) => {
    const text = Buffer.alloc(VALUE_LENGTH, 'v');
    text.write(String(number), 'latin1');
    return text.latin1Slice(0, VALUE_LENGTH);
  },
};

const CONTESTANTS = {
  async 'tidecache:bytes'(maxSize) {
    const entry = process.env.TIDECACHE_BENCH_ENTRY;
    const { TTLCache } = await import(entry);
    const { bytes } = await import(entry.replace('index.js', 'bytes.js'));
    return new TTLCache({ maxSize, defaultTtl: TTL_MS, storage: bytes() }).sync;
  },
  async 'lru-cache'(max) {
    const { LRUCache } = await import('lru-cache');
    return new LRUCache({ max, ttl: TTL_MS });
  },
};

function memory() {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Returns the CPU milliseconds of a full collection, the least of some. */
async function collectionMs() {
  const times = [];
  for (let at = 0; at < COLLECTIONS; at++) {
    await turn();
    const start = process.cpuUsage();
    collect();
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1e3);
  }
  return Math.min(...times);
}

/** Of 16 operations 8 read what was set lately, 7 set new keys, one deletes. */
function operate(cache, keys, values, from) {
  let hits = 0;
  for (let at = from; at < from + STEP; at++) {
    const kind = at & 15;
    if (kind < 8) hits += cache.get(keys[at]) === undefined ? 0 : 1;
    else if (kind < 15) cache.set(keys[at], values[at]);
    else cache.delete(keys[at]);
  }
  return hits;
}

async function churn(cache, make, entries, operations) {
  const random = seeded(20261123);
  let [next, cpu, pause, hits] = [entries, 0, 0, 0];
  for (let done = 0; done < operations; done += BATCH) {
    const isNew = (at) => (at & 15) >= 8 && (at & 15) < 15;
    const numbers = Array.from({ length: BATCH }, (_, at) =>
      isNew(at) ? next++ : next - 1 - Math.floor(random() * entries),
    );
    const keys = numbers.map(freshKey);
    const values = numbers.map((number, at) => (isNew(at) ? make(number) : undefined));
    await turn();
    const start = process.cpuUsage();
    for (let from = 0; from < BATCH; from += STEP) {
      const began = performance.now();
      hits += operate(cache, keys, values, from);
      pause = Math.max(pause, performance.now() - began);
    }
    const { user, system } = process.cpuUsage(start);
    cpu += user + system;
  }
  return { cpuNs: (1e3 * cpu) / operations, pauseMs: pause, hitRatio: (2 * hits) / operations };
}

async function measure({ who, kind, entries, operations }) {
  const [open, make] = [CONTESTANTS[who], MAKE[kind]];
  // Whatever is made once is not an entry's.
  const before = await open(10);
  before.set('key', make(1));
  const empty = memory();
  const emptyMs = await collectionMs();
  const cache = await open(entries);
  for (let number = 0; number < entries; number++) cache.set(freshKey(number), make(number));
  const bytes = (memory() - empty) / cache.size;
  const gcMs = await collectionMs();
  await churn(cache, make, entries, operations / 4);
  return { ...(await churn(cache, make, entries, operations)), bytes, gcMs, emptyMs };
}

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]))));
process.exit();
