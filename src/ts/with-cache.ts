/**
 * Functions and methods whose results are cached.
 *
 * Concurrent calls with the same key share one run of the function. A rejection rejects all of them
 * and is not cached; neither is `undefined`, which is passed on. If the key is deleted, cleared or
 * set while the function runs, its callers get the result and it is not stored; who calls after the
 * delete starts another run.
 */

import { argumentsKey } from './arguments-key.js';
import { storeOf, TTLCache } from './cache.js';
import { milliseconds } from './duration.js';
import { describe, wrongType } from './errors.js';
import { checkFunction, checkNames, readFlag, readString } from './options.js';
import type { WrapOptions, Wrapped } from './types.js';
import type { Watch } from './watches.js';

/** Numbers the wraps, whose default keys must not meet. */
let wraps = 0;

/**
 * Returns `fn` with its results cached in `cache`.
 *
 * ```ts
 * const user = withCache(users, (id: number) => db.user(id), { ttl: '1m' });
 * await user(7); // asks the database
 * await user(7); // does not
 * await user.invalidate(7);
 * ```
 *
 * Default keys tell strings, numbers, bigints, booleans, null, undefined, Dates, arrays, plain
 * objects, Maps and Sets apart, nested as they may be.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: from the wrapped function, for arguments that a
 * default key cannot tell apart (functions, symbols, class instances, cycles): give `key`.
 */
export function withCache<A extends unknown[], V, R extends V | undefined>(
  cache: TTLCache<V>,
  fn: (...args: A) => R | PromiseLike<R>,
  options: WrapOptions<A> = {},
): Wrapped<A, R> {
  checkWrap(cache, fn, options);
  const wrap = new Wrap<V, R>(cache, options.ttl, options.sliding);
  const prefix = options.keyPrefix ?? `${fn.name}#${++wraps}`;
  const keyOf = (args: A): string =>
    options.key === undefined ? prefix + argumentsKey(args) : options.key(...args);
  async function wrapped(this: unknown, ...args: A): Promise<R> {
    return wrap.call(keyOf(args), () => fn.apply(this, args));
  }
  const invalidate = async (...args: A): Promise<boolean> => cache.delete(keyOf(args));
  return Object.assign(wrapped, { invalidate });
}

/**
 * A decorator (TC39) that caches a method's results. Each instance has results of its own, unless
 * `key` is given, which then is all that tells calls apart.
 *
 * ```ts
 * class Users {
 *   @cached(users, { ttl: '1m' })
 *   async find(id: number) { return db.user(id); }
 * }
 * ```
 */
export function cached<A extends unknown[], V, R extends V | undefined>(
  cache: TTLCache<V>,
  options: WrapOptions<A> = {},
): <This>(
  method: (this: This, ...args: A) => Promise<R>,
  context: ClassMethodDecoratorContext,
) => (this: This, ...args: A) => Promise<R> {
  return (method, context) => {
    checkWrap(cache, method, options);
    const wrap = new Wrap<V, R>(cache, options.ttl, options.sliding);
    const prefix = options.keyPrefix ?? `${String(context.name)}#${++wraps}`;
    return async function (...args) {
      const key =
        options.key === undefined
          ? `${prefix}@${instanceNumber(this)}${argumentsKey(args)}`
          : options.key.apply(this, args);
      return wrap.call(key, () => method.apply(this, args));
    };
  };
}

/** Numbers the instances whose methods are cached. */
let instances = 0;
const instanceNumbers = new WeakMap<object, number>();

function instanceNumber(instance: unknown): number {
  if (instance === null || (typeof instance !== 'object' && typeof instance !== 'function')) {
    return 0;
  }
  const key = instance;
  let number = instanceNumbers.get(key);
  if (number === undefined) {
    number = ++instances;
    instanceNumbers.set(key, number);
  }
  return number;
}

/** One wrapped function: the cache and the runs that are under way. */
class Wrap<V, R extends V | undefined> {
  readonly #cache: TTLCache<V>;
  readonly #setOptions: { ttl?: WrapOptions<[]>['ttl'] & {}; sliding?: boolean };
  readonly #runs = new Map<string, Run<R>>();

  constructor(
    cache: TTLCache<V>,
    ttl: WrapOptions<[]>['ttl'],
    sliding: WrapOptions<[]>['sliding'],
  ) {
    this.#cache = cache;
    this.#setOptions = {
      ...(ttl === undefined ? {} : { ttl }),
      ...(sliding === undefined ? {} : { sliding }),
    };
  }

  async call(key: string, run: () => R | PromiseLike<R>): Promise<R> {
    const { watches } = await storeOf(this.#cache);
    const joined = this.#joinable(key);
    if (joined !== undefined) {
      return joined;
    }
    const held = await this.#cache.get(key);
    if (held !== undefined) {
      return held as R & V;
    }
    // Another call may have begun a run while a hook of this one's read was waiting.
    const begunMeanwhile = this.#joinable(key);
    if (begunMeanwhile !== undefined) {
      return begunMeanwhile;
    }
    const watch = watches.begin(key);
    const begun: Run<R> = { watch, ...watch, result: this.#load(key, run, watch) };
    this.#runs.set(key, begun);
    try {
      return await begun.result;
    } finally {
      watches.end(key);
      if (this.#runs.get(key) === begun) {
        this.#runs.delete(key);
      }
    }
  }

  /** Returns the result of a run that nothing has happened to: what was set or deleted is newer. */
  #joinable(key: string): Promise<R> | undefined {
    const run = this.#runs.get(key);
    const isCurrent = run?.watch.deletes === run?.deletes && run?.watch.writes === run?.writes;
    return isCurrent ? run?.result : undefined;
  }

  async #load(key: string, run: () => R | PromiseLike<R>, watch: Readonly<Watch>): Promise<R> {
    const { deletes, writes } = watch;
    const result = await run();
    if (result !== undefined && watch.deletes === deletes && watch.writes === writes) {
      await this.#cache.set(key, result, this.#setOptions);
    }
    return result;
  }
}

/** A run that is under way, and what had happened to its key when it began. */
interface Run<R> extends Watch {
  readonly watch: Readonly<Watch>;
  readonly result: Promise<R>;
}

const NAMES = ['key', 'keyPrefix', 'ttl', 'sliding'];

function checkWrap<A extends unknown[]>(cache: object, fn: unknown, options: WrapOptions<A>): void {
  if (!(cache instanceof TTLCache)) {
    throw wrongType(`the cache is ${describe(cache)}; give a TTLCache of this package`);
  }
  if (typeof fn !== 'function') {
    throw wrongType(`what is to be cached is ${describe(fn)}; give a function`);
  }
  checkNames(options, NAMES);
  const { key, keyPrefix = '', ttl = Infinity, sliding = false } = options;
  checkFunction(key, 'key');
  readString(keyPrefix, 'keyPrefix');
  milliseconds(ttl, 'ttl');
  readFlag(sliding, 'sliding');
}
