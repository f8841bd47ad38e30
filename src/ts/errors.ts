/**
 * What can go wrong, each with a stable `code`.
 *
 * A miss is not an error. A wrong argument is a `TypeError` or a `RangeError` that carries
 * `code: 'ERR_CACHE_INVALID_ARGUMENT'`, and nothing has changed.
 */

/** Every code that a local cache uses. */
export type CacheErrorCode =
  | 'ERR_CACHE_INVALID_ARGUMENT'
  | 'ERR_CACHE_INVALID_KEY'
  | 'ERR_CACHE_KEY_NOT_FOUND'
  | 'ERR_CACHE_CLOSED'
  | 'ERR_CACHE_WASM'
  | 'ERR_CACHE_CONFLICT'
  | 'ERR_CACHE_TRANSACTION_TIMEOUT'
  | 'ERR_CACHE_LOAD_TIMEOUT'
  | 'ERR_CACHE_UNSUPPORTED'
  | 'ERR_CACHE_SERIALIZATION'
  | 'ERR_CACHE_MEMORY'
  | 'ERR_CACHE_CALLBACK';

/** Gives a class its name, which the build shortens, and returns the class. */
export function named<C extends object>(of: C, name: string): C {
  return Object.defineProperty(of, 'name', { value: name });
}

/** Gives a class of errors its name, and the mark by which `instanceof` knows its errors. */
export function branded(of: { readonly prototype: CacheError }, name: string): void {
  Object.assign(named(of, name).prototype, { name, [brandOf(name)]: true });
}

const brandOf = (name: string): symbol => Symbol.for(`tidecache.${name}`);

/** What an error may carry beside its message. */
export interface CacheErrorOptions {
  readonly cause?: unknown;
  /** The key it is about. */
  readonly key?: string;
}

/**
 * The base of all errors of this package but those for wrong arguments.
 *
 * Each entry of the package carries these classes by itself, and so does each way of loading it:
 * `instanceof` goes by the class's name, so that it holds between all of them.
 */
export class CacheError extends Error {
  /** Stable across versions; the message is not. */
  readonly code: `ERR_CACHE_${string}`;
  /** The key it is about, where there is one. */
  declare readonly key?: string;

  constructor(code: `ERR_CACHE_${string}`, message: string, options: CacheErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.key !== undefined) {
      this.key = options.key;
    }
  }

  /** Whether `error` is one of this class, from whichever entry of the package. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    const brand = brandOf(this.name);
    // A class of the caller's own has no mark of its own, whatever its name.
    return Object.hasOwn(this.prototype, brand)
      ? (Object(error) as Record<symbol, unknown>)[brand] === true
      : super[Symbol.hasInstance](error);
  }

  static {
    branded(this, 'CacheError');
  }
}

/** The key is not a string (`ERR_CACHE_INVALID_KEY`) or not held (`ERR_CACHE_KEY_NOT_FOUND`). */
export class CacheKeyError extends CacheError {
  static {
    branded(this, 'CacheKeyError');
  }
}

/** A key that a transaction read has changed since; nothing was applied (`ERR_CACHE_CONFLICT`). */
export class CacheConflictError extends CacheError {
  static {
    branded(this, 'CacheConflictError');
  }
}

/** A loader took longer than its `timeout` (`ERR_CACHE_LOAD_TIMEOUT`); its own errors pass. */
export class CacheLoadError extends CacheError {
  static {
    branded(this, 'CacheLoadError');
  }
}

/** Returns the `TypeError` for an argument of the wrong type. */
export function wrongType(message: string): TypeError {
  return Object.assign(new TypeError(message), { code: 'ERR_CACHE_INVALID_ARGUMENT' as const });
}

/** Returns the `RangeError` for an argument of the right type that is out of range. */
export function outOfRange(message: string): RangeError {
  return Object.assign(new RangeError(message), { code: 'ERR_CACHE_INVALID_ARGUMENT' as const });
}

/** Returns the error for a key that is not a string. */
export function wrongKey(key: unknown): CacheKeyError {
  return new CacheKeyError(
    'ERR_CACHE_INVALID_KEY',
    `a key is a string, and this is ${describe(key)}; make it one, for example by String(id)`,
  );
}

/** Characters of a string that a message shows. */
const SHOWN_MAX = 60;

/** Returns a short description of a value for a message. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    const shown = JSON.stringify(value.slice(0, SHOWN_MAX));
    return value.length > SHOWN_MAX ? `${shown} and ${value.length - SHOWN_MAX} more` : shown;
  }
  if (value === null || typeof value !== 'object') {
    return typeof value === 'function' ? 'a function' : String(value);
  }
  return Array.isArray(value) ? 'an array' : 'an object';
}
