/**
 * `getOrSet`: what is held and fresh; else what is stale and may be served while a load is under
 * way; else a load, one for each key whoever asks; else what is stale and may be served when a load
 * fails; else the error. docs/loading.md draws it as a table.
 */

import { milliseconds, readWindow } from './duration.js';
import type { Held } from './entry-table.js';
import { CacheLoadError } from './errors.js';
import { Flight, TOO_SLOW, type Patience } from './flight.js';
import type { Host } from './hooks.js';
import { checkLoader, checkSignal } from './inputs.js';
import { lifeOf, SET_NAMES, type Defaults, type Life } from './life.js';
import type { Loader, LoadOptions, Status } from './load-types.js';
import { checkFunction, checkNames, readFlag, readFraction } from './options.js';
import type { Engine } from './space.js';
import type { Entry } from './types.js';

/** What a call asks for, checked. */
interface Load<V> extends Patience {
  readonly given: LoadOptions<V>;
  readonly life: Life;
  readonly refreshAhead: number | undefined;
  readonly softTimeout: number;
  readonly fresh: boolean;
  /** What the windows of an entry are shortened to. */
  readonly whileRevalidate: number;
  readonly ifError: number;
}

/** What a call gives. */
export interface Loaded<V> {
  value: V;
  status: Status;
}

const NAMES = [
  ...SET_NAMES,
  'refreshAhead',
  'timeout',
  'softTimeout',
  'cacheErrors',
  'shouldCache',
  'fresh',
  'signal',
];

/** The loads of one cache. */
export class Loads<V> {
  readonly #host: Host<V>;
  readonly #flights = new Map<string, Flight<V>>();
  readonly #plain: Load<V>;

  constructor(host: Host<V>) {
    this.#host = host;
    this.#plain = readLoad(host.config, {});
  }

  /** Resolves with a value and where it comes from. */
  async run(key: string, loader: Loader<V>, options?: LoadOptions<V>): Promise<Loaded<V>> {
    checkLoader(loader);
    const load = options === undefined ? this.#plain : readLoad(this.#host.config, options);
    load.signal?.throwIfAborted();
    const store = this.#host.atOnce() ?? (await this.#host.ready());
    const held = store.held(key);
    if (held !== undefined && !load.fresh) {
      const served = this.#serve(store, key, held, loader, load);
      if (served !== undefined) {
        const value = this.#host.isHooked()
          ? await this.#host.postGet(key, store.copy(held.value!))
          : store.copy(held.value!);
        if (value !== undefined) {
          return { value, status: served };
        }
      }
    } else {
      store.noteMiss(key);
      store.callbacks.run();
    }
    let flight = this.#flights.get(key);
    if (load.fresh || flight?.isCurrent(load.life.tags) !== true) {
      if (!load.fresh && held !== undefined && held.until > store.now()) {
        return this.#rescue(store, key, held, load, held.error);
      }
      flight = this.#start(store, key, held, loader, load, false);
    } else {
      store.count('coalesced');
    }
    return this.#wait(store, key, held, load, flight);
  }

