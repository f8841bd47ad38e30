/**
 * One request on its way: looked up, asked of the network, stored, answered. The strategies are
 * made of these steps; whatever comes after the response goes on inside `waitUntil`.
 */

import type { Bucket } from './bucket.js';
import type { Engine } from './engine.js';
import type { Turn } from './flights.js';
import { fieldOf, headText } from './head.js';
import { ask, isOwn, type Answer } from './network.js';
import type { StrategyConfig } from './options.js';
import { keyOf, type StoredRecord } from './record.js';
import { cacheStorage } from './storage.js';
import { passOn, serve, type StatusParts } from './serve.js';
import { store } from './storing.js';
import type { CacheStatusParts, RequestHead, Rules } from './rules.js';
import type { FetchFunction, HandlerContext, Plugin, PluginCall } from './types.js';

/** What a request meets. */
export interface Circumstances {
  readonly engine: Engine;
  readonly bucket: Bucket;
  readonly rules: Rules;
  readonly config: StrategyConfig;
  readonly request: Request;
  readonly context: HandlerContext | undefined;
  readonly network: FetchFunction;
  readonly timeoutMs: number;
  /** What the strategy is called in Cache-Status; `''` for the standard's own. */
  readonly strategy: string;
}

/** One request's way. */
export class Exchange {
  readonly engine: Engine;
  readonly bucket: Bucket;
  readonly rules: Rules;
  readonly config: StrategyConfig;
  readonly request: Request;
  readonly head: RequestHead;
  readonly timeoutMs: number;
  readonly strategy: string;
  readonly startedAt: number;
  readonly #context: HandlerContext | undefined;
  readonly #network: FetchFunction;
  readonly #tasks: Promise<unknown>[] = [];
  #preload: Promise<unknown> | undefined;
  #key = '';

