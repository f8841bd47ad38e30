/** The response cache as callers hold it. */

import { describe, wrongType } from '../errors.js';
import { checkNames } from '../options.js';
import { Engine, cannotCache } from './engine.js';
import { Exchange } from './exchange.js';
import { readHttpOptions, readSeconds } from './options.js';
import { Precache } from './precache.js';
import { partitionOf } from './record.js';
import { findStrategy, type Route } from './routes.js';
import { Rules } from './rules.js';
import { HttpSemantics, planOf, type Strategy } from './strategies.js';
import type {
  FetchFunction,
  Handler,
  HandlerContext,
  HttpCacheOptions,
  HttpCacheStats,
  PrecacheEntry,
  PrecacheResult,
  PurgeOptions,
} from './types.js';
import { httpOnItsWay } from './wasm.js';

/** The options of {@link HttpCache.handler}. */
export interface HandlerOptions {
  /** In order; the first that matches answers. Those of `registerRoute` come after them. */
  routes?: readonly Route[];
  /** What answers requests that no route matches: a strategy (`HttpSemantics`), or `fetch`. */
  fallback?: Strategy | FetchFunction;
  /** The timeout of strategies that have none of their own. */
  networkTimeoutSeconds?: number;
}

/**
 * Returns a cache of responses. It opens its storage and compiles its module on first use; if the
 * module does not compile, every request goes to the network.
 *
 * ```ts
 * const cache = createCache({ name: 'app', maxBytes: '50MB' });
 * const handler = cache.handler({ routes: [route('/assets/*', new CacheFirst())] });
 * self.addEventListener('fetch', (event) => event.respondWith(handler(event.request, event)));
 * ```
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
 */
export function createCache(options: HttpCacheOptions = {}): HttpCache {
  return new HttpCache(options);
}

/** A cache of responses, made by {@link createCache}. */
export class HttpCache {
  readonly #engine: Engine;
  readonly #default = new HttpSemantics();
  readonly #rules = new WeakMap<Strategy, Rules>();
  readonly #precache: Precache;

