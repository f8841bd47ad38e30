/** What a cache is besides its entries' methods: hooks, events, statistics, beginning and end. */

import { Callbacks } from './callbacks.js';
import { NO_COUNTS, snapshot, type Metrics } from './counts.js';
import { CacheError, wrongType } from './errors.js';
import { HOST, type ExtensionHost } from './extension.js';
import { Hooks, type Host } from './hooks.js';
import { hostOf } from './host.js';
import { LazySpace, type Lazy } from './lazy-space.js';
import { LazyStore } from './lazy-store.js';
import { readOptions, type Config } from './options.js';
import type { Region } from './spaces.js';
import type { CacheEvents, CacheOptions, CacheStats, Key, SyncCache } from './types.js';

/** What a cache has inside. */
export interface Inside<V> extends Host<V> {
  readonly callbacks: Callbacks<V>;
  readonly lazy: Lazy<V>;
  /** The store of the whole cache, of which a namespace is a part. */
  readonly root: LazyStore<V>;
  /** What the keys of this namespace begin with inside; `''` for a cache. */
  readonly prefix: string;
  readonly hooks: Hooks<V>;
}

/** Gives the modules of this package what a cache has inside; not exported to users. */
export let insideOf: <V>(cache: CacheBase<V>) => Inside<V>;

/** What a namespace is made of, in place of options. */
export class View<V> {
  readonly of: Inside<V>;
  readonly config: Config<V>;
  readonly region: Region;

  constructor(of: Inside<V>, config: Config<V>, region: Region) {
    this.of = of;
    this.config = config;
    this.region = region;
  }
}

/** What a class that overrides nothing has for hooks. */
export let plainPreSet: unknown;
export let plainPostGet: unknown;

/** The base of {@link TTLCache}; not for use by itself. */
export abstract class CacheBase<V> implements AsyncDisposable {
  readonly #inside: Inside<V>;
  /** What had been counted at the last `resetStats`. */
  #before = NO_COUNTS;

  static {
    insideOf = (cache) => cache.#inside;
    plainPreSet = this.prototype.preSet;
    plainPostGet = this.prototype.postGet;
    // For `tidecache/metrics`, which has no class of this entry.
    const metrics = function (this: CacheBase<unknown>): Metrics {
      const { config, lazy, callbacks, prefix } = this.#inside;
      const spaces = prefix === '' ? callbacks.spaces?.all() : undefined;
      const counts = lazy.closed ? NO_COUNTS : lazy.counts();
      return { name: config.name, counts, spaces: spaces ?? [] };
    };
    // For `tidecache/persist`, likewise.
    const host = async function (this: CacheBase<unknown>): Promise<ExtensionHost> {
      const { prefix, root } = this.#inside;
      if (prefix !== '') {
        throw wrongType('the cache is a namespace; give the cache that it is a part of');
      }
      return hostOf(await root.ready());
    };
    Object.defineProperties(this.prototype, {
      [Symbol.for('tidecache.metrics')]: { value: metrics },
      [HOST]: { value: host },
    });
  }

  constructor(options: CacheOptions<V> = {}) {
    const view = options instanceof View ? (options as View<V>) : undefined;
    const config = view?.config ?? readOptions(options);
    const callbacks = view?.of.callbacks ?? new Callbacks(config);
    const root = view?.of.root ?? new LazyStore(config, callbacks);
    const lazy = view === undefined ? root : new LazySpace(root, view.region, config);
    const host: Host<V> = {
      config,
      atOnce: () => lazy.atOnce(),
      ready: () => lazy.ready(),
      isHooked: () => this.preSet !== plainPreSet || this.postGet !== plainPostGet,
      preSet: async (key, value) => {
        const changed = await this.preSet(key, value);
        return changed === undefined ? value : changed;
      },
      postGet: async (key, value) => this.postGet(key, value),
    };
    const prefix = view?.region.prefix ?? '';
    this.#inside = { ...host, callbacks, lazy, root, prefix, hooks: new Hooks(host) };
  }

  /**
   * The same store without Promises.
   * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: the class overrides `preSet` or `postGet`, which
   * may wait. `ERR_CACHE_WASM`: the module is not there yet; `await init()` first.
   */
  get sync(): SyncCache<V> {
    if (this.#inside.isHooked()) {
      throw new CacheError(
        'ERR_CACHE_UNSUPPORTED',
        `${this.constructor.name} overrides preSet or postGet, which may wait; await its methods`,
      );
    }
    return this.#inside.lazy.open();
  }

  /** Live entries; 0 once closed. O(1) unless some have died since the last sweep, then O(n). */
  get size(): number {
    return this.#inside.lazy.store?.size ?? 0;
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#inside.lazy.closed;
  }

  /** Returns what was counted, frozen. @throws {CacheError} `ERR_CACHE_CLOSED`, `ERR_CACHE_WASM` */
  getStats(): CacheStats {
    return snapshot(this.#inside.lazy.counts(), this.#before);
  }

  /** Sets the counters back to zero. @throws {CacheError} `ERR_CACHE_CLOSED` */
  resetStats(): void {
    this.#before = this.#inside.lazy.counts();
  }

  /** Calls `listener` at each event until the function that is returned is called. */
  on<E extends keyof CacheEvents<V>>(
    event: E,
    listener: (payload: CacheEvents<V>[E]) => void,
  ): () => void {
    return this.#inside.callbacks.on(event, listener, this.#inside.prefix);
  }

  /** Sweeps again after {@link stop}. The first use starts a cache by itself. */
  async start(): Promise<void> {
    await this.#inside.lazy.start();
  }

  /** Ends sweeping until {@link start}. The data stays, and what is dead stays a miss. */
  async stop(): Promise<void> {
    this.#inside.lazy.stop();
  }

  /** Closes the cache: drops its entries (reason `cleared`), its timer and its wasm memory. */
  async close(): Promise<void> {
    await this.#inside.lazy.close();
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Sees each value before it is stored; what it returns is stored instead, unless that is
   * `undefined`. Override it in a subclass. Runs for `set`, `setMany`, transactions and wrapped
   * functions, for one key in the order of the calls.
   */
  protected preSet(key: Key, value: V): V | void | Promise<V | void>;
  protected preSet(): undefined {
    return undefined;
  }

  /**
   * Sees what each `get` and `getMany` found; what it returns is the answer, `undefined` a miss.
   * Override it in a subclass. For one key it runs in the order of the calls.
   */
  protected postGet(_key: Key, value: V | undefined): V | undefined | Promise<V | undefined> {
    return value;
  }
}
