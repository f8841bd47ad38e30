/** What a random test is made of: a setup of the cache, and operations on it. */

export const POLICIES = ['lru', 'lfu', 'fifo', 'sieve', 's3-fifo', 'w-tinylfu', 'adaptive'];
export const REASONS = ['evicted', 'expired', 'deleted', 'replaced', 'cleared', 'refused'];

/** Kinds of operations and how often they come. */
const KINDS = Object.entries({
  get: 26,
  set: 26,
  has: 3,
  peek: 3,
  delete: 4,
  clear: 0.3,
  touch: 5,
  take: 3,
  getMany: 4,
  setMany: 4,
  deleteMany: 2,
  getEntry: 6,
  getOrThrow: 2,
  transaction: 3,
  advance: 8,
  stepBack: 1,
  stop: 0.3,
  start: 0.6,
  resetStats: 0.2,
});
const KINDS_SUM = KINDS.reduce((sum, [, share]) => sum + share, 0);

let serials = 0;

/** Returns a setup: the options of a cache, and what the script may do. */
export function drawSetup(random, limits) {
  const policy = random.pick(POLICIES);
  // Only who is told of it can know that a policy has turned something away.
  const mayRefuse = limits.maxWeight !== undefined && POLICIES.indexOf(policy) > 4;
  const weighs = limits.maxWeight !== undefined || random.happens(0.3);
  return {
    policy,
    maxSize: Infinity,
    maxWeight: Infinity,
    weighs,
    weigh: weighs ? ({ weight }) => weight : () => 0,
    makeValue,
    sliding: random.happens(0.3),
    defaultTtl: random.pick([20, 100, '0.05s', Infinity]),
    jitter: random.happens(0.3) ? 0.4 : 0,
    notifyOn: mayRefuse || random.happens(0.8) ? REASONS : ['evicted', 'expired'],
    keys: 40,
    ...limits,
  };
}

/** Returns the milliseconds of the durations that scripts use. */
export function milliseconds(ttl) {
  if (typeof ttl === 'number') {
    return ttl;
  }
  return ttl.endsWith('ms') ? Number(ttl.slice(0, -2)) : Number(ttl.slice(0, -1)) * 1000;
}

/** Returns one operation, as data. */
export function drawOperation(random, setup) {
  let left = random.next() * KINDS_SUM;
  const [drawn] = KINDS.find(([, share]) => (left -= share) < 0) ?? KINDS[0];
  // To tell of so many that are cleared takes longer than the operation.
  const kind = drawn === 'clear' && setup.isLarge ? 'get' : drawn;
  const key = () => `k${random.below(setup.keys)}`;
  const keys = () => Array.from({ length: random.below(5) }, key);
  const sync = random.happens(0.6);
  switch (kind) {
    case 'set':
      return { kind, sync, ...drawSet(random, setup, key()) };
    case 'setMany': {
      const sets = keys().map((name) => drawSet(random, setup, name));
      const { ttl, sliding } = drawSet(random, setup, '');
      return { kind, sets: sets.map((set) => ({ ...set, ttl, sliding, ifVersion: false })) };
    }
    case 'getMany':
    case 'deleteMany':
      return { kind, keys: keys() };
    case 'touch':
      return { kind, key: key(), ttl: drawTtl(random) };
    case 'getEntry':
      return { kind, key: key(), touch: random.happens(0.3) };
    case 'transaction':
      return drawTransaction(random, setup, keys());
    case 'advance':
    case 'stepBack':
      return { kind, ms: random.below(random.happens(0.1) ? 200 : 12) };
    default:
      return { kind, sync, key: key() };
  }
}

/** Returns a value unlike any other, which says what it weighs. */
export function makeValue(weight = 0) {
  return Object.freeze({ serial: ++serials, weight });
}

function drawSet(random, setup, key) {
  const { maxWeight } = setup;
  const limit = maxWeight === Infinity ? 40 : maxWeight;
  const weight = random.happens(0.03) ? limit + 1 : random.below(limit * 1.6) / 4;
  return {
    key,
    value: setup.makeValue(weight, key),
    ttl: drawTtl(random),
    sliding: random.happens(0.1) ? random.happens(0.5) : undefined,
    ifAbsent: random.happens(0.08),
    ifVersion: random.happens(0.08),
  };
}

function drawTtl(random) {
  return random.happens(0.6) ? undefined : random.pick([1, 3, 10, 30, '15ms', '0.06s', Infinity]);
}

/** One key is written at most once, so the order of the writes is that of the list. */
function drawTransaction(random, setup, keys) {
  const writes = [...new Set(keys)].map((key) => {
    const set = { ...drawSet(random, setup, key), ifAbsent: false, ifVersion: false };
    return random.happens(0.7) ? set : { key, value: undefined };
  });
  const reads = random.happens(0.5) ? keys.slice(0, 2) : [`k${random.below(setup.keys)}`];
  return { kind: setup.jitter === 0 ? 'transaction' : 'getMany', keys: reads, reads, writes };
}
