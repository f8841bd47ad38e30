/** undici's own cache interceptor, as a private cache: the anchor that shows the harness right. */
import { Agent, cacheStores, fetch, interceptors } from 'undici';

export const edition = 'private';

/** Starts a private cache in memory. */
export async function start(origin) {
  const store = new cacheStores.MemoryCacheStore();
  const cache = interceptors.cache({ store, type: 'private', methods: ['GET', 'HEAD'] });
  const dispatcher = new Agent().compose(cache);
  return {
    fetch: (url, init) => fetch(url, { ...init, dispatcher }),
    base: origin,
    stop: () => dispatcher.close(),
  };
}
