/**
 * Who is told of values that come and go.
 *
 * lru-cache calls `dispose` in the middle of an operation and forbids it to use the cache. Here it
 * is called when the operation is done, so it may. `disposeAfter` comes after that, as there.
 */

import type { Disposer, DisposeReason, Inserter, InsertReason } from './types.js';

/** The callbacks of one cache, and what they have yet to be told. */
export class Told<K, V> {
  readonly dispose: Disposer<K, V> | undefined;
  readonly disposeAfter: Disposer<K, V> | undefined;
  readonly onInsert: Inserter<K, V> | undefined;
  readonly #soon: (() => void)[] = [];
  readonly #later: (() => void)[] = [];

  constructor(
    dispose: Disposer<K, V> | undefined,
    disposeAfter: Disposer<K, V> | undefined,
    onInsert: Inserter<K, V> | undefined,
  ) {
    this.dispose = readFunction(dispose);
    this.disposeAfter = readFunction(disposeAfter);
    this.onInsert = readFunction(onInsert);
  }

  /** Whether anybody wants to hear of values that have left. */
  get wantsLeft(): boolean {
    return this.dispose !== undefined || this.disposeAfter !== undefined;
  }

  /** Notes that a value has left. */
  left(value: V | undefined, key: K, reason: DisposeReason): void {
    const { dispose, disposeAfter } = this;
    if (value === undefined) {
      return;
    }
    if (dispose !== undefined) {
      this.#soon.push(() => {
        dispose(value, key, reason);
      });
    }
    if (disposeAfter !== undefined) {
      this.#later.push(() => {
        disposeAfter(value, key, reason);
      });
    }
  }

  /** Notes that a value has come in. */
  came(value: V, key: K, reason: InsertReason): void {
    const { onInsert } = this;
    if (onInsert !== undefined) {
      this.#soon.push(() => {
        onInsert(value, key, reason);
      });
    }
  }

  /** Tells what was noted. */
  tell(): void {
    let call: (() => void) | undefined;
    while ((call = this.#soon.shift() ?? this.#later.shift()) !== undefined) {
      call();
    }
  }
}

/** As lru-cache does, takes what is no function for nothing. */
function readFunction<F>(given: F | undefined): F | undefined {
  return typeof given === 'function' ? given : undefined;
}
