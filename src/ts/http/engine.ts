/** What all requests of one cache share: its options, buckets, flights, counts and listeners. */

import { CacheError, outOfRange } from '../errors.js';
import { Bucket, type BucketHost } from './bucket.js';
import { Flights } from './flights.js';
import type { HttpConfig, StrategyConfig } from './options.js';
import type { StoredRecord } from './record.js';
import { openStore } from './storage.js';
import { Tabs } from './tabs.js';
import type { HttpCacheEvent, HttpCacheStats } from './types.js';
import { startHttpSync } from './wasm.js';

/** Keys are remembered that cannot be stored, so that nobody waits for one another there. */
const UNSTORABLE_MAX = 1_000;

/** The name of the cache of precached files. */
export const PRECACHE = 'precache';

/** What a strategy wants of its cache. */
type Claim = Pick<StrategyConfig, 'cacheName'> &
  Partial<Pick<StrategyConfig, 'maxBytes' | 'maxEntries'>>;

/** The counts of a cache; events add to them. */
type Counts = Record<Exclude<keyof HttpCacheStats, 'entries' | 'bytes' | 'hitRate'>, number>;

/** Which counts an event adds to. */
const COUNTED: Readonly<Record<HttpCacheEvent['type'], readonly (keyof Counts)[]>> = {
  hit: ['hits'],
  stale: ['hits', 'staleHits'],
  miss: ['misses'],
  revalidated: ['revalidations'],
  stored: ['stored'],
  refused: ['refused'],
  evicted: ['evictions'],
  purged: [],
  quota: [],
  error: ['errors'],
};

/** The shared part of a cache. */
export class Engine implements BucketHost {
  readonly config: HttpConfig;
  readonly flights: Flights;
  readonly counts: Counts = {
    hits: 0,
    staleHits: 0,
    misses: 0,
    revalidations: 0,
    coalesced: 0,
    stored: 0,
    refused: 0,
    evictions: 0,
    errors: 0,
    bytesServed: 0,
  };
  readonly buckets = new Map<string, Bucket>();
  readonly #opening = new Map<string, Bucket>();
  readonly #claims = new Map<string, Claim>();
  readonly #unstorable = new Set<string>();
  readonly #work = new Set<Promise<unknown>>();
  #tabs: Tabs | undefined;

  constructor(config: HttpConfig) {
    this.config = config;
    this.flights = new Flights(config.name);
  }

  /**
   * Notes the limits that a strategy wants for its cache.
   * @throws {RangeError} another strategy gave other limits to that name.
   */
  claim({ cacheName, maxBytes, maxEntries }: Claim): void {
    const before = this.#claims.get(cacheName) ?? { cacheName };
    const differ = <T>(one: T | undefined, other: T | undefined): boolean =>
      one !== undefined && other !== undefined && one !== other;
    if (differ(before.maxBytes, maxBytes) || differ(before.maxEntries, maxEntries)) {
      throw outOfRange(
        `two strategies give the cache '${cacheName}' other limits; give the same, or two names`,
      );
    }
    this.#claims.set(cacheName, {
      cacheName,
      maxBytes: before.maxBytes ?? maxBytes,
      maxEntries: before.maxEntries ?? maxEntries,
    });
  }

  /**
   * Returns the bucket of a name, made on first use.
   * @throws {CacheError} `ERR_CACHE_WASM`: the module does not compile; nothing can be cached.
   */
  bucket(name: string): Bucket {
    const held = this.buckets.get(name);
    if (held !== undefined) {
      return held;
    }
    // The storage opens while the module is compiled, which takes as long. What it has opened waits
    // for the next try if the module does not compile.
    const bucket = this.#opening.get(name) ?? this.#open(name);
    this.#opening.set(name, bucket);
    startHttpSync();
    this.#opening.delete(name);
    this.buckets.set(name, bucket);
    return bucket;
  }

  #open(name: string): Bucket {
    const { config } = this;
    const claim = this.#claims.get(name);
    const limits = {
      maxBytes: claim?.maxBytes ?? config.maxBytes,
      maxEntries: claim?.maxEntries ?? config.maxEntries,
      // What an app needs is never refused for being new.
      policy: name === PRECACHE ? 'lru' : config.policy,
    };
    const store = openStore(config.storage, `${config.name}/${name}`, (error) => {
      this.emit('error', '', name, String(error), error);
    });
    this.#tabs ??= new Tabs(config.name, config.storage, (of, news) => {
      void this.buckets.get(of)?.hear(news);
    });
    return new Bucket(name, limits, store, this);
  }

  /** Removes what `isMeant` from every cache that any strategy has; resolves with how many. */
  async removeAll(isMeant: (record: StoredRecord) => boolean): Promise<number> {
    const names = [...this.#claims.keys()];
    const removals = names.map(async (name) => {
      const bucket = this.bucket(name);
      for (const draft of bucket.drafts) {
        if (isMeant(draft)) {
          bucket.drafts.delete(draft);
        }
      }
      await bucket.ready();
      return bucket.remove(bucket.records().filter(isMeant));
    });
    return (await Promise.all(removals)).reduce((sum, count) => sum + count, 0);
  }

  /** Counts an event and tells the listener. */
  emit(
    type: HttpCacheEvent['type'],
    url: string,
    cacheName: string,
    reason: string,
    error?: unknown,
  ): void {
    for (const count of COUNTED[type]) {
      this.counts[count] += 1;
    }
    try {
      this.config.on?.({ type, url, cacheName, reason, ...(error !== undefined && { error }) });
    } catch {
      // A listener's failure is no reason to fail a response.
    }
  }

  /** Tells other tabs. */
  tell: BucketHost['tell'] = (bucket, news) => {
    this.#tabs?.tell(bucket, news);
  };

  /** Whether the newest response for `key` could not be stored. */
  isUnstorable(key: string): boolean {
    return this.#unstorable.has(key);
  }

  /** Remembers whether a response for `key` could be stored. */
  remember(key: string, isStorable: boolean): void {
    this.#unstorable.delete(key);
    if (!isStorable) {
      this.#unstorable.add(key);
      if (this.#unstorable.size > UNSTORABLE_MAX) {
        this.#unstorable.delete(this.#unstorable.values().next().value!);
      }
    }
  }

  /** Keeps `work` until it has settled; its failure is an event. */
  track(work: Promise<unknown>, url = '', cacheName = ''): Promise<unknown> {
    const tracked = work
      .catch((error: unknown) => {
        if ((error as Error | undefined)?.name !== 'AbortError') {
          this.emit('error', url, cacheName, String(error), error);
        }
      })
      .finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
    return tracked;
  }

  /** Resolves when all that goes on in the background has settled. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) {
      await Promise.all(this.#work);
    }
  }

  /** Ends what would keep a page or process busy. */
  async close(): Promise<void> {
    await this.settled();
    this.#tabs?.close();
  }

  /** Returns a snapshot of the counts. */
  stats(): HttpCacheStats {
    const { counts } = this;
    const buckets = [...this.buckets.values()];
    const asked = counts.hits + counts.misses;
    return Object.freeze({
      ...counts,
      entries: buckets.reduce((sum, { size }) => sum + size, 0),
      bytes: buckets.reduce((sum, { bytes }) => sum + bytes, 0),
      hitRate: asked === 0 ? 0 : counts.hits / asked,
    });
  }
}

/** Whether caching is impossible, so that requests pass through. */
export function cannotCache(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'ERR_CACHE_WASM';
}
