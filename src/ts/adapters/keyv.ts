/**
 * A store for Keyv 5, and so for everything that takes one, such as cache-manager 7.
 *
 * Keyv puts its namespace before each key by itself; the store needs it only to clear that.
 */

import { clearBelow, keysBelow, type CacheLike } from './cache-like.js';

/** A pair as Keyv sets several. */
export interface KeyvPair {
  key: string;
  value: unknown;
  ttl?: number;
}

/** What {@link keyvStore} returns: Keyv's `KeyvStoreAdapter`. */
export interface KeyvStore {
  opts: Record<string, unknown>;
  namespace?: string | undefined;
  get<Value>(key: string): Promise<Value | undefined>;
  getMany<Value>(keys: string[]): Promise<(Value | undefined)[]>;
  set(key: string, value: unknown, ttl?: number): Promise<boolean>;
  setMany(pairs: KeyvPair[]): Promise<void>;
  has(key: string): Promise<boolean>;
  hasMany(keys: string[]): Promise<boolean[]>;
  delete(key: string): Promise<boolean>;
  deleteMany(keys: string[]): Promise<boolean>;
  clear(): Promise<void>;
  disconnect(): Promise<void>;
  /** Yields keys, with their namespace, and what Keyv has stored. */
  iterator<Value>(
    namespace?: string,
  ): AsyncGenerator<(string | Awaited<Value> | undefined)[], void>;
  on(event: string, listener: (...payload: unknown[]) => void): KeyvStore;
}

/**
 * Returns a store that keeps what Keyv gives it in `cache`.
 *
 * ```ts
 * const keyv = new Keyv({ store: keyvStore(new TTLCache({ maxSize: 10_000 })) });
 * ```
 *
 * A `set` without a TTL has the cache's `defaultTtl`. The end of Keyv's connection is not the end
 * of the cache, which is the caller's.
 */
export function keyvStore(cache: CacheLike<unknown>): KeyvStore {
  const start = (namespace: string | undefined): string =>
    namespace === undefined ? '' : `${namespace}:`;
  const put = (key: string, value: unknown, ttl?: number): Promise<boolean> =>
    // Keyv has 0 for none.
    ttl ? cache.set(key, value, ttl) : cache.set(key, value);
  const store: KeyvStore = {
    // Keyv looks for both to see whether it knows how to list the keys.
    opts: { dialect: 'tidecache', url: '' },
    namespace: undefined,
    get: <Value>(key: string) => cache.get(key) as Promise<Value | undefined>,
    async getMany<Value>(keys: string[]) {
      const found = await (cache.getMany?.(keys) ?? getEach(cache, keys));
      return keys.map((key) => found.get(key) as Value | undefined);
    },
    set: put,
    async setMany(pairs) {
      await Promise.all(pairs.map(({ key, value, ttl }) => put(key, value, ttl)));
    },
    has: (key) => cache.has(key),
    hasMany: (keys) => Promise.all(keys.map((key) => cache.has(key))),
    delete: (key) => cache.delete(key),
    async deleteMany(keys) {
      const held = await Promise.all(keys.map((key) => cache.delete(key)));
      return held.includes(true);
    },
    clear: () => clearBelow(cache, start(store.namespace)),
    disconnect: () => Promise.resolve(),
    async *iterator<Value>(namespace?: string) {
      for (const key of await keysBelow(cache, start(namespace))) {
        const value = await cache.get(key);
        if (value !== undefined) {
          yield [key, value as Awaited<Value>];
        }
      }
    },
    // A cache tells of its errors by itself.
    on: () => store,
  };
  return store;
}

async function getEach(
  cache: CacheLike<unknown>,
  keys: readonly string[],
): Promise<Map<string, unknown>> {
  const values = await Promise.all(keys.map((key) => cache.get(key)));
  return new Map(keys.map((key, at) => [key, values[at]]));
}
