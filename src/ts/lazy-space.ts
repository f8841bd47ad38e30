/** The part of a store that is a namespace, made when the store is. */

import { NO_COUNTS, type Counts } from './counts.js';
import type { LazyStore } from './lazy-store.js';
import type { Config } from './options.js';
import { Space, type Engine } from './space.js';
import type { Region } from './spaces.js';
import type { Store } from './store.js';

/** What a cache or a namespace asks of its store, which may not be there yet. */
export interface Lazy<V> {
  readonly store: Engine<V> | undefined;
  readonly closed: boolean;
  open(): Engine<V>;
  atOnce(): Engine<V> | undefined;
  ready(): Promise<Engine<V>>;
  counts(): Counts;
  start(): Promise<void>;
  stop(): void;
  close(): Promise<void>;
}

/** A namespace's part of a store; sweeping is the whole cache's, and so is its end. */
export class LazySpace<V> implements Lazy<V> {
  store: Space<V> | undefined;
  readonly #lazy: LazyStore<V>;
  readonly #region: Region;
  readonly #config: Config<V>;

  constructor(lazy: LazyStore<V>, region: Region, config: Config<V>) {
    this.#lazy = lazy;
    this.#region = region;
    this.#config = config;
  }

  get closed(): boolean {
    return this.#lazy.closed;
  }

  open(): Space<V> {
    return this.#of(this.#lazy.open());
  }

  atOnce(): Space<V> | undefined {
    const store = this.#lazy.atOnce();
    return store && this.#of(store);
  }

  async ready(): Promise<Space<V>> {
    return this.#of(await this.#lazy.ready());
  }

  counts(): Counts {
    return this.#lazy.isUnused() ? NO_COUNTS : this.open().counts();
  }

  start(): Promise<void> {
    return this.#lazy.start();
  }

  stop(): void {
    this.#lazy.stop();
  }

  async close(): Promise<void> {
    // The cache closes, its namespaces with it.
  }

  #of(store: Store<V>): Space<V> {
    return (this.store ??= new Space(store, this.#region, this.#config));
  }
}
