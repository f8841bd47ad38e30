/**
 * One load under way and who waits for it.
 *
 * Each who waits may give up, by a signal or a timeout of its own; when all have, the loader's
 * signal aborts and what it makes is not stored. It is not stored either if the key was written,
 * deleted or expired meanwhile, or one of the tags it would have was invalidated.
 */

import { DELAY_MAX_MS, unref } from './clock.js';
import { CacheLoadError, describe } from './errors.js';
import type { Watch } from './watches.js';

/** What ends one's waiting; spans in milliseconds. */
export interface Patience {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** What {@link Flight.wait} gives when the soft timeout has passed. */
export const TOO_SLOW = Symbol();

/** A load. */
export class Flight<V> {
  /** Settles as the loader does, after the value has been stored. */
  work!: Promise<V>;
  /** Whether nobody waits any more, or a later load has taken its place. */
  isOver = false;
  /** Called when everybody has given up. */
  onGivenUp!: (reason: unknown) => void;
  #waiting = 0;
  #controller: AbortController | undefined;
  readonly #watch: Readonly<Watch>;
  readonly #writes: number;
  readonly #deletes: number;
  readonly #invalidations: number;
  readonly #tags: readonly string[];

  constructor(watch: Readonly<Watch>, invalidations: number, tags: readonly string[]) {
    this.#tags = tags;
    this.#watch = watch;
    this.#writes = watch.writes;
    this.#deletes = watch.deletes;
    this.#invalidations = invalidations;
  }

  /** The loader's signal, made when somebody asks for it. */
  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal;
  }

  /** Whether nothing has happened to the key since the load began, nor to its tags and these. */
  isCurrent(tags: readonly string[]): boolean {
    const gone = this.#watch.tags;
    return (
      !this.isOver &&
      this.isUntouched() &&
      ![...this.#tags, ...tags].some((tag) => (gone?.get(tag) ?? 0) > this.#invalidations)
    );
  }

  /** Whether nothing has happened to the key since the load began. */
  isUntouched(): boolean {
    return this.#watch.writes === this.#writes && this.#watch.deletes === this.#deletes;
  }

  /** Waits for the value without an end. */
  stay(): Promise<V> {
    this.#waiting++;
    return this.work;
  }

  /**
   * Waits for the value, until the patience is over, or until `softTimeout`: then it gives
   * {@link TOO_SLOW}, and the load goes on until the timeout.
   */
  wait(key: string, patience: Patience, softTimeout: number): Promise<V | typeof TOO_SLOW> {
    const { timeout, signal } = patience;
    if (signal === undefined && timeout > DELAY_MAX_MS && softTimeout > DELAY_MAX_MS) {
      return this.stay();
    }
    this.#waiting++;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        clearTimeout(softTimer);
        signal?.removeEventListener('abort', onAbort);
      };
      const giveUp = (reason: Error): void => {
        end();
        reject(reason);
        if (--this.#waiting === 0) {
          this.onGivenUp(reason);
          this.isOver = true;
          (this.#controller ??= new AbortController()).abort(reason);
        }
      };
      const onAbort = (): void => {
        giveUp(signal?.reason as Error);
      };
      const timer = later(timeout, () => {
        const message = `the loader of ${describe(key)} took longer than ${timeout} ms`;
        giveUp(new CacheLoadError('ERR_CACHE_LOAD_TIMEOUT', message, { key }));
      });
      const softTimer = later(softTimeout, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve(TOO_SLOW);
      });
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted === true) {
        onAbort();
      }
      this.work.then(resolve, reject).finally(end);
    });
  }
}

function later(ms: number, callback: () => void): ReturnType<typeof setTimeout> | undefined {
  if (ms > DELAY_MAX_MS) {
    return undefined;
  }
  const timer = setTimeout(callback, ms);
  unref(timer);
  return timer;
}
