/**
 * Loaders under way: one for each key, whoever asks.
 *
 * Those who come while it runs join it. Each may give up by its own signal; when all have, the
 * loader's signal aborts. A write by this client ends the joining: who comes after it is not given
 * what was loaded before. Closing ends the waiting of all.
 */

import { CacheLoadError, describe } from '../errors.js';
import type { Duration, Key } from '../types.js';
import { abortable, type Loading } from './calls.js';
import type { Loader, LoaderContext } from './types.js';

/** What a running loader needs of its cache. */
export interface LoadHost<V> {
  /** Returns the TTL that a loader asks for, or throws. */
  readTtl(options: { ttl?: Duration }): number | undefined;
  /** Stores what was loaded, under the version that was drawn before. */
  store(loaded: V, ttl: number): Promise<void>;
  /**
   * Gives the right to load back; called once, when the loader has ended and all is stored, or when
   * nobody waits for it any more.
   */
  release(): void;
}

/** As long as a timer can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The loaders of one client. */
export class Loads<V> {
  loads = 0;
  errors = 0;
  readonly #running = new Map<Key, Running<V>>();
  /** Ends each loader that runs, also those that nobody joins any more. */
  readonly #endings = new Set<(reason: unknown) => void>();

  /** Returns the loader of a key that runs, for joining. */
  find(key: Key): Running<V> | undefined {
    return this.#running.get(key);
  }

  /** Lets nobody else join the loader of a key. */
  detach(key: Key): void {
    this.#running.delete(key);
  }

  /** Lets nobody else join any loader. */
  detachAll(): void {
    this.#running.clear();
  }

  /** Starts a loader; its result is stored before anybody gets it. */
  start(key: Key, loader: Loader<V>, loading: Loading<V>, host: LoadHost<V>): Running<V> {
    const controller = new AbortController();
    this.loads++;
    let fail!: (reason: unknown) => void;
    const given = new Promise<never>((_, reject) => {
      fail = reject;
    });
    let hasLease = true;
    const release = (): void => {
      if (hasLease) {
        hasLease = false;
        host.release();
      }
    };
    const work = this.#load(key, loader, loading, host, controller).finally(release);
    const result = Promise.race([work, given]);
    const abandon = (reason: unknown): void => {
      end();
      release();
      fail(reason);
      controller.abort(reason);
    };
    const running = new Running(result, abandon);
    const end = (): void => {
      this.#endings.delete(abandon);
      if (this.#running.get(key) === running) {
        this.#running.delete(key);
      }
    };
    this.#running.set(key, running);
    this.#endings.add(abandon);
    result.then(end, end);
    return running;
  }

  /** Rejects whoever waits, and aborts the signals of all loaders. */
  close(reason: unknown): void {
    for (const abandon of [...this.#endings]) {
      abandon(reason);
    }
  }

  async #load(
    key: Key,
    loader: Loader<V>,
    loading: Loading<V>,
    host: LoadHost<V>,
    controller: AbortController,
  ): Promise<V> {
    let { ttl }: { ttl: number | undefined } = loading;
    let isSkipped = false;
    const context: LoaderContext<V> = {
      key,
      signal: controller.signal,
      stale: undefined,
      background: false,
      setOptions: (options) => {
        ttl = host.readTtl(options) ?? ttl;
      },
      skip: () => {
        isSkipped = true;
      },
    };
    let value: V;
    try {
      const work = (async () => loader(context))();
      value = await limited(key, work, loading.timeout, controller);
    } catch (error) {
      this.errors++;
      throw error;
    }
    // `undefined` is a miss, which is passed on and not stored.
    if (value !== undefined && !isSkipped && (loading.shouldCache?.(value) ?? true)) {
      await host.store(value, ttl);
    }
    return value;
  }
}

/** A loader that runs, and who waits for it. */
export class Running<V> {
  readonly #result: Promise<V>;
  readonly #abandon: (reason: unknown) => void;
  #waiting = 0;

  /** `abandon` is called when everybody who waited has given up. */
  constructor(result: Promise<V>, abandon: (reason: unknown) => void) {
    this.#result = result;
    this.#abandon = abandon;
  }

  /** Settles with the loader, or earlier by the signal. */
  async join(signal: AbortSignal | undefined): Promise<V> {
    this.#waiting++;
    try {
      return await abortable(this.#result, signal);
    } finally {
      if (--this.#waiting === 0 && signal?.aborted === true) {
        this.#abandon(signal.reason);
      }
    }
  }
}

/** Settles as `work` does, or rejects when the time is over. */
async function limited<T>(
  key: Key,
  work: Promise<T>,
  timeout: number,
  controller: AbortController,
): Promise<T> {
  if (timeout > TIMER_MS_MAX) {
    return work;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `the loader of ${describe(key)} took longer than ${timeout} ms`;
      const error = new CacheLoadError('ERR_CACHE_LOAD_TIMEOUT', message, { key });
      reject(error);
      controller.abort(error);
    }, timeout);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
