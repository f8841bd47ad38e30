/** Fills a cache in a folder until it is killed: `node http-files.mjs FOLDER SEED`. */
import { createHash } from 'node:crypto';

import { load } from '../lib/package.mjs';
import { Random } from '../lib/random.mjs';

const { createCache } = await load('tidecache/http');
const [, , directory, seed] = process.argv;
const chance = new Random(Number(seed));

/** A body that says by its hash that it is whole, and of which URL. */
const network = async (request) => {
  const text = `${request.url} ${'.'.repeat(chance.below(60_000))}`;
  const body = `${createHash('sha256').update(text).digest('hex')} ${text}`;
  // Most are replaced as soon as they are asked for again.
  const age = chance.happens(0.5) ? 600 : 0;
  return new Response(body, {
    headers: { 'cache-control': `max-age=${age}`, date: new Date().toUTCString() },
  });
};

const cache = createCache({ storage: { directory }, maxBytes: 500_000 });
const get = cache.fetch(network);
await get('http://origin.test/first');
await cache.settled();
process.stdout.write('filling\n');
for (;;) {
  const urls = Array.from({ length: 8 }, () => `http://origin.test/${chance.below(60)}`);
  await Promise.all(urls.map(async (url) => (await get(url)).text()));
}
