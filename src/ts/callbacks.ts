/** Callbacks and events: told after the operation, in order; their failures harm nothing. */

import { CacheError, describe, wrongType } from './errors.js';
import type { CacheEvents, Key, RemovalReason } from './types.js';
import { unref } from './clock.js';
import type { Config } from './options.js';
import { Spaces } from './spaces.js';

/** Calls in one go; a callback that causes callbacks without end does not hold up the program. */
const CALLS_MAX = 1000;

const EVENTS = ['hit', 'miss', 'set', 'remove', 'refresh', 'error'] as const;
type EventName = (typeof EVENTS)[number];
type Payload = { readonly key?: Key; readonly error?: CacheError };

/** Who listens to an event: to all of it, or to keys that begin with `prefix`. */
interface Listener {
  readonly prefix: string;
  readonly call: (payload: never) => unknown;
}

/** What waits to be told, and who is told. */
export class Callbacks<V> {
  /** The events that wait. */
  readonly waiting: [event: EventName, payload: Payload][] = [];
  /** Whether anybody listens to uses and writes. */
  heard = false;
  /** Called when {@link heard} may have changed. */
  onHeard: () => void = nothing;
  /** The namespaces, once there is one. */
  spaces: Spaces | undefined;
  /** Whether anybody is told of removals, and whether of all of them. */
  #tellsRemovals = false;
  #tellsAll = false;
  readonly #config: Config<V>;
  readonly #listeners = new Map<EventName, Set<Listener>>();
  #running = false;

  constructor(config: Config<V>) {
    this.#config = config;
    this.#listen();
  }

  /** Whether removals for `reason` are told. */
  wants(reason: RemovalReason): boolean {
    return this.#tellsRemovals && (this.#tellsAll || this.#config.notifyOn.has(reason));
  }

  /** Returns the names of the namespaces that a key is in, and its own. */
  path(key: Key): readonly string[] {
    return this.spaces?.path(key) ?? [key];
  }

  /** Returns the key that has this {@link path}; makes the namespaces. */
  inside(path: readonly string[]): Key {
    return path.length === 1 ? path[0]! : this.openSpaces().inside(path);
  }

  /** Returns how a key is called outside. */
  shown(key: Key): Key {
    return this.spaces?.path(key).join(':') ?? key;
  }

  /** Returns the namespaces. */
  openSpaces(): Spaces {
    return (this.spaces ??= new Spaces(this));
  }

  /** Notes a removal, to be told by {@link run}; that of an error, which has no value, is not. */
  note(key: string, value: V, reason: RemovalReason): void {
    if (this.wants(reason) && value !== undefined) {
      this.waiting.push(['remove', { key, value, reason } as Payload]);
    }
  }

  /** Notes an event, to be told by {@link run}. */
  tell<E extends EventName>(event: E, payload: CacheEvents<V>[E]): void {
    if (this.#listeners.has(event)) {
      this.waiting.push([event, payload]);
    }
  }

  /**
   * Tells what waits. What a callback causes is told behind those that wait; after
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

  /** Adds a listener for `event`, of keys that begin with `prefix`; returns what removes it. */
  on(event: EventName, call: (payload: never) => unknown, prefix = ''): () => void {
    if (!EVENTS.includes(event)) {
      throw wrongType(`there is no event ${describe(event)}; the events are ${EVENTS.join(', ')}`);
    }
    if (typeof call !== 'function') {
      throw wrongType(`the listener is ${describe(call)}; give a function`);
    }
    const listener = { prefix, call };
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    this.#listen();
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) {
        this.#listeners.delete(event);
        this.#listen();
      }
    };
  }

  /** Tells the listeners, or the console if there are none, what failed and why. */
  report(what: string, cause: unknown, key?: string): void {
    this.#report(what, cause, key, warn);
  }

  /** Tells the listeners, if there are any, of a load that nobody else hears of. */
  reportLoad(cause: unknown, key: string): void {
    this.#report('the loader failed', cause, key, nothing);
  }

  #report(
    what: string,
    cause: unknown,
    key: string | undefined,
    otherwise: (error: unknown) => void,
  ): void {
    const about = key === undefined ? {} : { key: this.shown(key) };
    const where = about.key === undefined ? '' : ` for ${describe(about.key)}`;
    const why = cause instanceof Error ? String(cause) : describe(cause);
    const message = `${this.#config.name}: ${what}${where}: ${why}`;
    const error = new CacheError('ERR_CACHE_CALLBACK', message, { cause, ...about });
    if (!this.#listeners.has('error')) {
      otherwise(error);
    }
    this.#dispatch('error', { error, ...(key === undefined ? {} : { key }) }, warn);
  }

  #tellUpTo(callsMax: number): void {
    this.#running = true;
    let calls = 0;
    try {
      while (calls < this.waiting.length && calls < callsMax) {
        const [event, payload] = this.waiting[calls++]!;
        if (event === 'remove') {
          this.#tellOwner(payload as CacheEvents<V>['remove']);
        }
        this.#dispatch(event, payload, (cause) => {
          this.report(`a listener of '${event}' failed`, cause, payload.key);
        });
      }
    } finally {
      this.waiting.splice(0, calls);
      this.#running = false;
    }
  }

  #tellOwner({ key, value, reason }: CacheEvents<V>['remove']): void {
    const { onEvicted, notifyOn } = this.#config;
    if (onEvicted !== undefined && notifyOn.has(reason)) {
      this.#call(
        () => onEvicted(this.shown(key), value, reason),
        (cause) => {
          this.report('onEvicted failed', cause, key);
        },
      );
    }
  }

  #dispatch(event: EventName, payload: Payload, failed: (cause: unknown) => void): void {
    const { key } = payload;
    for (const { prefix, call } of this.#listeners.get(event) ?? []) {
      if (key === undefined ? prefix === '' : key.startsWith(prefix)) {
        let told = payload;
        if (key !== undefined) {
          told = { ...payload, key: prefix === '' ? this.shown(key) : key.slice(prefix.length) };
        }
        this.#call(() => call(told as never), failed);
      }
    }
  }

  #call(callback: () => unknown, failed: (cause: unknown) => void): void {
    try {
      const work = callback();
      if (typeof work === 'object' && work !== null && 'then' in work) {
        const settled = Promise.resolve(work).catch(failed);
        this.#config.waitUntil?.(settled);
      }
    } catch (cause) {
      failed(cause);
    }
  }

  #listen(): void {
    const has = (event: EventName): boolean => this.#listeners.has(event);
    const { onEvicted, notifyOn } = this.#config;
    this.#tellsAll = has('remove');
    this.#tellsRemovals = this.#tellsAll || (onEvicted !== undefined && notifyOn.size !== 0);
    this.heard = has('hit') || has('miss') || has('set');
    this.onHeard();
  }
}

function nothing(): void {
  // Nobody is to be told.
}

function warn(error: unknown): void {
  try {
    (globalThis as { console?: { error(error: unknown): void } }).console?.error(error);
  } catch {
    // A console that throws, as test set-ups have, is no reason to stop.
  }
}
