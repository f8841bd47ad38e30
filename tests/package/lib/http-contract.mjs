/** A little of `tidecache/http`, as every runtime runs it; it stands alone, as `contract` does. */
import { HTTP_NAMES } from './contract.mjs';

/** Uses a little of everything and returns what came of it; the network is a function. */
export async function httpContract(tidecache) {
  const { CacheFirst, CachePolicy, createCache, HttpSemantics, route } = tidecache;
  const result = { names: Object.keys(tidecache).sort() };
  let now = Date.now();
  let asked = 0;
  const network = async (input) => {
    const request = new Request(input);
    asked += 1;
    if (request.headers.get('if-none-match') === '"v"') {
      return new Response(null, { status: 304, headers: { etag: '"v"' } });
    }
    const headers = { etag: '"v"', 'cache-control': 'max-age=60', vary: 'accept-language' };
    return new Response(`${request.url} ${request.headers.get('accept-language')}`, { headers });
  };
  const cache = createCache({
    storage: 'memory',
    maxBytes: '1MB',
    fetch: network,
    clock: { now: () => now },
  });
  const handler = cache.handler({
    routes: [route('http://origin.test/first/*', new CacheFirst({ cacheName: 'first' }))],
    fallback: new HttpSemantics({ staleIfError: '1h' }),
  });
  const get = async (path, headers = {}) => {
    const response = await handler(new Request(`http://origin.test${path}`, { headers }));
    const text = await response.text();
    await cache.settled();
    return [response.status, text, response.headers.get('cache-status')];
  };
  result.first = [await get('/first/a'), await get('/first/a')];
  result.fresh = [await get('/a'), await get('/a')];
  result.part = await get('/a', { range: 'bytes=0-3' });
  result.variant = (await get('/a', { 'accept-language': 'de' }))[1];
  now += 61_000;
  result.stale = await get('/a');
  result.asked = asked;
  const { entries, hits } = cache.stats();
  result.stats = [entries, hits];
  result.purged = [await cache.purge({ url: 'http://origin.test/a' }), await cache.clear()];
  result.policy = new CachePolicy(
    { url: '/', method: 'GET', headers: {} },
    { status: 200, headers: { 'cache-control': 'max-age=60' } },
  ).storable();
  try {
    createCache({ maxBytes: '1 MB' });
  } catch (error) {
    result.error = `${error.name} ${error.code}`;
  }
  return result;
}

/** What {@link httpContract} returns everywhere. */
export const HTTP_EXPECTED = {
  names: HTTP_NAMES,
  first: [
    [
      200,
      'http://origin.test/first/a null',
      'tidecache;fwd=uri-miss;fwd-status=200;stored;detail=CacheFirst',
    ],
    [200, 'http://origin.test/first/a null', 'tidecache;hit;detail=CacheFirst'],
  ],
  fresh: [
    [200, 'http://origin.test/a null', 'tidecache;fwd=uri-miss;fwd-status=200;stored'],
    [200, 'http://origin.test/a null', 'tidecache;hit;ttl=60'],
  ],
  part: [206, 'http', 'tidecache;hit;ttl=60'],
  variant: 'http://origin.test/a de',
  stale: [200, 'http://origin.test/a null', 'tidecache;fwd=stale;fwd-status=304;stored'],
  asked: 4,
  stats: [3, 4],
  purged: [2, 1],
  policy: true,
  error: 'TypeError ERR_CACHE_INVALID_ARGUMENT',
};

const list = HTTP_NAMES.join(', ');
const call = `${httpContract}\nconst run = () => httpContract({ ${list} });\n`;
const print = 'run().then((result) => console.log(JSON.stringify(result)));\n';

/** The contract as a module, as CommonJS, and as a worker of workerd. */
export const HTTP_SCRIPTS = {
  module: `import { ${list} } from 'tidecache/http';\n${call}${print}`,
  common: `const { ${list} } = require('tidecache/http');\n${call}${print}`,
  worker: `import { ${list} } from 'tidecache/http';\n${call}
export default { fetch: async () => Response.json(await run()) };\n`,
};
