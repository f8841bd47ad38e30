/** Reads and writes that pass through the hooks of a subclass: for one key in order. */

import { checkPair } from './inputs.js';
import { KeyedQueue } from './keyed-queue.js';
import { readLife } from './life.js';
import type { Config } from './options.js';
import type { Engine } from './space.js';
import type { Duration, SetOptions } from './types.js';

/** What transactions and loads need of their cache. */
export interface Host<V> {
  readonly config: Config<V>;
  atOnce(): Engine<V> | undefined;
  ready(): Promise<Engine<V>>;
  /** Whether a subclass overrides a hook. */
  isHooked(): boolean;
  /** Resolves with what is to be stored. */
  preSet(key: string, value: V): Promise<V>;
  /** Resolves with what is to be given out. */
  postGet(key: string, value: V | undefined): Promise<V | undefined>;
}

/** The order in which the hooks of one cache run. */
export class Hooks<V> {
  readonly #host: Host<V>;
  readonly #sets = new KeyedQueue();
  readonly #gets = new KeyedQueue();

  constructor(host: Host<V>) {
    this.#host = host;
  }

  /** Reads, and resolves with what `postGet` makes of it. */
  get(store: Engine<V>, key: string): Promise<V | undefined> {
    return this.#gets.run(key, async () => this.#host.postGet(key, store.get(key)));
  }

  /** Stores what `preSet` makes of a value, unless the key is deleted meanwhile. */
  async set(
    store: Engine<V>,
    key: string,
    value: V,
    ttlOrOptions: Duration | SetOptions | undefined,
  ): Promise<boolean> {
    readLife(this.#host.config, ttlOrOptions);
    checkPair(key, value);
    const watch = store.watch(key);
    const { deletes } = watch;
    try {
      return await this.#sets.run(key, async () => {
        const stored = await this.#host.preSet(key, value);
        return watch.deletes === deletes && store.set(key, stored, ttlOrOptions);
      });
    } finally {
      store.unwatch(key);
    }
  }

  /** Stores what `updater` makes of a value; again, if somebody writes the key meanwhile. */
  update(
    store: Engine<V>,
    key: string,
    updater: (old: V | undefined) => V,
    options: SetOptions | undefined,
  ): Promise<V> {
    return this.#sets.run(key, async () => {
      const watch = store.watch(key);
      try {
        for (;;) {
          const { writes, deletes } = watch;
          const made = updater(await this.#host.postGet(key, store.peek(key)));
          checkPair(key, made);
          const stored = await this.#host.preSet(key, made);
          if (watch.writes === writes && watch.deletes === deletes) {
            store.set(key, stored, options);
            return stored;
          }
        }
      } finally {
        store.unwatch(key);
      }
    });
  }
}
