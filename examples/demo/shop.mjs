/**
 * A generated day of a web shop: which product pages are asked for, and when.
 *
 * Two thirds of the visits go to the catalogue, by Zipf's law. The others go to the offers, a row of
 * pages that moves on by one page every twenty seconds: what is wanted in the morning is forgotten
 * by the evening. Visits are rare at night. The seed is fixed, so every run shows the same day.
 */
import { TTLCache } from '../../pkg/index.js';
import { seeded, zipf } from './random.mjs';
import { number } from './trace.mjs';

const VISITS = 250_000;
const CATALOGUE = 12_000;
const OFFERS = 400;
const OFFER_MS = 20_000;
const HOUR_MS = 3_600_000;
const MIDNIGHT = Date.UTC(2026, 10, 22);
/** How busy each hour is, from midnight on. */
const BUSY = [3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 12, 11, 10, 10, 11, 13, 15, 17, 18, 15, 10, 6];

/** Returns the day as `{ title, ids, names, times }`, `times` in milliseconds since midnight. */
export function generateShopDay() {
  const random = seeded(20261122);
  const products = zipf(CATALOGUE, 0.9, random);
  const offers = zipf(OFFERS, 0.8, random);
  const times = generateTimes(random);
  const requests = times.map((time) =>
    random() < 2 / 3
      ? `/product/${products() + 1}`
      : `/offer/${Math.floor(time / OFFER_MS) + offers() + 1}`,
  );
  return { title: 'a day of a web shop', times, ...number(requests) };
}

function generateTimes(random) {
  const total = BUSY.reduce((sum, part) => sum + part);
  const times = BUSY.flatMap((part, hour) =>
    Array.from({ length: Math.round((VISITS * part) / total) }, () => (hour + random()) * HOUR_MS),
  );
  return times.sort((a, b) => a - b);
}

/** Prints how each policy fares hour by hour, and what a TTL adds. */
export function printShopDay(day) {
  const maxSize = 500;
  console.log(`\n== The same day hour by hour: ${maxSize} entries, hit ratio in percent ==\n`);
  const hours = BUSY.map((_, hour) => String(hour).padStart(4));
  console.log(`hour  ${hours.join('')}`);
  for (const evictionPolicy of ['lru', 'lfu', 'fifo']) {
    const ratios = hourlyRatios(day, { maxSize, evictionPolicy, defaultTtl: Infinity });
    const cells = ratios.map((ratio) => ratio.toFixed(0).padStart(4));
    console.log(`${evictionPolicy.padEnd(6)}${cells.join('')}`);
  }
  console.log('\nLFU without ageing keeps yesterday in mind, here the offers of the morning.');
  console.log(`\n== The same day with TTLs: ${maxSize} entries, lru, on the clock of the day ==\n`);
  console.log('ttl            hits    misses  evictions  expirations  hit ratio');
  for (const defaultTtl of ['1m', '10m', '1h', Infinity]) printTtl(day, maxSize, defaultTtl);
}

function printTtl(day, maxSize, defaultTtl) {
  const { cache } = replayDay(day, { maxSize, defaultTtl });
  const { hits, misses, evictions, expirations, hitRate } = cache.getStats();
  const cells = [
    String(defaultTtl).padEnd(9),
    String(hits).padStart(10),
    String(misses).padStart(10),
    String(evictions).padStart(11),
    String(expirations).padStart(13),
    `${(100 * hitRate).toFixed(2)}%`.padStart(11),
  ];
  console.log(cells.join(''));
  void cache.close();
}

function hourlyRatios(day, options) {
  const { cache, hourly } = replayDay(day, options);
  void cache.close();
  return hourly.map(({ hits, visits }) => (100 * hits) / visits);
}

/** Replays the day on its own clock; returns the cache and the hits and visits of each hour. */
function replayDay({ ids, names, times }, options) {
  let present = MIDNIGHT;
  const cache = new TTLCache({ ...options, clock: { now: () => present } });
  const { sync } = cache;
  const hourly = BUSY.map(() => ({ hits: 0, visits: 0 }));
  ids.forEach((id, at) => {
    present = MIDNIGHT + times[at];
    const hour = hourly[Math.floor(times[at] / HOUR_MS)];
    const key = names[id];
    hour.visits++;
    if (sync.get(key) === undefined) sync.set(key, id);
    else hour.hits++;
  });
  return { cache, hourly };
}
