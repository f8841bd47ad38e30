/** The store of a cache: made on first use, because that compiles the module, and closed once. */

import { ByteStore } from './byte-store.js';
import type { Callbacks } from './callbacks.js';
import { closedError } from './closed-index.js';
import { NO_COUNTS, type Counts } from './counts.js';
import { CacheError } from './errors.js';
import { hostOf } from './host.js';
import type { Config } from './options.js';
import { Store } from './store.js';
import { startWasm, startWasmSync } from './wasm.js';

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
      if (this.#isExtended()) {
        throw new CacheError(
          'ERR_CACHE_UNSUPPORTED',
          'sync has to wait until the cache is loaded; await cache.start() first',
        );
      }
      this.#compile();
      this.#show(this.#make());
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
      if (this.#isExtended()) {
        return undefined;
      }
      try {
        this.#compile();
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
      await this.#config.storage?.start();
      if (this.#isExtended()) {
        await (this.#starting ??= this.#extend());
      }
    }
    return this.open();
  }

  /** Starts the extensions, one after the other; until then nobody else has the store. */
  async #extend(): Promise<void> {
    const store = this.#make();
    const host = hostOf(store as Store<unknown>);
    for (const extension of this.#config.extensions) {
      await extension.start(host);
    }
    if (this.closed) {
      store.close();
    } else {
      this.#show(store);
    }
  }

  #make(): Store<V> {
    const { storage } = this.#config;
    return new (storage === undefined ? Store : ByteStore)(this.#config, this.#callbacks);
  }

  #isExtended(): boolean {
    return this.#config.extensions.length !== 0;
  }

  #show(store: Store<V>): void {
    this.store = store;
    if (this.#stopped) {
      store.stopSweeping();
    }
  }

  /** Returns what the store has counted; making one for that would be a waste. */
  counts(): Counts {
    return this.isUnused() ? NO_COUNTS : this.open().counts();
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

  /** Whether nothing has been asked of it yet. */
  isUnused(): boolean {
    return this.store === undefined && !this.closed;
  }

  #compile(): void {
    startWasmSync();
    this.#config.storage?.startSync();
  }
}