  constructor({ request, context, network, ...rest }: Circumstances) {
    this.engine = rest.engine;
    this.bucket = rest.bucket;
    this.rules = rest.rules;
    this.config = rest.config;
    this.timeoutMs = rest.timeoutMs;
    this.strategy = rest.strategy;
    this.request = request;
    this.startedAt = this.now();
    this.#context = context;
    this.#network = network;
    this.#preload = context?.preloadResponse;
    const { method, url } = request;
    this.head = { method, url, headers: headText(request.headers) + this.#modeLines() };
  }

  /** What the request is looked up by. */
  get key(): string {
    return this.#key;
  }

  /** What requests for the same are one flight by. */
  get flight(): string {
    return `${this.bucket.name}\n${this.#key}`;
  }

  /** Runs a strategy: its response, and in the background all that it has left to do. */
  async run(flow: (exchange: Exchange) => Promise<Response>): Promise<Response> {
    let finish = (): void => undefined;
    const work = new Promise<void>((resolve) => (finish = resolve));
    this.#context?.waitUntil?.(work);
    try {
      this.request.signal.throwIfAborted();
      this.#key = await this.keyFor('read');
      return await flow(this);
    } catch (error) {
      const instead = await this.#rescue(error);
      if (instead === undefined) {
        throw error;
      }
      return instead;
    } finally {
      if (this.#preload !== undefined) {
        // Browsers complain of a preload that nobody takes.
        this.background(this.#preload.catch(() => undefined));
      }
      void this.#settle().then(finish);
    }
  }

  /** The time as the cache has it. */
  now(): number {
    return this.engine.config.now();
  }

  /** Lets `work` go on after the response. */
  background(work: Promise<unknown>): void {
    this.#tasks.push(this.engine.track(work, this.request.url, this.bucket.name));
  }

  /** Resolves with the stored response for this request, whether it is fresh or not. */
  async lookup(): Promise<StoredRecord | undefined> {
    await this.bucket.ready();
    const { ignoreVary, maxAgeMs } = this.config;
    const now = this.now();
    const fitting = this.bucket.find(this.#key).filter((record) => {
      const isYoung = this.strategy === '' || now - record.receivedAt <= maxAgeMs;
      return isYoung && (ignoreVary || this.variantOf(record.headers) === record.variant);
    });
    const isWhole = ({ part }: StoredRecord): boolean => part === undefined;
    return fitting.find(isWhole) ?? fitting.find((record) => this.#isCovered(record));
  }

  /** Whether a stored part has all that the request asks for. */
  #isCovered(record: StoredRecord): boolean {
    if (record.part!.asked === fieldOf(this.head.headers, 'range')) {
      return true;
    }
    const range = this.rules.range(this.head, record, record.bytes);
    return range.kind === 'part' && range.end <= record.bytes;
  }

  /** Returns this request's variant of a response with such fields; `undefined`: none can match. */
  variantOf(responseHeaders: string): string | undefined {
    return this.rules.variantKey(fieldOf(responseHeaders, 'vary'), this.head.headers);
  }

  /**
   * Resolves with a stored response as this request's, or `undefined` if its body is lost or a
   * plugin does not want it.
   */
  async serve(record: StoredRecord, parts: StatusParts = {}): Promise<Response | undefined> {
    const response = await serve(this, record, parts);
    if (response === undefined) {
      return undefined;
    }
    let served: Response | null | undefined = response;
    for (const plugin of this.plugins('cachedResponseWillBeUsed')) {
      const call = { ...this.call(), cachedResponse: served };
      served = await plugin.cachedResponseWillBeUsed!(call);
      if (served === null || served === undefined) {
        return undefined;
      }
    }
    const isStale = parts.isStale === true;
    const why = isStale ? 'stale' : 'fresh';
    this.emit(isStale ? 'stale' : 'hit', parts.reason ?? why);
    this.engine.counts.bytesServed += record.bytes;
    return served;
  }

  /** Asks the network. */
  async ask(conditional = '', isTimed = false): Promise<Answer> {
    this.bucket.missed();
    const { request, config, engine } = this;
    const isNavigation = request.mode === 'navigate';
    const preload = isNavigation ? this.#preload : undefined;
    if (preload !== undefined) {
      this.#preload = undefined;
    }
    const network = this.#network;
    // The browser's own cache below this one knows of no partitions.
    const isShared = engine.config.partition !== undefined && cacheStorage() !== undefined;
    const isDirect = isShared && request.cache === 'default';
    const options = isDirect
      ? { ...config.fetchOptions, cache: 'no-store' as const }
      : config.fetchOptions;
    const { now } = engine.config;
    this.emit('miss', conditional === '' ? 'asked the network' : 'asked whether it still holds');
    try {
      return await ask({ request, network, options, conditional, preload, now, isTimed });
    } catch (error) {
      for (const plugin of this.plugins('fetchDidFail')) {
        await plugin.fetchDidFail!({ ...this.call(), error });
      }
      throw error;
    }
  }

  /**
   * Stores a response if it may be, and returns the caller's copy of it. `turn` ends when that is
   * done, or known not to be.
   */
  keep(answer: Answer, parts: Omit<CacheStatusParts, 'cache'>, turn?: Turn): Response {
    return store(this, answer, parts, turn);
  }

  /** Returns a response of the network as it is, with what this cache says of it. */
  pass(answer: Answer, parts: Omit<CacheStatusParts, 'cache'>): Response {
    return passOn(this, answer, answer.body, parts);
  }

  /** Sends the request on, for what is none of a cache's business. */
  async bypass(fwd: 'bypass' | 'method'): Promise<Response> {
    const answer = await this.ask();
    await this.forgetOutdated(answer);
    return this.pass(answer, { fwd });
  }

  /** Forgets what the response to an unsafe request makes invalid, in every cache. */
  async forgetOutdated(answer: Answer): Promise<void> {
    const urls = new Set(this.rules.invalidates(this.head, answer));
    if (urls.size > 0) {
      await this.engine.removeAll(({ url }) => urls.has(url));
    }
  }

  /** Returns the plugins that have `hook`. */
  plugins(hook: keyof Plugin): readonly Plugin[] {
    return this.config.plugins.filter((plugin) => plugin[hook] !== undefined);
  }

  /** Returns what every hook is told. */
  call(): PluginCall {
    return { request: this.request, cacheName: this.bucket.name, event: this.#context };
  }

  /** Resolves with the key, as the plugins want it. */
  async keyFor(mode: 'read' | 'write'): Promise<string> {
    let wanted: Request | string = this.request;
    for (const plugin of this.plugins('cacheKeyWillBeUsed')) {
      const request = wanted instanceof Request ? wanted : new Request(wanted, this.request);
      wanted = await plugin.cacheKeyWillBeUsed!({ ...this.call(), request, mode });
    }
    const url = new URL(wanted instanceof Request ? wanted.url : wanted, this.request.url);
    if (this.config.ignoreSearch) {
      url.search = '';
    }
    return keyOf(this.engine.config.partition?.(this.request) ?? '', url.href);
  }

  /** Counts what has happened and tells the listener. */
  emit(type: Parameters<Engine['emit']>[0], reason: string, error?: unknown): void {
    this.engine.emit(type, this.request.url, this.bucket.name, reason, error);
  }

  /** Whether the request is of the own origin. */
  get isOwn(): boolean {
    return isOwn(this.request.url);
  }

  /** Header lines for what the request's cache mode asks, which no field says yet. */
  #modeLines(): string {
    const { cache } = this.request;
    // As `fetch` itself says it: what is fresh and `immutable` is not validated by the first.
    const asked = cache === 'no-cache' ? 'max-age=0' : cache === 'reload' ? 'no-cache' : '';
    const lines = asked === '' ? '' : `cache-control:${asked}\n`;
    const seconds = Math.floor(this.config.maxAgeMs / 1000);
    const isLimited = this.strategy === '' && seconds !== Infinity;
    return isLimited ? `${lines}cache-control:max-age=${seconds}\n` : lines;
  }

  async #rescue(error: unknown): Promise<Response | undefined> {
    for (const plugin of this.plugins('handlerDidError')) {
      const instead = await plugin.handlerDidError!({ ...this.call(), error });
      if (instead) {
        return instead;
      }
    }
    return undefined;
  }

  async #settle(): Promise<void> {
    // Tasks may start others.
    while (this.#tasks.length > 0) {
      await Promise.allSettled(this.#tasks.splice(0));
    }
  }
}