  /** Returns whether what is held may be served at once, counted, and begins a load behind it. */
  #serve(
    store: Engine<V>,
    key: string,
    held: Held<V>,
    loader: Loader<V>,
    load: Load<V>,
  ): 'hit' | 'stale' | undefined {
    const now = store.now();
    const isFresh = held.fresh > now;
    if (!isFresh && !(now < held.fresh + Math.min(held.whileRevalidate, load.whileRevalidate))) {
      store.noteMiss(key);
      store.callbacks.run();
      return undefined;
    }
    const { refreshAhead: ahead } = load;
    const isDue = ahead !== undefined && now - held.created >= ahead * (held.fresh - held.created);
    const isBusy = this.#flights.get(key)?.isCurrent(load.life.tags) === true;
    store.noteHit(key, held.slot, now, isFresh ? 'fresh' : 'stale');
    if ((!isFresh || isDue) && !isBusy && !(held.until > now)) {
      const flight = this.#start(store, key, held, loader, load, true);
      const work = flight.wait(key, { timeout: load.timeout, signal: undefined }, Infinity);
      this.#behind(store, key, work);
    }
    store.callbacks.run();
    if (!isFresh) {
      store.count('staleHits');
    }
    return isFresh ? 'hit' : 'stale';
  }

  async #wait(
    store: Engine<V>,
    key: string,
    held: Held<V> | undefined,
    load: Load<V>,
    flight: Flight<V>,
  ): Promise<Loaded<V>> {
    const canServe = !load.fresh && isUsable(held, load, store.now());
    try {
      const value = await flight.wait(key, load, canServe ? load.softTimeout : Infinity);
      if (value !== TOO_SLOW) {
        const status = held?.value === undefined ? 'miss' : 'refreshed';
        return { value, status: load.fresh ? 'bypass' : status };
      }
      this.#behind(store, key, flight.stay());
    } catch (error) {
      if (load.fresh || (load.signal?.aborted === true && error === load.signal.reason)) {
        throw error;
      }
      return this.#rescue(store, key, flight.isUntouched() ? held : undefined, load, error);
    }
    store.count('staleHits');
    return { value: store.copy(held!.value!), status: 'stale' };
  }

  /** Returns what may be served in place of an error, or throws it. */
  #rescue(
    store: Engine<V>,
    key: string,
    before: Held<V> | undefined,
    load: Load<V>,
    error: unknown,
  ): Loaded<V> {
    // What was evicted meanwhile may still be served, what was deleted may not.
    const held = store.closed ? before : (store.held(key) ?? before);
    if (!isUsable(held, load, store.now())) {
      throw error;
    }
    store.count('staleHits');
    store.reportLoad(key, error);
    return { value: store.copy(held!.value!), status: 'stale' };
  }

  /** Sees to the end of a load that nobody waits for. */
  #behind(store: Engine<V>, key: string, work: Promise<unknown>): void {
    const settled = work.catch((error: unknown) => {
      store.reportLoad(key, error);
    });
    this.#host.config.waitUntil?.(settled);
  }

  /** Begins a load; whoever joined the last one of this key still gets what that makes. */
  #start(
    store: Engine<V>,
    key: string,
    held: Held<V> | undefined,
    loader: Loader<V>,
    load: Load<V>,
    background: boolean,
  ): Flight<V> {
    const before = this.#flights.get(key);
    if (before !== undefined) {
      before.isOver = true;
    }
    const flight = new Flight<V>(store.watch(key), store.invalidations, load.life.tags);
    const stale = held === undefined ? undefined : store.entry(key, false, true);
    const run: Run<V> = { store, key, stale, loader, load, background, flight, isEnded: false };
    this.#flights.set(key, flight);
    store.count('loads');
    flight.onGivenUp = (reason) => {
      if (reason instanceof CacheLoadError) {
        keepError(run, reason);
      }
      this.#end(run, true);
    };
    // Later, because the loader may ask for the same key at once.
    flight.work = Promise.resolve(run).then((given) => this.#load(given));
    return flight;
  }

  #end(run: Run<V>, hasFailed: boolean): void {
    const { store, key } = run;
    if (!run.isEnded) {
      run.isEnded = true;
      store.unwatch(key);
      if (hasFailed) {
        store.count('loadErrors');
      }
      if (this.#flights.get(key) === run.flight) {
        this.#flights.delete(key);
      }
    }
    store.callbacks.run();
  }

  async #load(run: Run<V>): Promise<V> {
    const { store, key, stale, loader, load, background, flight } = run;
    let { life }: { life: Life } = load;
    let isSkipped = false;
    let hasFailed = true;
    const begun = store.askNow();
    try {
      const value = await loader({
        key,
        get signal() {
          return flight.signal;
        },
        stale,
        background,
        setOptions: (options) => {
          checkNames(options, SET_NAMES);
          life = lifeOf(this.#host.config, { ...load.given, ...options });
        },
        skip: () => {
          isSkipped = true;
        },
      });
      hasFailed = false;
      // `undefined` is a miss, which is passed on and not stored.
      if (value !== undefined && !isSkipped && (load.given.shouldCache?.(value) ?? true)) {
        const stored = this.#host.isHooked() ? await this.#host.preSet(key, value) : value;
        if (flight.isCurrent(life.tags)) {
          const prepared = store.prepare(key, stored, life);
          const now = store.askNow();
          if (store.putPrepared(prepared, now) && stale !== undefined) {
            store.callbacks.tell('refresh', { key: prepared.key, durationMs: now - begun });
          }
        }
      }
      return value;
    } catch (error) {
      if (hasFailed) {
        keepError(run, error);
      }
      throw error;
    } finally {
      this.#end(run, hasFailed);
    }
  }
}

/** A load and all that belongs to it. */
interface Run<V> {
  readonly store: Engine<V>;
  readonly key: string;
  readonly stale: Entry<V> | undefined;
  readonly loader: Loader<V>;
  readonly load: Load<V>;
  readonly background: boolean;
  readonly flight: Flight<V>;
  isEnded: boolean;
}

/** Keeps the error of a load, if its call wants that. */
function keepError<V>({ store, key, load, flight }: Run<V>, error: unknown): void {
  const { cacheErrors = false } = load.given;
  try {
    const span = typeof cacheErrors === 'function' ? cacheErrors(error) : cacheErrors;
    if (span !== false && flight.isCurrent(load.life.tags)) {
      store.fail(key, error, milliseconds(span, 'cacheErrors'));
    }
  } catch (cause) {
    store.reportLoad(key, cause);
  }
}

/** Whether what is held may be served when a load fails or is slow. */
function isUsable<V>(held: Held<V> | undefined, load: Load<V>, now: number): boolean {
  return held?.value !== undefined && now < held.fresh + Math.min(held.ifError, load.ifError);
}

/** Throws what a call with these options would. */
export function checkLoad(options: LoadOptions<never>): void {
  readLoad(NO_DEFAULTS, options);
}

const NO_DEFAULTS = {
  defaultTtl: 1,
  sliding: false,
  staleWhileRevalidate: 0,
  staleIfError: 0,
  tags: [],
};

function readLoad<V>(config: Defaults, given: LoadOptions<V>): Load<V> {
  checkNames(given, NAMES);
  const { timeout = Infinity, softTimeout = Infinity, fresh = false, signal } = given;
  const { refreshAhead, cacheErrors = false, shouldCache } = given;
  checkSignal(signal);
  checkFunction(shouldCache, 'shouldCache');
  if (cacheErrors !== false && typeof cacheErrors !== 'function') {
    milliseconds(cacheErrors, 'cacheErrors');
  }
  return {
    given,
    life: lifeOf(config, given),
    refreshAhead:
      refreshAhead === undefined ? undefined : readFraction(refreshAhead, 'refreshAhead'),
    timeout: milliseconds(timeout, 'timeout'),
    softTimeout: milliseconds(softTimeout, 'softTimeout'),
    fresh: readFlag(fresh, 'fresh'),
    signal,
    whileRevalidate: readWindow(given.staleWhileRevalidate, 'staleWhileRevalidate') ?? Infinity,
    ifError: readWindow(given.staleIfError, 'staleIfError') ?? Infinity,
  };
}
