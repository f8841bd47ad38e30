/**
 * `fetch`: one load for all who ask for a key meanwhile, in lru-cache's order of precedence.
 *
 * While it lasts the fetch has the slot of its key, with the value before for those who take a
 * stale one. It is over for the cache when somebody else takes that slot: a set, a delete, an
 * eviction.
 */

import type { AnySetOptions, Entries } from './entries.js';
import { Pending } from './pending.js';
import type { Fetcher, FetcherFetchOptions } from './types.js';

type Flags =
  | 'allowStale'
  | 'updateAgeOnGet'
  | 'noDeleteOnStaleGet'
  | 'noDeleteOnFetchRejection'
  | 'allowStaleOnFetchRejection'
  | 'ignoreFetchAbort'
  | 'allowStaleOnFetchAbort';

/** The options of a fetch that are always given. */
export type FullFetchOptions<K, V, FC> = AnySetOptions<K, V> &
  Required<Pick<FetcherFetchOptions<K, V, FC>, Flags>>;

/** What a cache has for options that a fetch is not given. */
export type FetchDefaults<K, V, FC> = Omit<FullFetchOptions<K, V, FC>, 'start' | 'size'>;

/**
 * Returns all options of a fetch, those of the cache where the caller gives none. A fetch method
 * may change them.
 */
export function fullFetchOptions<K, V, FC>(
  cache: FetchDefaults<K, V, FC>,
  options: FetcherFetchOptions<K, V, FC>,
): FullFetchOptions<K, V, FC> {
  return {
    allowStale: options.allowStale ?? cache.allowStale,
    updateAgeOnGet: options.updateAgeOnGet ?? cache.updateAgeOnGet,
    noDeleteOnStaleGet: options.noDeleteOnStaleGet ?? cache.noDeleteOnStaleGet,
    ttl: options.ttl ?? cache.ttl,
    noDisposeOnSet: options.noDisposeOnSet ?? cache.noDisposeOnSet,
    size: options.size,
    sizeCalculation: options.sizeCalculation ?? cache.sizeCalculation,
    noUpdateTTL: options.noUpdateTTL ?? cache.noUpdateTTL,
    noDeleteOnFetchRejection: options.noDeleteOnFetchRejection ?? cache.noDeleteOnFetchRejection,
    allowStaleOnFetchRejection:
      options.allowStaleOnFetchRejection ?? cache.allowStaleOnFetchRejection,
    ignoreFetchAbort: options.ignoreFetchAbort ?? cache.ignoreFetchAbort,
    allowStaleOnFetchAbort: options.allowStaleOnFetchAbort ?? cache.allowStaleOnFetchAbort,
  };
}

/** One cache's entries, and how to store in them what a fetch has brought. */
export interface FetchHost<K, V> {
  readonly entries: Entries<K, V>;
  store(key: K, kept: V | Pending<V>, options: AnySetOptions<K, V>, ended?: Pending<V>): void;
}

/** Begins to load `key`, or returns the load under way. */
export function beginFetch<K, V, FC>(
  host: FetchHost<K, V>,
  method: Fetcher<K, V, FC>,
  key: K,
  options: FullFetchOptions<K, V, FC>,
  context: FC,
  signal: AbortSignal | undefined,
): Pending<V> {
  const { entries } = host;
  const slot = entries.slots.find(key);
  const kept = slot === undefined ? undefined : entries.keptAt(slot);
  if (kept instanceof Pending) {
    return kept;
  }
  const pending = new Pending<V>(kept);
  const { controller } = pending;
  const abort = (): void => {
    controller.abort(signal?.reason);
  };
  signal?.addEventListener('abort', abort, { signal: controller.signal });
  pending.promise = load(host, method, key, options, context, pending);
  // Whoever was given a stale value instead does not hear of a failure.
  pending.promise.catch(() => undefined);
  if (slot === undefined) {
    host.store(key, pending, options);
  } else {
    entries.slots.setValueAt(slot, pending);
  }
  return pending;
}

async function load<K, V, FC>(
  host: FetchHost<K, V>,
  method: Fetcher<K, V, FC>,
  key: K,
  options: FullFetchOptions<K, V, FC>,
  context: FC,
  pending: Pending<V>,
): Promise<V | undefined> {
  const { signal } = pending.controller;
  let value: V | undefined;
  try {
    value = await outcome(host, method, key, options, context, pending);
  } catch (error) {
    return failed(host, key, options, pending, error);
  }
  const isIgnored = options.ignoreFetchAbort && value !== undefined;
  if (signal.aborted && !isIgnored) {
    return failed(host, key, options, pending, signal.reason);
  }
  settle(host, key, options, pending, value);
  return value;
}

/** Resolves with what the method gives, or with nothing as soon as it is aborted. */
function outcome<K, V, FC>(
  host: FetchHost<K, V>,
  method: Fetcher<K, V, FC>,
  key: K,
  options: FullFetchOptions<K, V, FC>,
  context: FC,
  pending: Pending<V>,
): Promise<V | undefined> {
  const { signal } = pending.controller;
  return new Promise((resolve, reject) => {
    let isLate = false;
    const given = method(key, pending.stale, {
      signal,
      options: options as FetcherFetchOptions<K, V, FC>,
      context,
    });
    signal.addEventListener('abort', () => {
      if (!options.ignoreFetchAbort || options.allowStaleOnFetchAbort) {
        isLate = options.allowStaleOnFetchAbort;
        resolve(undefined);
      }
    });
    Promise.resolve(given).then((value) => {
      if (isLate) {
        // Nobody waits any more; the cache takes it if the slot is still the fetch's.
        settle(host, key, options, pending, value as V | undefined);
      } else {
        resolve(value as V | undefined);
      }
    }, reject);
  });
}

/** Puts what a fetch has brought into its slot, if that is still its own. */
function settle<K, V>(
  { entries, store }: FetchHost<K, V>,
  key: K,
  options: AnySetOptions<K, V>,
  pending: Pending<V>,
  value: V | undefined,
): void {
  const slot = slotOf(entries, key, pending);
  if (slot === undefined) {
    return;
  }
  if (value !== undefined) {
    store(key, value, options, pending);
  } else if (pending.stale !== undefined) {
    entries.slots.setValueAt(slot, pending.stale);
  } else {
    entries.delete(key, 'fetch');
  }
}

/** Ends a fetch that has brought nothing: returns the stale value, if it may, or throws. */
function failed<K, V, FC>(
  { entries }: FetchHost<K, V>,
  key: K,
  options: FullFetchOptions<K, V, FC>,
  pending: Pending<V>,
  error: unknown,
): V | undefined {
  const mayComeLate = pending.controller.signal.aborted && options.allowStaleOnFetchAbort;
  const allowsStale = mayComeLate || options.allowStaleOnFetchRejection;
  const slot = slotOf(entries, key, pending);
  if (slot !== undefined) {
    const deletes = !allowsStale && !options.noDeleteOnFetchRejection;
    if (deletes || pending.stale === undefined) {
      entries.delete(key, 'fetch');
    } else if (!mayComeLate) {
      entries.slots.setValueAt(slot, pending.stale);
    }
  }
  if (!allowsStale) {
    throw error;
  }
  return pending.stale;
}

/** Returns the slot of `key` if `pending` has it. */
function slotOf<K, V>(entries: Entries<K, V>, key: K, pending: Pending<V>): number | undefined {
  const slot = entries.slots.find(key);
  return slot !== undefined && entries.keptAt(slot) === pending ? slot : undefined;
}
