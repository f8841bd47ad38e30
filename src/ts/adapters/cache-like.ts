/**
 * What the adapters ask of a cache: what `TTLCache` and `DistributedCache` have in common.
 *
 * An adapter is given the cache rather than its options, so that it holds no engine of its own, and
 * whoever wants a cluster below another's interface gives a `DistributedCache`.
 */

/** A cache to adapt. */
export interface CacheLike<V> {
  get(key: string): Promise<V | undefined>;
  /** `ttl` is in milliseconds; without one the cache's own default counts. */
  set(key: string, value: V, ttl?: number): Promise<boolean>;
  has(key: string): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  clear(): Promise<void>;
  getMany?(keys: Iterable<string>): Promise<Map<string, V | undefined>>;
  deleteMany?(keys: Iterable<string>): Promise<number>;
  /** Nodes do not list their keys: a `DistributedCache` has none of this. */
  keys?(): AsyncIterable<string>;
}

/** Returns the keys that begin with `start`. */
export async function keysBelow(cache: CacheLike<unknown>, start: string): Promise<string[]> {
  if (cache.keys === undefined) {
    throw new TypeError('this cache does not list its keys; give a TTLCache');
  }
  const keys: string[] = [];
  for await (const key of cache.keys()) {
    if (key.startsWith(start)) {
      keys.push(key);
    }
  }
  return keys;
}

/** Removes the keys that begin with `start`, and all of them if that is empty. */
export async function clearBelow(cache: CacheLike<unknown>, start: string): Promise<void> {
  if (start === '') {
    await cache.clear();
    return;
  }
  const keys = await keysBelow(cache, start);
  await Promise.all(keys.map((key) => cache.delete(key)));
}
