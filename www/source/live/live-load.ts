/** The cache under its load: visitors ask for pages and sometimes read through all of them. */

import { TTLCache, type Duration, type EvictionPolicy } from 'tidecache';

import { zipf } from '../work/random';

/** What the form says. */
export interface LoadSettings {
  readonly speed: number;
  readonly keys: number;
  readonly skew: number;
  /** The part of the requests that are of a scan: one key after the other, each once. */
  readonly scan: number;
  readonly maxSize: number;
  readonly ttl: Duration;
  readonly ttlMs: number;
  readonly sliding: boolean;
  readonly policy: EvictionPolicy;
}

/** What is held under a key. */
export interface Page {
  readonly bytes: number;
  /** When it expires, unless a use has given it more time. */
  readonly until: number;
}

/** Pages whose state the map shows: the most popular. */
export const MAPPED = 2_000;
/** States of a page of the map. */
export const Cell = { Absent: 0, Held: 1, Evicted: 2, Expired: 3 } as const;

const MOVE_MS = 4;
const SCAN_KEYS = 1e6;

/** One cache and what was asked of it. */
export class LiveLoad {
  /** Counted since the settings last made another cache. */
  hits = 0;
  misses = 0;
  hitBytes = 0;
  missBytes = 0;
  /** Of the mapped pages: what they are, since when, and until when they live. */
  readonly cells = new Uint8Array(MAPPED);
  readonly since = new Float64Array(MAPPED);
  readonly until = new Float64Array(MAPPED);
  settings: LoadSettings;
  cache: TTLCache<Page>;
  #draw: () => number;
  #scanned = 0;
  #moving: IterableIterator<[string, Page]> | undefined;
  /** Those whose entries are moving, the newest first. */
  #old: TTLCache<Page>[] = [];
  #filled = Infinity;

  constructor(settings: LoadSettings) {
    this.settings = settings;
    this.cache = this.#make();
    this.#draw = zipf(settings.keys, settings.skew, Math.random);
  }

  /** Goes over to other settings; another room or policy is another cache, and entries move. */
  change(next: LoadSettings): void {
    const last = this.settings;
    this.settings = next;
    if (next.keys !== last.keys || next.skew !== last.skew) {
      this.#draw = zipf(next.keys, next.skew, Math.random);
    }
    const isOther =
      next.maxSize !== last.maxSize || next.policy !== last.policy || next.sliding !== last.sliding;
    if (isOther) {
      // Older ones have not given up all their entries if the last change was just now.
      this.#old.unshift(this.cache);
      this.#moving = entriesOf([...this.#old]);
      this.cache = this.#make();
      this.cells.fill(Cell.Absent);
      this.#filled = Infinity;
      Object.assign(this, { hits: 0, misses: 0, hitBytes: 0, missBytes: 0 });
    }
  }

  /** Makes requests, and moves entries from an older cache meanwhile. */
  request(count: number): void {
    this.#move();
    for (let made = 0; made < count; made++) {
      const isScan = Math.random() < this.settings.scan;
      const rank = isScan ? -1 : this.#draw();
      this.#ask(isScan ? `scan/${this.#scanned++ % SCAN_KEYS}` : `page/${rank + 1}`, rank);
    }
  }

  /** Sets pages until the cache is full, a few milliseconds' worth a call. */
  fill(): boolean {
    if (this.#filled === Infinity) {
      return true;
    }
    const ends = performance.now() + MOVE_MS;
    while (this.#filled >= 0 && performance.now() < ends) {
      for (let left = 200; left > 0 && this.#filled >= 0; left--) {
        this.#set(`page/${this.#filled + 1}`, this.#filled--);
      }
    }
    if (this.#filled < 0) {
      this.#filled = Infinity;
    }
    return false;
  }

  /** Begins to fill the cache, the least popular pages first. */
  beginToFill(): void {
    this.#filled = Math.min(this.settings.maxSize, this.settings.keys) - 1;
  }

  /** Ends the cache. */
  close(): void {
    void this.cache.close();
    this.#closeOld();
  }

  #closeOld(): void {
    for (const cache of this.#old) void cache.close();
    this.#old = [];
  }

  #make(): TTLCache<Page> {
    const { maxSize, policy, sliding } = this.settings;
    return new TTLCache<Page>({
      maxSize,
      evictionPolicy: policy,
      sliding,
      cleanupInterval: '1s',
      notifyOn: ['evicted', 'expired', 'deleted'],
      onEvicted: (key, _page, reason) => {
        const rank = key.startsWith('page/') ? Number(key.slice(5)) - 1 : MAPPED;
        if (rank < MAPPED) {
          this.cells[rank] = reason === 'expired' ? Cell.Expired : Cell.Evicted;
          this.since[rank] = Date.now();
        }
      },
    });
  }

  #ask(key: string, rank: number): void {
    const page = this.cache.sync.get(key);
    if (page !== undefined) {
      this.hits++;
      this.hitBytes += page.bytes;
      if (this.settings.sliding && rank >= 0 && rank < MAPPED) {
        this.until[rank] = Date.now() + this.settings.ttlMs;
      }
      return;
    }
    this.misses++;
    this.missBytes += bytesOf(rank);
    this.#set(key, rank);
  }

  #set(key: string, rank: number): void {
    const { ttl, ttlMs } = this.settings;
    const until = Date.now() + ttlMs;
    this.cache.sync.set(key, { bytes: bytesOf(rank), until }, ttl);
    if (rank >= 0 && rank < MAPPED) {
      this.cells[rank] = Cell.Held;
      this.until[rank] = until;
    }
  }

  /** Moves entries with the life they have left, as many as a frame has time for. */
  #move(): void {
    const ends = performance.now() + MOVE_MS;
    const now = Date.now();
    while (this.#moving !== undefined && performance.now() < ends) {
      for (let left = 200; left > 0; left--) {
        const step: IteratorResult<[string, Page], unknown> = this.#moving.next();
        if (step.done === true) {
          this.#moving = undefined;
          this.#closeOld();
          return;
        }
        const [key, page]: [string, Page] = step.value;
        const rank = key.startsWith('page/') ? Number(key.slice(5)) - 1 : MAPPED;
        if (page.until <= now || this.cache.sync.has(key)) {
          continue;
        }
        this.cache.sync.set(key, page, page.until - now);
        if (rank < MAPPED) {
          this.cells[rank] = Cell.Held;
          this.until[rank] = page.until;
        }
      }
    }
  }
}

/** Yields the entries of each cache in turn. */
function* entriesOf(caches: TTLCache<Page>[]): Generator<[string, Page]> {
  for (const cache of caches) yield* cache.sync.entries();
}

/** Returns a page's size, 1 to 64 kB, always the same; what is scanned is large. */
export function bytesOf(rank: number): number {
  return rank < 0 ? 65_536 : 1_024 << ((Math.imul(rank + 1, 0x9e3779b1) >>> 29) % 7);
}
