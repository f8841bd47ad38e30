/** A store as its extensions see it. */

import { platformOffset } from './clock.js';
import { HOST, type ExtensionHost } from './extension.js';
import { weightOf } from './life.js';
import type { Store } from './store.js';

/** Gives the caches of a class the method that other files of the package know by a symbol. */
export function showHost<C extends object, V>(of: C, open: (cache: C) => Promise<Store<V>>): void {
  Object.defineProperty(of, HOST, {
    async value(this: C) {
      return hostOf(await open(this));
    },
  });
}

/** Returns the host of a store. */
export function hostOf<V>(store: Store<V>): ExtensionHost<V> {
  const { config, callbacks } = store;
  return {
    now: () => store.askNow(),
    offset: () => config.clock?.offset ?? platformOffset(),
    rows: () => Array.from(store.alive(), (one) => store.rowOf(...one)),
    weigh: (key, value) => weightOf(config, key, value),
    put([key, value, created, deadline, slide], weight, now) {
      const life = { ...store.life, sliding: slide !== undefined };
      const isPut = store.putPrepared({ key, value, life, span: deadline - now, weight }, now);
      if (isPut) {
        const slot = store.index.find(key)!;
        store.created[slot] = created;
        if (slide !== undefined) {
          store.slides![slot] = slide;
        }
      }
      return isPut;
    },
    run() {
      callbacks.run();
    },
    drop(kind, text) {
      if (kind === 'clear') {
        store.clear();
      } else {
        store.delete(text);
      }
    },
    tap: (tap) => store.watches.tap(tap),
    report(what, cause) {
      callbacks.report(what, cause);
    },
  };
}
