/** From what the caller wrote to what the store works with; everything is checked here, once. */

import { MonotonicClock } from './clock.js';
import { milliseconds, readWindow } from './duration.js';
import { describe, outOfRange, wrongType } from './errors.js';
import type { Attachable, Extension } from './extension.js';
import type { Storage } from './storage.js';
import { EvictionPolicy, type CacheOptions, type RemovalReason } from './types.js';

/** The checked options of a cache; spans in milliseconds. */
export interface Config<V> {
  readonly defaultTtl: number;
  readonly maxSize: number;
  readonly maxWeight: number;
  readonly weigh: ((value: V, key: string) => number) | undefined;
  /** `Infinity`: no timer. */
  readonly cleanupInterval: number;
  readonly policy: EvictionPolicy;
  readonly onEvicted: CacheOptions<V>['onEvicted'];
  readonly notifyOn: ReadonlySet<RemovalReason>;
  readonly sliding: boolean;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  /** What a namespace gives its entries. */
  readonly tags: readonly string[];
  readonly jitter: number;
  readonly clone: ((value: V) => V) | undefined;
  readonly clock: MonotonicClock | undefined;
  readonly random: () => number;
  readonly waitUntil: CacheOptions<V>['waitUntil'];
  readonly name: string;
  /** Where keys and values are kept, if not as they are. */
  readonly storage: Storage | undefined;
  readonly extensions: readonly Extension[];
}

const REASONS: readonly RemovalReason[] = [
  'evicted',
  'expired',
  'deleted',
  'replaced',
  'cleared',
  'invalidated',
  'refused',
];

const NAMES: readonly (keyof CacheOptions<unknown>)[] = [
  'defaultTtl',
  'maxSize',
  'maxWeight',
  'weigh',
  'cleanupInterval',
  'evictionPolicy',
  'onEvicted',
  'notifyOn',
  'sliding',
  'staleWhileRevalidate',
  'staleIfError',
  'jitter',
  'clone',
  'clock',
  'random',
  'waitUntil',
  'name',
  'storage',
  'persist',
  'channel',
];

/**
 * Returns the checked options.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
 */
export function readOptions<V>(options: CacheOptions<V>): Config<V> {
  checkNames(options, NAMES);
  const { maxSize = Infinity, jitter = 0, cleanupInterval = '60s' } = options;
  const { defaultTtl = '5m', evictionPolicy = EvictionPolicy.LRU, name = 'cache' } = options;
  const { notifyOn = ['evicted', 'expired'], sliding = false, clone = false } = options;
  checkMaxSize(maxSize);
  checkWeights(options);
  const storage = readStorage(options);
  readFraction(jitter, 'jitter');
  for (const callback of ['onEvicted', 'random', 'waitUntil'] as const) {
    checkFunction(options[callback], callback);
  }
  return {
    defaultTtl: milliseconds(defaultTtl, 'defaultTtl'),
    maxSize,
    maxWeight: options.maxWeight ?? Infinity,
    weigh: options.weigh?.bind(options),
    cleanupInterval:
      cleanupInterval === false ? Infinity : milliseconds(cleanupInterval, 'cleanupInterval'),
    policy: readPolicy(evictionPolicy),
    onEvicted: options.onEvicted?.bind(options),
    notifyOn: readReasons(notifyOn),
    sliding: readFlag(sliding, 'sliding'),
    staleWhileRevalidate: readWindow(options.staleWhileRevalidate, 'staleWhileRevalidate') ?? 0,
    staleIfError: readWindow(options.staleIfError, 'staleIfError') ?? 0,
    tags: [],
    jitter,
    // A storage of bytes has copies only.
    clone: storage?.copy ?? readClone(clone),
    clock: options.clock === undefined ? undefined : new MonotonicClock(options.clock),
    random: options.random?.bind(options) ?? Math.random,
    waitUntil: options.waitUntil?.bind(options),
    name: readString(name, 'name'),
    storage,
    extensions: readExtensions(options),
  };
}

/** Returns a number called `name`, or throws: at least 0, less than 1. */
export function readFraction(fraction: number, name: string): number {
  const message = `${name} is ${describe(fraction)}; give a fraction, 0 <= ${name} < 1`;
  if (typeof fraction !== 'number') {
    throw wrongType(message);
  }
  if (!(fraction >= 0 && fraction < 1)) {
    throw outOfRange(message);
  }
  return fraction;
}

