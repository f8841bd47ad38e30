/** One contestant, one load, one client process, nodes of its own; prints a line of JSON. */
import { kill, late, restart } from './cluster-faults.mjs';
import { DistributedCache, Nodes, up } from './cluster-host.mjs';
import { freshKey, seeded, zipf } from './keys.mjs';

const KEYS = 1_000;
const VALUE = 'x'.repeat(100);

/** Who takes part in the loads without faults. */
const CLIENTS = {
  /** Three nodes, two of them for each read and write: the default. */
  quorum: { nodes: 3 },
  /** The same nodes, one of them for each read. */
  one: { nodes: 3, consistency: 'one' },
  /** One node alone, whose writes are guarded by versions all the same. */
  single: { nodes: 1 },
  near: { nodes: 3, consistency: 'one', hasNear: true },
  ws: { nodes: 3, transport: 'ws' },
  fetch: { nodes: 3, transport: 'fetch' },
  port: { nodes: 3, transport: 'port' },
};

async function makeNear() {
  const { TTLCache } = await import(process.env.TIDECACHE_BENCH_ENTRY);
  return new TTLCache({ maxSize: 2 * KEYS });
}

/** Runs `operation` in so many loops for `ms` milliseconds; returns how often. */
async function load(loops, ms, operation) {
  const until = performance.now() + ms;
  let done = 0;
  const loop = async () => {
    while (performance.now() < until) {
      await operation();
      done++;
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return done;
}

/** The time of one operation with `loops` of them under way, by the clock and by CPUs. */
async function speed({ who, kind, loops, ms }) {
  const { nodes: count, transport, consistency, hasNear = false } = CLIENTS[who];
  const nodes = await Nodes.start(count, { transport });
  const near = hasNear ? await makeNear() : undefined;
  const cache = new DistributedCache({ nodes: nodes.addresses, near });
  await up(cache);
  const keys = Array.from({ length: KEYS }, (_, at) => freshKey(at));
  await cache.setMany(keys.map((key) => [key, VALUE]));
  const random = seeded(20261122);
  const draw = () => keys[Math.floor(random() * KEYS)];
  let misses = 0;
  const reading = consistency === undefined ? undefined : { consistency };
  const operations = {
    read: async () => {
      if ((await cache.get(draw(), undefined, reading)) === undefined) misses++;
    },
    write: () => cache.set(draw(), VALUE),
  };
  await load(loops, Math.max(ms, 1_000), operations[kind]);
  misses = 0;
  const nodesBefore = await nodes.usage();
  const cpu = process.cpuUsage();
  const from = performance.now();
  const done = await load(loops, ms, operations[kind]);
  const wall = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  const nodesAfter = await nodes.usage();
  const { nearHits, hits } = cache.getStats();
  await cache.close();
  await nodes.stop();
  if (misses > 0) throw new Error(`${who} missed ${misses} of ${done} held keys`);
  return {
    wallNs: (1e6 * wall) / done,
    clientNs: (1e3 * (user + system)) / done,
    cpuNs: (1e3 * (user + system + nodesAfter - nodesBefore)) / done,
    nearHitRatio: hits === 0 ? 0 : nearHits / hits,
  };
}

const HELD = 1_000;
const CAPACITIES = {
  three: { nodes: 3, maxEntries: HELD },
  'as many keys': { nodes: 1, maxEntries: HELD },
  'as much memory': { nodes: 1, maxEntries: 3 * HELD },
};

/** The hit ratio of a cluster that is full: a read, and after a miss a write, by Zipf's law. */
async function hits({ who, quick }) {
  const { nodes: count, maxEntries } = CAPACITIES[who];
  const nodes = await Nodes.start(count, { maxEntries, evictionPolicy: 'lru' });
  const cache = new DistributedCache({ nodes: nodes.addresses });
  await up(cache);
  const draw = zipf(10 * HELD, 0.9, seeded(20261122));
  const requests = quick ? 20_000 : 60_000;
  const counts = { asked: 0, hits: 0 };
  const loop = async () => {
    while (counts.asked < requests) {
      const counted = counts.asked++ >= requests / 2;
      const key = freshKey(draw());
      if ((await cache.get(key)) === undefined) await cache.set(key, VALUE);
      else if (counted) counts.hits++;
    }
  };
  await Promise.all(Array.from({ length: 16 }, loop));
  const { repairs } = cache.getStats();
  await cache.close();
  await nodes.stop();
  return { hitRatio: counts.hits / (requests / 2), repairs: repairs / requests };
}

const LOADS = {
  speed,
  hits,
  late: ({ who, ...rest }) => late({ hedge: who === 'hedging', ...rest }),
  kill,
  restart,
};

const parameters = JSON.parse(process.argv[2]);
console.log(JSON.stringify(await LOADS[parameters.load](parameters)));
process.exit();
