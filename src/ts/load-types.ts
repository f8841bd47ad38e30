/** The public types of loading. What takes precedence over what: docs/loading.md. */

import type { Duration, Entry, Key, SetOptions } from './types.js';

/**
 * Where a value of `getOrSetEntry` comes from: held and fresh (`hit`), held and `stale`, loaded
 * because nothing was held (`miss`) or only something stale (`refreshed`), or by `fresh: true`
 * (`bypass`).
 */
export type Status = 'hit' | 'stale' | 'miss' | 'refreshed' | 'bypass';

/** What a loader is given. */
export interface LoaderContext<V> {
  /** What is wanted. */
  readonly key: Key;
  /** Aborts when everybody who waits has given up. */
  readonly signal: AbortSignal;
  /** What was held when the load began, fresh or stale. */
  readonly stale: Entry<V> | undefined;
  /** Whether it was begun without anybody waiting for it. */
  readonly background: boolean;
  /** Says how the value is to be stored, besides what the call says. */
  setOptions(options: SetOptions): void;
  /** Says that the value is not to be stored. */
  skip(): void;
}

/** Makes the value that is missing. `undefined` is passed on and not stored. */
export type Loader<V> = (context: LoaderContext<V>) => V | PromiseLike<V>;

/** How a value is loaded, and how it is stored. */
export interface LoadOptions<V> extends SetOptions {
  /** From this part of the TTL on, 0 ≤ x < 1, a hit begins a load in the background. */
  refreshAhead?: number;
  /** The longest this call waits: then `ERR_CACHE_LOAD_TIMEOUT`. @defaultValue `Infinity` */
  timeout?: Duration;
  /** After this a stale entry is served, if one is held. @defaultValue `Infinity` */
  softTimeout?: Duration;
  /** How long a loader's error is kept and no loader called; `false`: not. @defaultValue not */
  cacheErrors?: Duration | ((error: unknown) => Duration | false);
  /** Whether a value is stored. @defaultValue each is */
  shouldCache?(value: V): boolean;
  /** Loads whatever is held, and gives nothing that is older than the call. */
  fresh?: boolean;
  /** Ends the waiting of this call; the loader's signal aborts when all have given up. */
  signal?: AbortSignal;
}

/** How a function is wrapped. */
export interface WrapOptions<A extends unknown[], R = unknown> extends LoadOptions<R> {
  /** Returns the key for these arguments. @defaultValue the prefix and all of them */
  key?(...args: A): Key;
  /** What default keys begin with. @defaultValue unique to the wrap */
  keyPrefix?: string;
}

/** A function whose results are cached. */
export type Wrapped<A extends unknown[], R> = ((...args: A) => Promise<R>) & {
  /** Removes the cached result for these arguments; whether there was one. */
  invalidate(...args: A): Promise<boolean>;
};
