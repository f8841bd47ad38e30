/**
 * Functions and methods whose results are cached.
 *
 * Concurrent calls with the same key share one run of the function. A rejection rejects all of them
 * and is not cached; neither is `undefined`, which is passed on. If the key is deleted, cleared or
 * set while the function runs, its callers get the result and it is not stored; who calls after the
 * delete starts another run.
 */

import { argumentsKey } from './arguments-key.js';
import { insideOf } from './cache-base.js';
import { TTLCache } from './cache.js';
import { describe, wrongType } from './errors.js';
import type { LoadOptions, WrapOptions, Wrapped } from './load-types.js';
import { checkLoad } from './loads.js';
import { checkFunction, readString } from './options.js';

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
  options: WrapOptions<A, R> = {},
): Wrapped<A, R> {
  const load = checkWrap(cache, fn, options, false);
  const prefix = options.keyPrefix ?? `${fn.name}#${++wraps}`;
  const keyOf = (args: A): string =>
    options.key === undefined ? prefix + argumentsKey(args) : options.key(...args);
  async function wrapped(this: unknown, ...args: A): Promise<R> {
    const loader = async (): Promise<V> => fn.apply(this, args) as V;
    return cache.getOrSet(keyOf(args), loader, load as LoadOptions<V>) as Promise<R>;
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
  options: WrapOptions<A, R> = {},
): <This>(
  method: (this: This, ...args: A) => Promise<R>,
  context: ClassMethodDecoratorContext,
) => (this: This, ...args: A) => Promise<R> {
  return (method, context) => {
    const load = checkWrap(cache, method, options, true);
    const prefix = options.keyPrefix ?? `${String(context.name)}#${++wraps}`;
    return async function (...args) {
      const key =
        options.key === undefined
          ? `${prefix}@${instanceNumber(this)}${argumentsKey(args)}`
          : options.key.apply(this, args);
      const loader = async (): Promise<V> => (await method.apply(this, args)) as V;
      return cache.getOrSet(key, loader, load as LoadOptions<V>) as Promise<R>;
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

function checkWrap<A extends unknown[], R>(
  cache: object,
  fn: unknown,
  options: WrapOptions<A, R>,
  isMethod: boolean,
): LoadOptions<R> {
  if (!(cache instanceof TTLCache)) {
    throw wrongType(`the cache is ${describe(cache)}; give a TTLCache of this package`);
  }
  if (typeof fn !== 'function') {
    throw wrongType(`what is to be cached is ${describe(fn)}; give a function`);
  }
  if (typeof options !== 'object' || options === null) {
    throw wrongType(`the options are ${describe(options)}; give an object or nothing`);
  }
  const { key, keyPrefix, ...load } = options;
  checkFunction(key, 'key');
  readString(keyPrefix === undefined ? '' : keyPrefix, 'keyPrefix');
  // Instances are numbered, and have other numbers elsewhere.
  const isStable = key !== undefined || (keyPrefix !== undefined && !isMethod);
  if (!isStable && insideOf(cache).config.extensions.length !== 0) {
    throw wrongType('with persist or channel give key (a function may have a keyPrefix instead)');
  }
  checkLoad(load);
  return load;
}
