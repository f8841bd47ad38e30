/** The files that an app needs before anything else, each by its version. */

import { describe, wrongType } from '../errors.js';
import type { Engine } from './engine.js';
import { PRECACHE } from './engine.js';
import { keyOf } from './record.js';
import { CacheFirst } from './strategies.js';
import type { HandlerContext, PrecacheEntry, PrecacheResult } from './types.js';

/** The parameter of a file's key that tells its versions apart. */
const REVISION = '__tidecache_revision';
/** Parameters that say where a visitor comes from, and name no other file. */
const TRACKING = /^(utm_|fbclid$|gclid$)/;
/** Files that are fetched at once. */
const AT_ONCE = 6;

/** Answers a request by a strategy. */
type Answer = (
  request: Request,
  context: HandlerContext | undefined,
  strategy: CacheFirst,
) => Promise<Response>;

/** The list of files, by their URLs. */
export class Precache {
  readonly #engine: Engine;
  readonly #answer: Answer;
  readonly #revisions = new Map<string, string>();
  /** Serves what is listed. */
  readonly strategy: CacheFirst;

  constructor(engine: Engine, answer: Answer) {
    this.#engine = engine;
    this.#answer = answer;
    const cacheKeyWillBeUsed = ({ request }: { request: Request }): string =>
      this.#keyUrl(this.find(request.url) ?? request.url);
    this.strategy = new CacheFirst({
      cacheName: PRECACHE,
      fetchOptions: { cache: 'reload' },
      plugins: [{ cacheKeyWillBeUsed }],
    });
  }

  /**
   * Lists files, then fetches those that are not there.
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: no list of `{ url, revision }`.
   */
  async add(entries: readonly PrecacheEntry[]): Promise<PrecacheResult> {
    const bucket = this.#engine.bucket(PRECACHE);
    const waiting = [...new Set(this.list(entries))];
    await bucket.ready();
    const counts = { updated: 0, kept: 0 };
    const work = async (): Promise<void> => {
      for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
        const key = keyOf('', this.#keyUrl(url));
        if (bucket.find(key).length > 0) {
          counts.kept += 1;
          continue;
        }
        const status = await this.#fetch(url);
        if (bucket.find(key).length === 0) {
          throw new Error(`precache: ${url} was not stored (status ${status})`);
        }
        counts.updated += 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return counts;
  }

  /** Checks a list, takes it over and returns its URLs. */
  list(entries: readonly PrecacheEntry[]): string[] {
    if (!Array.isArray(entries)) {
      throw wrongType(`precache is given ${describe(entries)}; give an array of { url, revision }`);
    }
    const base = (globalThis as { location?: { href: string } }).location?.href;
    return (entries as readonly PrecacheEntry[]).map((entry) => {
      const { url, revision } = Object(entry) as Partial<PrecacheEntry>;
      if (typeof url !== 'string' || (revision !== null && typeof revision !== 'string')) {
        throw wrongType(
          `precache has ${describe(entry)}; give { url, revision }, and null for the revision of ` +
            'a URL that changes with its file',
        );
      }
      const { href } = new URL(url, base);
      this.#revisions.set(href, revision ?? '');
      return href;
    });
  }

  /** Returns the URL of the listed file that `url` means, if any. */
  find(url: string): string | undefined {
    if (this.#revisions.size === 0) {
      return undefined;
    }
    const wanted = new URL(url);
    wanted.hash = '';
    const names: string[] = [];
    wanted.searchParams.forEach((_, name) => names.push(name));
    for (const name of names.filter((name) => TRACKING.test(name))) {
      wanted.searchParams.delete(name);
    }
    const { href, pathname } = wanted;
    if (this.#revisions.has(href)) {
      return href;
    }
    wanted.pathname = `${pathname}index.html`;
    return pathname.endsWith('/') && this.#revisions.has(wanted.href) ? wanted.href : undefined;
  }

  /** Removes files and versions that are not listed; resolves with how many. */
  async prune(): Promise<number> {
    const bucket = this.#engine.bucket(PRECACHE);
    await bucket.ready();
    const listed = new Set([...this.#revisions.keys()].map((url) => keyOf('', this.#keyUrl(url))));
    return bucket.remove(bucket.records().filter(({ key }) => !listed.has(key)));
  }

  #keyUrl(url: string): string {
    const revision = this.#revisions.get(url);
    if (revision === undefined || revision === '') {
      return url;
    }
    const keyed = new URL(url);
    keyed.searchParams.set(REVISION, revision);
    return keyed.href;
  }

  /** Fetches a file and resolves with its status when it is stored. */
  async #fetch(url: string): Promise<number> {
    let work: Promise<unknown> = Promise.resolve();
    const waitUntil = (given: Promise<unknown>): void => {
      work = given;
    };
    const response = await this.#answer(new Request(url), { waitUntil }, this.strategy);
    await response.arrayBuffer();
    await work;
    return response.status;
  }
}
