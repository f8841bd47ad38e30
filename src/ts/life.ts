/** How long an entry lives (what `set` says, else the cache, less the jitter) and its weight. */

import { milliseconds } from './duration.js';
import { describe, outOfRange, wrongType } from './errors.js';
import type { Config } from './options.js';
import { readFlag } from './options.js';
import type { Duration, SetOptions, Version } from './types.js';

/** What a `set` asks for, checked. */
export interface Life {
  readonly ttl: number;
  readonly sliding: boolean;
  readonly ifAbsent: boolean;
  readonly ifVersion: Version | undefined;
  /** Whether any condition is set. */
  readonly conditional: boolean;
}

const NAMES = ['ttl', 'sliding', 'ifAbsent', 'ifVersion'];

/**
 * Returns what the third argument of `set` asks for.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
 */
export function readLife<V>(
  config: Config<V>,
  ttlOrOptions: Duration | SetOptions | undefined,
): Life {
  let ttl: Duration | undefined;
  let options: SetOptions = {};
  if (typeof ttlOrOptions === 'number' || typeof ttlOrOptions === 'string') {
    ttl = ttlOrOptions;
  } else if (ttlOrOptions !== undefined) {
    options = readSetOptions(ttlOrOptions);
    ttl = options.ttl;
  }
  return {
    ttl: ttl === undefined ? config.defaultTtl : milliseconds(ttl, 'ttl'),
    sliding: readFlag(options.sliding ?? config.sliding, 'sliding'),
    ifAbsent: readFlag(options.ifAbsent ?? false, 'ifAbsent'),
    ifVersion: options.ifVersion,
    conditional: options.ifAbsent === true || options.ifVersion !== undefined,
  };
}

/** Returns what a `set` without a third argument asks for. */
export function defaultLife<V>({ defaultTtl, sliding }: Config<V>): Life {
  return { ttl: defaultTtl, sliding, ifAbsent: false, ifVersion: undefined, conditional: false };
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

function readSetOptions(options: SetOptions): SetOptions {
  if (typeof options !== 'object' || options === null) {
    throw wrongType(`the third argument is ${describe(options)}; give a ttl or an object`);
  }
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) {
      throw wrongType(`there is no set option '${name}'; the options are ${NAMES.join(', ')}`);
    }
  }
  return options;
}
