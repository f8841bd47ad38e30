/**
 * Small scenes, each on a clock that is moved by hand: nothing here waits, and every run prints the
 * same lines.
 */
import { CacheConflictError, TTLCache, withCache } from '../../pkg/index.js';

/** A clock for tests and demonstrations. */
class ManualClock {
  #now = Date.UTC(2026, 10, 22, 9);

  now() {
    return this.#now;
  }

  advance(ms) {
    this.#now += ms;
  }

  /** Returns the time of the day. */
  toString() {
    return new Date(this.#now).toISOString().slice(11, 23);
  }
}

const clock = new ManualClock();
/** What `onEvicted` was told since the last line. */
let left = [];

function begin(title, code) {
  console.log(`\n== ${title} ==`);
  console.log(`${code}\n`);
}

/** Prints one line: the time, what was called, what came back, and who left because of it. */
function say(call, outcome) {
  const tail = left.length === 0 ? '' : `  onEvicted: ${left.join(', ')}`;
  left = [];
  console.log(`${clock}  ${call.padEnd(34)} ${outcome.padEnd(14)}${tail}`.trimEnd());
}

/** Returns a cache on the manual clock that notes who leaves. */
function makeCache(options) {
  return new TTLCache({
    ...options,
    clock,
    onEvicted: (key, _value, reason) => left.push(`${key} ${reason}`),
  });
}

const shown = (value) => (value === undefined ? 'undefined' : JSON.stringify(value));

/** Plays all scenes; the first one on some requests of `input`. */
export async function playScenes(input) {
  await hitsAndMisses(input);
  await expiry();
  await sliding();
  await transactions();
  await sharedLoads();
}

async function hitsAndMisses(input) {
  const { from, keys } = excerpt(input);
  begin(
    `Hits, misses, evictions: ${input.title}, from request ${from + 1} on`,
    `const pages = new TTLCache({ maxSize: ${ROOM}, defaultTtl: '5m' });   // lru is the default`,
  );
  const pages = makeCache({ maxSize: ROOM, defaultTtl: '5m' });
  for (const key of keys) {
    const page = await pages.get(key);
    if (page === undefined) await pages.set(key, `page ${key}`);
    say(`get ${shorten(key)}`, page === undefined ? 'miss, then set' : 'hit');
    clock.advance(250);
  }
  const { hits, misses, evictions, items, hitRate } = pages.getStats();
  const counted = { hits, misses, evictions, items, hitRate: Number(hitRate.toFixed(3)) };
  say('getStats', shown(counted));
  await pages.close();
}

/** Entries of the cache of the first scene, and requests that it shows. */
const ROOM = 5;
const SHOWN = 16;

/** Returns the first requests in a row that hold the most hits, up to a third of them. */
function excerpt({ ids, names }) {
  let best = { from: 0, repeats: -1 };
  for (let from = 0; from + SHOWN <= Math.min(ids.length, 5_000); from++) {
    const window = [...ids.subarray(from, from + SHOWN)];
    const isRepeat = (id, at) => window.slice(Math.max(0, at - ROOM), at).includes(id);
    const repeats = window.filter(isRepeat).length;
    if (repeats > best.repeats && repeats <= SHOWN / 3) best = { from, repeats };
  }
  const { from } = best;
  return { from, keys: [...ids.subarray(from, from + SHOWN)].map((id) => names[id]) };
}

const shorten = (key) => (key.length <= 28 ? key : `${key.slice(0, 12)}...${key.slice(-13)}`);

async function expiry() {
  begin('Expiry: the deadline decides', "const sessions = new TTLCache({ defaultTtl: '30s' });");
  const sessions = makeCache({ defaultTtl: '30s' });
  await sessions.set('ada', { user: 1 });
  await sessions.set('alan', { user: 2 }, '2m');
  say("set ada; set alan with ttl '2m'", `size ${sessions.size}`);
  clock.advance(29_999);
  say('get ada', shown(await sessions.get('ada')));
  clock.advance(1);
  say('get ada', shown(await sessions.get('ada')));
  say('get alan', shown(await sessions.get('alan')));
  const { expiresAt } = await sessions.getEntry('alan');
  say('getEntry alan', `dies in ${(expiresAt - clock.now()) / 1000} s`);
  say("touch alan with ttl '1h'", shown(await sessions.touch('alan', '1h')));
  clock.advance(120_000);
  say('get alan', shown(await sessions.get('alan')));
  await sessions.close();
}

async function sliding() {
  begin(
    'Sliding: each use starts the life anew',
    "const carts = new TTLCache({ defaultTtl: '30s', sliding: true });",
  );
  const carts = makeCache({ defaultTtl: '30s', sliding: true });
  await carts.set('cart/7', ['tea']);
  for (const wait of [20_000, 20_000, 20_000, 30_000]) {
    clock.advance(wait);
    say(`${wait / 1000} s later: get cart/7`, shown(await carts.get('cart/7')));
  }
  await carts.close();
}

async function transactions() {
  begin(
    'A transaction: two buyers, one stock',
    'await stock.transaction(async (tx) => { ... }, { retries: 1 });',
  );
  const stock = makeCache({ defaultTtl: Infinity });
  await stock.set('tea', 10);
  say('set tea', '10');
  let attempt = 0;
  await stock.transaction(
    async (tx) => {
      attempt++;
      const held = await tx.get('tea');
      say(`attempt ${attempt}: tx.get tea`, String(held));
      if (attempt === 1) {
        await stock.set('tea', 7);
        say('meanwhile another buyer: set tea', '7');
      }
      await tx.set('tea', held - 2);
      say(`attempt ${attempt}: tx.set tea`, `${held - 2}, seen by nobody yet`);
    },
    { retries: 1 },
  );
  say('committed; get tea', String(await stock.get('tea')));

  const tx = stock.transaction();
  await tx.set('tea', (await tx.get('tea')) - 1);
  await stock.delete('tea');
  say('tx reads tea; others delete it', `size ${stock.size}`);
  const error = await tx.commit().catch((reason) => reason);
  if (!(error instanceof CacheConflictError)) throw new Error('the conflict was not seen');
  say('tx.commit', `${error.code}; get tea: ${shown(await stock.get('tea'))}`);
  await stock.close();
}

async function sharedLoads() {
  begin(
    'A function whose results are cached: concurrent calls share one run',
    "const price = withCache(prices, loadPrice, { ttl: '10s' });",
  );
  const prices = makeCache({ defaultTtl: '1m' });
  let runs = 0;
  async function loadPrice(product) {
    runs++;
    return { product, cents: 499 };
  }
  const price = withCache(prices, loadPrice, { ttl: '10s' });
  await Promise.all(Array.from({ length: 100 }, () => price('tea')));
  say("100 times price('tea') at once", `${runs} run`);
  clock.advance(10_000);
  const later = await price('tea');
  say("10 s later: price('tea')", `${shown(later)}, ${runs} runs`);
  await prices.close();
}
