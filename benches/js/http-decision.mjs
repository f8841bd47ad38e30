/**
 * What one decision of the response cache costs, and one hit through `cache.fetch`.
 *
 *     node benches/js/http-decision.mjs [--rounds 5]
 *
 * A decision: `Rules.plan` for a stored response and a request as Chromium sends it, and the touch
 * of the index. Beside it http-cache-semantics for the same: a kept policy object, and one made from
 * its stored form, which is what a cache does that keeps its records as data. A hit: the URL is
 * asked for, its body is read; beside it undici's `interceptors.cache`. CPU time of the process.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import CachePolicy from 'http-cache-semantics';
import { Agent, fetch as undiciFetch, interceptors } from 'undici';

import { loadInsides, loadPackage } from './http-source.mjs';
import { median, spread } from './statistics.mjs';

const DECISIONS = 200_000;
const HITS = 5_000;
const BODY = 'x'.repeat(10_000);

const REQUEST = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.8',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'same-origin',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150',
};
const RESPONSE = {
  'cache-control': 'public, max-age=3600, stale-while-revalidate=60',
  'content-length': '10000',
  'content-type': 'text/html; charset=utf-8',
  date: new Date().toUTCString(),
  etag: '"33a64df551425fcc55e4d42a148795d9f25f89d4"',
  'last-modified': 'Wed, 21 Oct 2026 07:28:00 GMT',
  server: 'nginx',
  'strict-transport-security': 'max-age=63072000',
  vary: 'Accept-Encoding',
  'x-content-type-options': 'nosniff',
};

/** Returns fields as the rules read them. */
const textOf = (fields) =>
  Object.entries(fields)
    .map((pair) => `${pair.join(':')}\n`)
    .join('');

/** Returns the CPU time of `count` runs of `work`, in microseconds each. */
async function cost(count, work) {
  const before = process.cpuUsage();
  await work(count);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Returns what is measured by name: functions that do it so many times. */
function decisions({ ByteIndex, Rules }) {
  const rules = new Rules({ shared: false });
  const index = new ByteIndex({ maxBytes: 1e8 });
  const url = 'https://example.com/a/page.html?with=a&query=of&some=length';
  const requestText = textOf(REQUEST);
  const now = Date.now();
  const stored = {
    status: 200,
    headers: textOf(RESPONSE),
    requestHeaders: rules.variantKey('Accept-Encoding', requestText),
    requestedAt: now,
    receivedAt: now,
    url,
    method: 'GET',
  };
  const request = { method: 'GET', url, headers: requestText };
  index.put(url, 10_000);
  const plain = { method: 'GET', url, headers: REQUEST };
  const policy = new CachePolicy(plain, { status: 200, headers: RESPONSE }, { shared: false });
  const kept = policy.toObject();
  let fresh = 0;
  return {
    'tidecache: plan and touch': (count) => {
      for (let at = 0; at < count; at++) {
        if (rules.plan(request, stored, now + at).verdict === 'fresh') fresh++;
        index.touch(url, 10_000);
      }
      if (fresh === 0) throw new Error('nothing was fresh');
    },
    'http-cache-semantics: a kept policy': (count) => {
      for (let at = 0; at < count; at++) if (!policy.satisfiesWithoutRevalidation(plain)) fresh--;
    },
    'http-cache-semantics: from its stored form': (count) => {
      for (let at = 0; at < count; at++) {
        if (!CachePolicy.fromObject(kept).satisfiesWithoutRevalidation(plain)) fresh--;
      }
    },
  };
}

/** Returns the hits to measure, over a server that is asked once by each. */
function hits(createCache, url) {
  const cached = createCache({ storage: 'memory' }).fetch(globalThis.fetch);
  const dispatcher = new Agent().compose(interceptors.cache({ type: 'private' }));
  const repeat = (get) => async (count) => {
    for (let at = 0; at < count; at++) {
      const body = await (await get()).text();
      if (body.length !== BODY.length) throw new Error('another body');
    }
  };
  return {
    'tidecache: a hit through cache.fetch': repeat(() => cached(url)),
    'undici: a hit through interceptors.cache': repeat(() => undiciFetch(url, { dispatcher })),
    'no cache: a Response made and read': repeat(async () => new Response(BODY)),
  };
}

async function main() {
  const options = { rounds: { type: 'string', default: '5' } };
  const rounds = Number(parseArgs({ options }).values.rounds);
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.writeHead(200, RESPONSE).end(BODY);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { createCache } = await loadPackage();
  const url = `http://127.0.0.1:${server.address().port}/page`;
  const works = [
    ...Object.entries(decisions(await loadInsides())).map((one) => [...one, DECISIONS]),
    ...Object.entries(hits(createCache, url)).map((one) => [...one, HITS]),
  ];
  const costs = new Map(works.map(([name]) => [name, []]));
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, work, count] of works) {
      const each = await cost(count, work);
      if (round > 0) costs.get(name).push(each);
    }
  }
  server.closeAllConnections();
  server.close();
  console.log(
    `microseconds of CPU time, median of ${rounds} rounds (least–greatest); ${asked} fetches`,
  );
  for (const [name, all] of costs) {
    const { least, greatest } = spread(all);
    const range = `(${least.toFixed(2)}–${greatest.toFixed(2)})`;
    console.log(`${name.padEnd(46)}${median(all).toFixed(2).padStart(9)} ${range}`);
  }
  process.exit(0);
}

await main();
