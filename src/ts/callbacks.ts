/** Callbacks that run after the operation, in order, and whose failures harm nothing. */

import { CacheError, describe, wrongType } from './errors.js';
import type { CacheEvents, RemovalReason } from './types.js';
import { unref } from './clock.js';
import type { Config } from './options.js';

/** Calls in one go; a callback that causes callbacks without end does not hold up the program. */
const CALLS_MAX = 1000;

/** Removals that wait to be told, and those who are told of failures. */
export class Callbacks<V> {
  /** Key, value and reason of each removal that waits. */
  readonly waiting: [key: string, value: V, reason: RemovalReason][] = [];
  /** Whether anybody is told of anything. */
  readonly #isWanted: boolean;
  readonly #config: Config<V>;
  readonly #listeners = new Set<(payload: CacheEvents['error']) => void>();
  #running = false;

  constructor(config: Config<V>) {
    this.#config = config;
    this.#isWanted = config.onEvicted !== undefined && config.notifyOn.size !== 0;
  }

  /** Whether removals for `reason` are told. */
  wants(reason: RemovalReason): boolean {
    return this.#isWanted && this.#config.notifyOn.has(reason);
  }

  /** Notes a removal, to be told by {@link run}. */
  note(key: string, value: V, reason: RemovalReason): void {
    if (this.wants(reason)) {
      this.waiting.push([key, value, reason]);
    }
  }

  /**
   * Tells what waits. Removals that a callback causes are told behind those that wait; after
   * {@link CALLS_MAX} of them the rest is told by a timer.
   */
  run(): void {
    if (this.#running) {
      return;
    }
    this.#tellUpTo(CALLS_MAX);
    if (this.waiting.length !== 0) {
      unref(
        setTimeout(() => {
          this.run();
        }, 0),
      );
    }
  }

  /** Tells all that waits: the last chance, at the end of a cache. */
  runAll(): void {
    if (!this.#running) {
      this.#tellUpTo(Infinity);
    }
  }

  #tellUpTo(callsMax: number): void {
    this.#running = true;
    let calls = 0;
    try {
      while (calls < this.waiting.length && calls < callsMax) {
        this.#tell(...this.waiting[calls++]!);
      }
    } finally {
      this.waiting.splice(0, calls);
      this.#running = false;
    }
  }

  /** Adds a listener for `event` and returns the function that removes it. */
  on(event: string, listener: (payload: CacheEvents['error']) => void): () => void {
    if (event !== 'error') {
      throw wrongType(`there is no event ${describe(event)}; the event is 'error'`);
    }
    if (typeof listener !== 'function') {
      throw wrongType(`the listener is ${describe(listener)}; give a function`);
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #tell(key: string, value: V, reason: RemovalReason): void {
    try {
      const work: unknown = this.#config.onEvicted?.(key, value, reason);
      if (isThenable(work)) {
        const settled = Promise.resolve(work).catch((cause: unknown) => {
          this.#failed(cause, key);
        });
        this.#config.waitUntil?.(settled);
      }
    } catch (cause) {
      this.#failed(cause, key);
    }
  }

  /** Tells the listeners, or the console if there are none, what failed and why. */
  report(what: string, cause: unknown, key?: string): void {
    const why = cause instanceof Error ? String(cause) : describe(cause);
    const message = `${this.#config.name}: ${what}: ${why}`;
    const about = key === undefined ? {} : { key };
    const error = new CacheError('ERR_CACHE_CALLBACK', message, { cause, ...about });
    if (this.#listeners.size === 0) {
      warn(error);
    }
    for (const listener of this.#listeners) {
      try {
        listener({ error, ...about });
      } catch (failure) {
        warn(failure);
      }
    }
  }

  #failed(cause: unknown, key: string): void {
    this.report(`onEvicted failed for ${describe(key)}`, cause, key);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

function warn(error: unknown): void {
  try {
    (globalThis as { console?: { error(error: unknown): void } }).console?.error(error);
  } catch {
    // A console that throws, as test set-ups have, is no reason to stop.
  }
}
