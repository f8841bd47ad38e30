/**
 * A `cacheHandler` for Next.js 16.
 *
 * Next makes one handler for each request, so all handlers of a class share one cache, and when
 * each tag was revalidated. Next itself decides what is stale; what is kept here is kept whole.
 */

import type { CacheLike } from './cache-like.js';

/** A value as the cache keeps it: what `set` was given, and when. */
export interface NextEntry {
  lastModified: number;
  value: unknown;
  tags: readonly string[];
  cacheControl?: unknown;
}

/** What Next says of what it looks for or brings. */
export interface NextContext {
  tags?: readonly string[];
  softTags?: readonly string[];
  cacheControl?: unknown;
}

/** What Next makes of {@link nextCacheHandler}'s class. */
export interface NextCacheHandler {
  get(key: string, context?: NextContext): Promise<NextEntry | null>;
  set(key: string, value: unknown, context?: NextContext): Promise<void>;
  revalidateTag(tags: string | readonly string[], durations?: { expire?: number }): Promise<void>;
  resetRequestCache(): void;
}

/**
 * Returns a class for `cacheHandler` in next.config.js, which names a module like this:
 *
 * ```ts
 * import { TTLCache } from 'tidecache';
 * import { nextCacheHandler } from 'tidecache/next';
 *
 * const cache = new TTLCache({ defaultTtl: '1d', maxSize: 10_000 });
 * export { CacheHandler as default };
 * const CacheHandler = nextCacheHandler(cache);
 * ```
 *
 * Set `cacheMaxMemorySize: 0` beside it, so that Next keeps no copy. With a `DistributedCache` all
 * instances share what is kept. The moments at which tags were revalidated are kept in the cache,
 * too, and are read after each entry: under `'lru'` they outlive what they concern.
 */
export function nextCacheHandler(
  cache: CacheLike<NextEntry | number>,
): new (options?: unknown) => NextCacheHandler {
  const revalidated = async (tags: readonly string[], since: number): Promise<boolean> => {
    const moments = await Promise.all(tags.map((tag) => cache.get(TAG + tag)));
    return moments.some((moment) => typeof moment === 'number' && moment >= since);
  };
  return class CacheHandler implements NextCacheHandler {
    async get(key: string, context: NextContext = {}): Promise<NextEntry | null> {
      const entry = await cache.get(KEY + key);
      if (typeof entry !== 'object') {
        return null;
      }
      const tags = [...entry.tags, ...(context.tags ?? []), ...(context.softTags ?? [])];
      return (await revalidated(tags, entry.lastModified)) ? null : entry;
    }

    async set(key: string, value: unknown, context: NextContext = {}): Promise<void> {
      if (value === null || value === undefined) {
        await cache.delete(KEY + key);
        return;
      }
      const { cacheControl } = context;
      await cache.set(KEY + key, {
        lastModified: Date.now(),
        value,
        tags: [...(context.tags ?? []), ...tagsOf(value)],
        ...(cacheControl !== undefined && { cacheControl }),
      });
    }

    async revalidateTag(tags: string | readonly string[]): Promise<void> {
      const now = Date.now();
      const all = typeof tags === 'string' ? [tags] : tags;
      await Promise.all(all.map((tag) => cache.set(TAG + tag, now)));
    }

    resetRequestCache(): void {
      // Nothing is kept for one request.
    }
  };
}

const KEY = 'next:';
const TAG = 'next-tag:';

/** Returns the tags of a page, which stand in its fields. */
function tagsOf(value: unknown): string[] {
  const { headers } = value as { headers?: Record<string, unknown> };
  const tags = headers?.['x-next-cache-tags'];
  return typeof tags === 'string' ? tags.split(',') : [];
}