/** Throws a `TypeError` unless `flag`, an option called `name`, is a boolean. */
export function readFlag(flag: boolean, name: string): boolean {
  if (typeof flag !== 'boolean') {
    throw wrongType(`${name} is ${describe(flag)}; give true or false`);
  }
  return flag;
}

/** Throws a `TypeError` unless `text`, an option called `name`, is a string. */
export function readString(text: string, name: string): string {
  if (typeof text !== 'string') {
    throw wrongType(`${name} is ${describe(text)}; give a string`);
  }
  return text;
}

/** Throws a `TypeError` unless `given`, an option called `name`, is a function or not given. */
export function checkFunction(given: unknown, name: string): void {
  if (given !== undefined && typeof given !== 'function') {
    throw wrongType(`${name} is ${describe(given)}; give a function`);
  }
}

/** Throws a `TypeError` unless `options` is an object that has no other names than these. */
export function checkNames(options: object, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw wrongType(`the options are ${describe(options)}; give an object or nothing`);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw wrongType(`there is no option '${name}'; the options are ${names.join(', ')}`);
    }
  }
}

/** Returns the extensions, in the order in which they start; asked last, as it claims them. */
function readExtensions<V>({ persist, channel }: CacheOptions<V>): Extension[] {
  const given = [persist, channel].filter((one) => one !== undefined);
  for (const one of given) {
    checkFunction((one as Attachable | null)?.attach ?? null, 'attach of persist or channel');
  }
  return given.map((one) => one.attach());
}

function checkMaxSize(maxSize: number): void {
  if (typeof maxSize !== 'number') {
    throw wrongType(`maxSize is ${describe(maxSize)}; give a whole number of entries`);
  }
  if (!(maxSize >= 1) || (maxSize !== Infinity && !Number.isInteger(maxSize))) {
    throw outOfRange(
      `maxSize is ${maxSize}; give a whole number, at least 1, or leave it out for no limit`,
    );
  }
}

function checkWeights<V>({ maxWeight, weigh, storage }: CacheOptions<V>): void {
  checkFunction(weigh, 'weigh');
  if (maxWeight === undefined) {
    return;
  }
  if (typeof maxWeight !== 'number') {
    throw wrongType(`maxWeight is ${describe(maxWeight)}; give a number`);
  }
  if (!(maxWeight > 0)) {
    throw outOfRange(`maxWeight is ${maxWeight}; it must be more than 0`);
  }
  if (weigh === undefined && typeof storage !== 'object') {
    throw wrongType('maxWeight needs weigh(value, key), which says what an entry weighs');
  }
}

function readStorage<V>({ storage = 'values', weigh }: CacheOptions<V>): Storage | undefined {
  if (storage === 'values') {
    return undefined;
  }
  if (typeof (storage as Storage | null)?.open !== 'function') {
    throw wrongType(`storage is ${describe(storage)}; give bytes() of tidecache/bytes`);
  }
  if (weigh !== undefined) {
    throw wrongType('a storage of bytes weighs by itself; leave weigh out');
  }
  return storage;
}

function readPolicy(policy: EvictionPolicy): EvictionPolicy {
  const known = Object.values(EvictionPolicy);
  if (!known.includes(policy)) {
    throw wrongType(`evictionPolicy is ${describe(policy)}; give one of ${known.join(', ')}`);
  }
  return policy;
}

function readReasons(reasons: readonly RemovalReason[]): ReadonlySet<RemovalReason> {
  if (!Array.isArray(reasons)) {
    throw wrongType(`notifyOn is ${describe(reasons)}; give an array of ${REASONS.join(', ')}`);
  }
  for (const reason of reasons as RemovalReason[]) {
    if (!REASONS.includes(reason)) {
      throw wrongType(`notifyOn has ${describe(reason)}; the reasons are ${REASONS.join(', ')}`);
    }
  }
  return new Set(reasons);
}

function readClone<V>(clone: boolean | ((value: V) => V)): ((value: V) => V) | undefined {
  if (typeof clone === 'function') {
    return clone;
  }
  return readFlag(clone, 'clone') ? structuredClone : undefined;
}
