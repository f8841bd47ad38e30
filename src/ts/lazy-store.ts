/** The store of a cache: made on first use, because that compiles the module, and closed once. */

import type { Callbacks } from './callbacks.js';
import { closedError } from './closed-index.js';
import { CacheError } from './errors.js';
import type { ExtensionHost } from './extension.js';
import { hostOf } from './host.js';
import type { Config } from './options.js';
import { Store } from './store.js';
import type { CacheStats } from './types.js';
import { isWasmReady, startWasm, startWasmSync } from './wasm.js';

/** A store that is not there before somebody needs it. */
export class LazyStore<V> {
  /** The store, once it has been made and until it is closed. */
  store: Store<V> | undefined;
  closed = false;
  readonly #config: Config<V>;
  readonly #callbacks: Callbacks<V>;
  #stopped = false;
  #starting: Promise<void> | undefined;

  constructor(config: Config<V>, callbacks: Callbacks<V>) {
    this.#config = config;
    this.#callbacks = callbacks;
  }

  /** Returns the store, made at once. */
  open(): Store<V> {
    if (this.closed) {
      throw closedError();
    }
    if (this.store === undefined) {
      if (this.#config.extensions.length !== 0) {
        throw new CacheError(
          'ERR_CACHE_UNSUPPORTED',
          'sync has to wait until the cache is loaded; await cache.start() first',
        );
      }
      startWasmSync();
      this.#show(new Store(this.#config, this.#callbacks));
    }
    return this.store!;
  }

  /**
   * Returns the store if it can be made at once, so that calls take effect in their order;
   * `undefined` where the engine compiles only asynchronously: then {@link ready} has it.
   */
  atOnce(): Store<V> | undefined {
    if (this.store !== undefined) {
      return this.store;
    }
    if (!this.closed) {
      if (this.#config.extensions.length !== 0) {
        return undefined;
      }
      try {
        if (!isWasmReady()) {
          startWasmSync();
        }
      } catch {
        return undefined;
      }
    }
    return this.open();
  }

  /** Resolves with the store, compiling the module asynchronously if need be. */
  async ready(): Promise<Store<V>> {
    if (!this.closed) {
      await startWasm();
      if (this.#config.extensions.length !== 0) {
        await (this.#starting ??= this.#extend());
      }
    }
    return this.open();
  }

  /** Starts the extensions, one after the other; until then nobody else has the store. */
  async #extend(): Promise<void> {
    const store = new Store(this.#config, this.#callbacks);
    const host = hostOf(store) as ExtensionHost;
    for (const extension of this.#config.extensions) {
      await extension.start(host);
    }
    if (this.closed) {
      store.close();
    } else {
      this.#show(store);
    }
  }

  #show(store: Store<V>): void {
    this.store = store;
    if (this.#stopped) {
      store.stopSweeping();
    }
  }

  /** Returns what the store has counted; making one for that would be a waste. */
  stats(): CacheStats {
    return this.#isUnused() ? NOTHING_COUNTED : this.open().stats();
  }

  /** Sets the counters back to zero. */
  resetStats(): void {
    if (!this.#isUnused()) {
      this.open().resetStats();
    }
  }

  /** Sweeps again, from the first use on at the latest. */
  async start(): Promise<void> {
    this.#stopped = false;
    (this.atOnce() ?? (await this.ready())).startSweeping();
  }

  /** Ends sweeping, also of a store that is not made yet. */
  stop(): void {
    this.#stopped = true;
    this.store?.stopSweeping();
  }

  /** Closes the store at once; resolves when its extensions have ended. */
  async close(): Promise<void> {
    const { store } = this;
    const ends = this.closed ? [] : this.#config.extensions.map((extension) => extension.close());
    this.closed = true;
    this.store = undefined;
    store?.close();
    await Promise.all(ends);
  }

  #isUnused(): boolean {
    return this.store === undefined && !this.closed;
  }
}

/** What a cache has counted that nobody has used. */
const NOTHING_COUNTED: CacheStats = Object.freeze({
  hits: 0,
  misses: 0,
  evictions: 0,
  expirations: 0,
  items: 0,
  hitRate: 0,
  weight: 0,
  wasmBytes: 0,
});
