/** `createCache({ shared: false }).fetch(fetch)` of the packed package, in Node. */
import { load } from '../../js/lib/package.mjs';

export const edition = 'private';

/** Starts a private cache in memory. */
export async function start(origin) {
  const { createCache } = await load('tidecache/http');
  const cache = createCache({ shared: false, storage: 'memory' });
  return { fetch: cache.fetch(globalThis.fetch), base: origin, stop: async () => {} };
}
