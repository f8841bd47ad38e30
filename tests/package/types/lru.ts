/** `LRUCache` as users of lru-cache write it. */
import { LRUCache, type Fetcher, type LRUEntry, type LRUOptions } from 'tidecache/lru';

interface User {
  name: string;
}
const key = { id: 1 };
const byObject = new LRUCache<object, User>({ max: 10, ttl: 1_000, evictionPolicy: 'adaptive' });
export const user: User | undefined = byObject.set(key, { name: 'Ada' }).get(key);
export const pairs: [object, User][] = [...byObject];
export const dumped: [object, LRUEntry<User>][] = byObject.dump();
byObject.load(dumped);

const load: Fetcher<string, User, { tenant: string }> = async (name, stale, { context, signal }) =>
  signal.aborted ? stale : { name: name + context.tenant };
const options: LRUOptions<string, User, { tenant: string }> = {
  maxSize: 100,
  sizeCalculation: ({ name }, held) => name.length + held.length,
  fetchMethod: load,
  dispose: (value, held, reason) => void [value.name, held.length, reason === 'evict'],
};
const loading = new LRUCache(options);
export const fetched: Promise<User | undefined> = loading.fetch('a', { context: { tenant: 'b' } });
export const memoized: number = new LRUCache({
  max: 1,
  memoMethod: (text: string) => text.length,
}).memo('a');

// @ts-expect-error: a number is no string
loading.get(1);
// @ts-expect-error: there is no such policy
export const wrong = new LRUCache({ max: 1, evictionPolicy: 'mru' });
