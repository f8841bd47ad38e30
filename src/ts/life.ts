/** How an entry lives: what `set` says, else the cache, less the jitter; and its weight. */

import { milliseconds, readWindow } from './duration.js';
import { describe, outOfRange, wrongType } from './errors.js';
import { windowOf } from './extra.js';
import type { Config } from './options.js';
import { checkNames, readFlag } from './options.js';
import type { Duration, SetOptions, Version } from './types.js';

/** What a `set` asks for, checked. */
export interface Life {
  readonly ttl: number;
  readonly sliding: boolean;
  readonly whileRevalidate: number;
  readonly ifError: number;
  readonly tags: readonly string[];
  readonly ifAbsent: boolean;
  readonly ifVersion: Version | undefined;
  /** Whether any condition is set. */
  readonly conditional: boolean;
  /** How long the entry stays after it stops being fresh. */
  readonly window: number;
  /** Whether there is more to keep than a deadline. */
  readonly lasts: boolean;
}

/** The defaults of a life. */
export type Defaults = Pick<
  Config<never>,
  'defaultTtl' | 'sliding' | 'staleWhileRevalidate' | 'staleIfError' | 'tags'
>;

/** The names of what a `set` may ask for. */
export const SET_NAMES = [
  'ttl',
  'sliding',
  'tags',
  'staleWhileRevalidate',
  'staleIfError',
  'ifAbsent',
  'ifVersion',
];

/**
 * Returns what the third argument of `set` asks for.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
 */
export function readLife(defaults: Defaults, given: Duration | SetOptions | undefined): Life {
  const options = typeof given === 'number' || typeof given === 'string' ? { ttl: given } : given;
  if (options !== undefined) {
    checkNames(options, SET_NAMES);
  }
  return lifeOf(defaults, options);
}

/** Returns the life that `options`, whose names are checked, ask for. */
export function lifeOf(defaults: Defaults, options: SetOptions = {}): Life {
  const { ttl, ifVersion, ifAbsent = false, sliding = defaults.sliding } = options;
  const tags = options.tags === undefined ? defaults.tags : readTags(options.tags);
  const { staleWhileRevalidate: revalidate, staleIfError: error } = options;
  const whileRevalidate = readWindow(revalidate, 'staleWhileRevalidate');
  const ifError = readWindow(error, 'staleIfError');
  const windows = {
    whileRevalidate: whileRevalidate ?? defaults.staleWhileRevalidate,
    ifError: ifError ?? defaults.staleIfError,
  };
  const window = windowOf(windows);
  return {
    ttl: ttl === undefined ? defaults.defaultTtl : milliseconds(ttl, 'ttl'),
    sliding: readFlag(sliding, 'sliding'),
    ...windows,
    tags,
    ifAbsent: readFlag(ifAbsent, 'ifAbsent'),
    ifVersion,
    conditional: ifAbsent || ifVersion !== undefined,
    window,
    lasts: sliding || window !== 0 || tags.length !== 0,
  };
}

/** Returns tags, each once. */
export function readTags(tags: readonly string[]): readonly string[] {
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string')) {
    throw wrongType(`the tags are ${describe(tags)}; give an array of strings`);
  }
  return Object.freeze([...new Set(tags as readonly string[])]);
}

/** Returns `ttl` less its jitter, not below a millisecond; `Infinity` has none. */
export function jittered<V>({ jitter, random }: Config<V>, ttl: number): number {
  if (jitter === 0 || ttl === Infinity) {
    return ttl;
  }
  const drawn = random();
  if (typeof drawn !== 'number' || !(drawn >= 0 && drawn < 1)) {
    throw outOfRange(`random() gave ${describe(drawn)}; it must give 0 <= x < 1`);
  }
  return Math.max(Math.min(ttl, 1), ttl * (1 - jitter * drawn));
}

/** Returns what an entry weighs; 0 where nothing is weighed. */
export function weightOf<V>({ weigh }: Config<V>, key: string, value: V): number {
  const weight = weigh === undefined ? 0 : weigh(value, key);
  if (typeof weight !== 'number') {
    throw wrongType(`weigh gave ${describe(weight)} for ${describe(key)}; give a number`);
  }
  if (!(weight >= 0 && weight < Infinity)) {
    throw outOfRange(`weigh gave ${weight} for ${describe(key)}; give what is finite and >= 0`);
  }
  return weight;
}