  constructor(options: HttpCacheOptions = {}) {
    this.#engine = new Engine(readHttpOptions(options));
    this.#precache = new Precache(this.#engine, (request, context, strategy) =>
      this.#answer(request, context, strategy, this.#network),
    );
    this.#claim(this.#default);
  }

  /** Its name, which the build shortens otherwise. */
  static readonly name: string = 'HttpCache';

  /**
   * Returns a function that answers requests, the same for a service worker, a page and Node.
   * Files of `precache` come first, then routes, then the fallback.
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`
   */
  handler(options: HandlerOptions = {}): Handler {
    checkNames(options, ['routes', 'fallback', 'networkTimeoutSeconds']);
    const { routes = [], fallback = this.#default, networkTimeoutSeconds } = options;
    const timeoutMs =
      networkTimeoutSeconds === undefined
        ? Infinity
        : readSeconds(networkTimeoutSeconds, 'networkTimeoutSeconds');
    if (!Array.isArray(routes)) {
      throw wrongType(`routes is ${describe(routes)}; give an array of route(match, strategy)`);
    }
    for (const { strategy } of routes as readonly Route[]) {
      this.#claim(strategy);
    }
    if (typeof fallback !== 'function') {
      this.#claim(fallback);
    }
    return async (request, context) => {
      if (!/^https?:/.test(request.url)) {
        return passThrough(request, context, this.#network);
      }
      const isListed = request.method === 'GET' && this.#precache.find(request.url) !== undefined;
      const strategy = isListed
        ? this.#precache.strategy
        : (findStrategy(routes, request, context) ?? fallback);
      return typeof strategy === 'function'
        ? passThrough(request, context, strategy)
        : this.#answer(request, context, strategy, this.#network, timeoutMs);
    };
  }

  /**
   * Returns a `fetch` that has this cache in front of `network`.
   *
   * ```ts
   * const cachedFetch = cache.fetch(globalThis.fetch);
   * ```
   */
  fetch(network: FetchFunction, strategy: Strategy = this.#default): FetchFunction {
    if (typeof network !== 'function') {
      throw wrongType(`fetch is given ${describe(network)}; give a function such as fetch`);
    }
    this.#claim(strategy);
    return async (input, init) => {
      const request = new Request(input, init);
      return /^https?:/.test(request.url)
        ? this.#answer(request, undefined, strategy, network)
        : network(request);
    };
  }

  /**
   * Lists the files that the app needs and resolves when each is stored in its version; rejects if
   * one is not to be had, so that `install` fails. Handlers serve them from then on. Call it at the
   * top of a worker, and give the promise to `install`'s `waitUntil`.
   */
  precache(entries: readonly PrecacheEntry[]): Promise<PrecacheResult> {
    this.#claim(this.#precache.strategy);
    this.#precache.list(entries);
    const added = this.#precache.add(entries);
    // A worker that starts without a network has its files already, or says so by `on`.
    void this.#engine.track(added);
    return added;
  }

  /** Removes files and versions that are not listed; for `activate`. Resolves with how many. */
  async prunePrecache(): Promise<number> {
    return this.#precache.prune();
  }

  /** Fetches and stores these; resolves with how many are stored now. */
  async warm(urls: Iterable<string | URL>, strategy: Strategy = this.#default): Promise<number> {
    this.#claim(strategy);
    const bucket = this.#engine.bucket(strategy.cacheName);
    const work = Array.from(urls, async (url) => {
      const request = new Request(url);
      const response = await this.#answer(request, undefined, strategy, this.#network);
      await response.arrayBuffer();
    });
    await Promise.all(work);
    await this.#engine.settled();
    const held = new Set(bucket.records().map(({ url }) => url));
    return Array.from(urls, (url) => new Request(url).url).filter((url) => held.has(url)).length;
  }

  /**
   * Removes responses by URL, beginning of URL, or tag; resolves with how many.
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: none of them is given.
   */
  async purge(options: PurgeOptions): Promise<number> {
    checkNames(options, ['url', 'prefix', 'tag']);
    const { url, prefix, tag } = options;
    if (url === undefined && prefix === undefined && tag === undefined) {
      throw wrongType('purge is given nothing to purge; give { url }, { prefix } or { tag }');
    }
    const base = (globalThis as { location?: { href: string } }).location?.href;
    const meant = url === undefined ? undefined : new URL(url, base).href;
    const start = prefix === undefined ? undefined : new URL(prefix, base).href;
    const count = await this.#engine.removeAll(
      (record) =>
        record.url === meant ||
        (start !== undefined && record.url.startsWith(start)) ||
        (tag !== undefined && record.tags.includes(tag)),
    );
    this.#engine.emit('purged', meant ?? start ?? '', '', `${count} entries`);
    return count;
  }

  /** Removes what was stored for one user; resolves with how many. */
  async clearPartition(partition: string): Promise<number> {
    return this.#engine.removeAll(({ key }) => partitionOf(key) === partition);
  }

  /** Removes everything; resolves with how many. */
  async clear(): Promise<number> {
    return this.#engine.removeAll(() => true);
  }

  /** Returns what was counted, as a frozen snapshot. */
  stats(): HttpCacheStats {
    return this.#engine.stats();
  }

  /** Resolves when everything that goes on in the background has ended. */
  settled(): Promise<void> {
    return this.#engine.settled();
  }

  /** Waits for the background and ends; what is stored stays. */
  close(): Promise<void> {
    return this.#engine.close();
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #network: FetchFunction = (input, init) =>
    (this.#engine.config.fetch ?? globalThis.fetch)(input, init);

  #claim(strategy: Strategy): void {
    const plan = planOf(strategy);
    if (plan === undefined) {
      throw wrongType(`the strategy is ${describe(strategy)}; give one, such as new CacheFirst()`);
    }
    this.#engine.claim(plan.config);
  }

  async #answer(
    request: Request,
    context: HandlerContext | undefined,
    strategy: Strategy,
    network: FetchFunction,
    timeoutMs = Infinity,
  ): Promise<Response> {
    const engine = this.#engine;
    this.#claim(strategy);
    const { config, flow, name } = planOf(strategy)!;
    let bucket;
    try {
      bucket = engine.bucket(config.cacheName);
    } catch (error) {
      if (!cannotCache(error)) {
        throw error;
      }
      const arriving = httpOnItsWay();
      if (arriving === undefined) {
        engine.emit('error', request.url, config.cacheName, String(error), error);
        return passThrough(request, context, network);
      }
      // The network first; what is stored only if that fails, and as soon as it can be read.
      try {
        return await passThrough(request, context, network);
      } catch (failure) {
        const { method, signal } = request;
        const isReady = await arriving.then(
          () => true,
          () => false,
        );
        if (!isReady || signal.aborted || (method !== 'GET' && method !== 'HEAD')) {
          throw failure;
        }
        return this.#answer(request, undefined, strategy, network, timeoutMs);
      }
    }
    const exchange = new Exchange({
      engine,
      bucket,
      rules: this.#rulesOf(strategy),
      config,
      request,
      context,
      network,
      timeoutMs: Math.min(config.timeoutMs, timeoutMs),
      strategy: name,
    });
    return exchange.run(flow);
  }

  #rulesOf(strategy: Strategy): Rules {
    let rules = this.#rules.get(strategy);
    if (rules === undefined) {
      const { shared, targets } = this.#engine.config;
      rules = new Rules({ ...planOf(strategy)!.config.rules, shared, targets });
      this.#rules.set(strategy, rules);
    }
    return rules;
  }
}

/** Answers as if there were no cache. */
async function passThrough(
  request: Request,
  context: HandlerContext | undefined,
  network: FetchFunction,
): Promise<Response> {
  const isNavigation = request.mode === 'navigate';
  const preloaded = isNavigation ? await context?.preloadResponse : undefined;
  return preloaded instanceof Response ? preloaded : network(request);
}
