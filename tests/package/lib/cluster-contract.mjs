/**
 * What every runtime does with `tidecache/cluster`, as contract.mjs for the local caches: three
 * nodes in one program, asked through their `fetch`, which every runtime has.
 *
 * The function stands alone, for the same reason.
 */
import { CLUSTER_NAMES } from './contract.mjs';

/** Uses a little of everything and returns what came of it, as JSON can hold it. */
export async function clusterContract(tidecache) {
  const { CacheConnectionError, CacheError, CacheNode, DistributedCache } = tidecache;
  const result = { names: Object.keys(tidecache).sort() };
  const nodes = ['a', 'b', 'c'].map((id) => new CacheNode({ id, tokens: ['secret'] }));
  const down = new Set();
  const address = (node) => ({
    id: node.id,
    address: {
      async request(frame, { signal }) {
        if (down.has(node.id)) throw new Error('down');
        const request = new Request('http://node/v1/frames', {
          method: 'POST',
          headers: {
            authorization: 'Bearer secret',
            'content-type': 'application/vnd.tidecache.resp3',
          },
          body: frame.slice(),
          signal,
        });
        return new Uint8Array(await (await node.fetch(request)).arrayBuffer());
      },
    },
  });
  const cache = new DistributedCache({ nodes: nodes.map(address), timeout: '2s' });
  const text = (value) => String(value instanceof Date ? Number(value) : value);

  const missed = await cache.get('a', 'default');
  await cache.set('a', new Map([['b', [1n, null, undefined, new Date(0)]]]), '1m');
  const found = await cache.get('a');
  await cache.set('doubles', new Float64Array([1.5, -2]));
  const doubles = await cache.get('doubles');
  result.values = [missed, found.get('b').map(text), doubles.constructor.name, [...doubles]];
  result.kept = [await cache.touch('a', '2m'), await cache.has('a'), await cache.delete('a')];
  result.gone = [await cache.has('a'), await cache.delete('a')];

  down.add('c');
  await cache.setMany({ x: 1, y: 2 });
  result.oneDown = [...(await cache.getMany(['x', 'y'])).values()];
  await cache.clear();
  result.cleared = await cache.has('x');
  result.loaded = await cache.getOrSet('z', async ({ key }) => `${key} loaded`);

  down.add('b');
  const failures = [
    () => cache.get('x', 'default', { timeout: '200ms' }),
    () => cache.get(1),
    () => cache.set('f', () => 1),
    () => cache.set('f', 1, Infinity),
    () => cache.set('f', 1, { ifAbsent: true }),
    () => cache.close().then(() => cache.get('a')),
  ];
  result.errors = [];
  for (const failure of failures) {
    try {
      await failure();
      result.errors.push('none');
    } catch (error) {
      const bases = [CacheConnectionError, CacheError, RangeError];
      const base = bases.find((one) => error instanceof one);
      result.errors.push(`${error.name} ${error.code} ${base?.name}`);
    }
  }
  return result;
}

/** What {@link clusterContract} returns everywhere. */
export const CLUSTER_EXPECTED = {
  names: CLUSTER_NAMES,
  values: ['default', ['1', 'null', 'undefined', '0'], 'Float64Array', [1.5, -2]],
  kept: [true, true, true],
  gone: [false, false],
  oneDown: [1, 2],
  cleared: false,
  loaded: 'z loaded',
  errors: [
    'CacheQuorumError ERR_CACHE_QUORUM CacheConnectionError',
    'CacheKeyError ERR_CACHE_INVALID_KEY CacheError',
    'CacheSerializationError ERR_CACHE_SERIALIZATION CacheError',
    'RangeError ERR_CACHE_INVALID_ARGUMENT RangeError',
    'CacheError ERR_CACHE_UNSUPPORTED CacheError',
    'CacheError ERR_CACHE_CLOSED CacheError',
  ],
};

const list = CLUSTER_NAMES.join(', ');
const call = `${clusterContract}\nconst run = () => clusterContract({ ${list} });\n`;
const print = 'run().then((result) => console.log(JSON.stringify(result)));\n';

/** The contract as a module, as CommonJS, and as a worker of workerd. */
export const CLUSTER_SCRIPTS = {
  module: `import { ${list} } from 'tidecache/cluster';\n${call}${print}`,
  common: `const { ${list} } = require('tidecache/cluster');\n${call}${print}`,
  worker: `import { ${list} } from 'tidecache/cluster';\n${call}
export default { fetch: async () => Response.json(await run()) };\n`,
};
