/** A store as its extensions see it. */

import { platformOffset } from './clock.js';
import type { ExtensionHost, Row } from './extension.js';
import { windowOf } from './extra.js';
import type { Store } from './store.js';

/** Returns the host of a store. */
export function hostOf(store: Store<unknown>): ExtensionHost {
  const { config, callbacks } = store;
  return {
    now: () => store.askNow(),
    offset: () => config.clock?.offset ?? platformOffset(),
    rows: () => store.rows(),
    load: (rows) => load(store, rows),
    drop(kind, path) {
      const text = path.length === 1 ? path[0] : callbacks.spaces?.find(path);
      if (text === undefined) {
        // A namespace that is not used here.
      } else if (kind === 'tag') {
        store.invalidateTags([text]);
      } else if (kind !== 'clear') {
        store.discard(text, 'invalidated');
        callbacks.run();
      } else if (text === '') {
        store.clear();
      } else {
        store.clearSpace(text);
      }
    },
    tap: (tap) =>
      store.watches.tap((kind, text) => {
        tap(kind, kind === 'tag' ? [text] : callbacks.path(text));
      }),
    report(what, cause) {
      callbacks.report(what, cause);
    },
  };
}

/** Puts entries, after all of them have passed every check. */
function load<V>(store: Store<V>, rows: readonly Row<V>[]): number {
  const now = store.askNow();
  const ready = rows.map(
    ([path, value, created, fresh, , slide, whileRevalidate, ifError, tags]) => {
      const window = windowOf({ whileRevalidate, ifError });
      const sliding = slide !== 0;
      const lasts = sliding || window !== 0 || tags.length !== 0;
      const own = { sliding, whileRevalidate, ifError, tags, window, lasts };
      const prepared = store.prepare(store.callbacks.inside(path), value, {
        ...store.life,
        ...own,
      });
      return { ...prepared, span: fresh - now, created, slide };
    },
  );
  store.reserve(ready);
  let count = 0;
  for (const prepared of ready) {
    if (store.putPrepared(prepared, now)) {
      const slot = store.index.find(prepared.key)!;
      store.created[slot] = prepared.created;
      if (prepared.slide !== 0) {
        store.extras![slot]!.slide = prepared.slide;
      }
      count++;
    }
  }
  store.callbacks.run();
  return count;
}
