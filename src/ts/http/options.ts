/** From what the caller wrote to what the engine works with; everything is checked here, once. */

import { milliseconds } from '../duration.js';
import { describe, outOfRange, wrongType } from '../errors.js';
import { checkFunction, checkNames, readFlag, readString } from '../options.js';
import type {
  ByteSize,
  FetchFunction,
  HttpCacheEvent,
  HttpCacheOptions,
  HttpSemanticsOptions,
  Plugin,
  StorageOption,
} from './types.js';
import { POLICIES } from './byte-index.js';
import type { RuleOptions } from './rules.js';

/** The checked options of a cache. */
export interface HttpConfig {
  readonly name: string;
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly policy: string | undefined;
  readonly shared: boolean;
  readonly partition: ((request: Request) => string | undefined) | undefined;
  readonly cacheStatus: string | false;
  readonly on: ((event: HttpCacheEvent) => void) | undefined;
  readonly storage: StorageOption;
  readonly targets: readonly string[];
  readonly fetch: FetchFunction | undefined;
  readonly now: () => number;
}

/** The checked options of a strategy; spans in milliseconds, `Infinity` for none. */
export interface StrategyConfig {
  readonly cacheName: string;
  readonly plugins: readonly Plugin[];
  readonly maxEntries: number | undefined;
  readonly maxBytes: number | undefined;
  readonly maxAgeMs: number;
  readonly timeoutMs: number;
  readonly fetchOptions: RequestInit | undefined;
  readonly ignoreSearch: boolean;
  readonly ignoreVary: boolean;
  readonly opaque: { readonly maxEntries: number; readonly bytes: number } | undefined;
  readonly tags: readonly string[];
  readonly rules: Omit<RuleOptions, 'shared' | 'targets'>;
}

const CACHE_NAMES: readonly (keyof HttpCacheOptions)[] = [
  'name',
  'maxBytes',
  'maxEntries',
  'evictionPolicy',
  'shared',
  'partition',
  'cacheStatus',
  'on',
  'storage',
  'targets',
  'fetch',
  'clock',
];

const STRATEGY_NAMES: readonly (keyof HttpSemanticsOptions)[] = [
  'cacheName',
  'plugins',
  'maxEntries',
  'maxBytes',
  'maxAgeSeconds',
  'networkTimeoutSeconds',
  'fetchOptions',
  'matchOptions',
  'opaque',
  'tags',
];

const SEMANTICS_NAMES: readonly (keyof HttpSemanticsOptions)[] = [
  ...STRATEGY_NAMES,
  'staleIfError',
  'staleWhileRevalidate',
  'defaultTtl',
  'heuristicFraction',
];

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9 };

/**
 * Returns the checked options of a cache.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
 */
export function readHttpOptions(options: HttpCacheOptions): HttpConfig {
  checkNames(options, CACHE_NAMES);
  const { name = 'tidecache', maxBytes = '50MB', shared = false, cacheStatus } = options;
  const { storage = 'auto', targets = [] } = options;
  for (const callback of ['partition', 'on', 'fetch'] as const) {
    checkFunction(options[callback], callback);
  }
  if (readString(name, 'name') === '') {
    throw outOfRange("name is ''; give a name, other caches of this origin need others");
  }
  if (options.clock !== undefined && typeof options.clock?.now !== 'function') {
    throw wrongType(`clock is ${describe(options.clock)}; give { now() } in milliseconds`);
  }
  const { clock } = options;
  return {
    name,
    maxBytes: readBytes(maxBytes, 'maxBytes'),
    maxEntries: options.maxEntries === undefined ? Infinity : readCount(options.maxEntries),
    policy: readPolicy(options.evictionPolicy),
    shared: readFlag(shared, 'shared'),
    partition: options.partition?.bind(options),
    cacheStatus: readStatusName(cacheStatus ?? 'tidecache'),
    on: options.on?.bind(options),
    storage: readStorage(storage),
    targets: readStrings(targets, 'targets'),
    fetch: options.fetch,
    now: clock === undefined ? () => Date.now() : () => clock.now(),
  };
}

/**
 * Returns the checked options of a strategy; `isSemantic`, of `HttpSemantics`.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
 */
export function readStrategy(options: HttpSemanticsOptions, isSemantic: boolean): StrategyConfig {
  checkNames(options, isSemantic ? SEMANTICS_NAMES : STRATEGY_NAMES);
  const { cacheName = 'default', plugins = [], opaque, matchOptions = {}, tags = [] } = options;
  const { staleIfError, staleWhileRevalidate, defaultTtl, heuristicFraction } = options;
  if (!Array.isArray(plugins) || plugins.some((plugin) => Object(plugin) !== plugin)) {
    throw wrongType(`plugins is ${describe(plugins)}; give an array of objects with hooks`);
  }
  checkNames(matchOptions, ['ignoreSearch', 'ignoreVary']);
  const { ignoreSearch = false, ignoreVary = false } = matchOptions;
  if (readString(cacheName, 'cacheName') === '') {
    throw outOfRange("cacheName is ''; give a name or leave it out");
  }
  if (opaque !== undefined) {
    checkNames(opaque, ['maxEntries', 'bytes']);
  }
  const seconds = (name: 'maxAgeSeconds' | 'networkTimeoutSeconds'): number =>
    options[name] === undefined ? Infinity : readSeconds(options[name], name);
  return {
    cacheName,
    plugins,
    maxEntries: options.maxEntries === undefined ? undefined : readCount(options.maxEntries),
    maxBytes: options.maxBytes === undefined ? undefined : readBytes(options.maxBytes, 'maxBytes'),
    maxAgeMs: seconds('maxAgeSeconds'),
    timeoutMs: seconds('networkTimeoutSeconds'),
    fetchOptions: options.fetchOptions,
    ignoreSearch: readFlag(ignoreSearch, 'matchOptions.ignoreSearch'),
    ignoreVary: readFlag(ignoreVary, 'matchOptions.ignoreVary'),
    opaque: opaque && {
      maxEntries: readCount(opaque.maxEntries),
      bytes: readBytes(opaque.bytes, 'opaque.bytes'),
    },
    tags: readStrings(tags, 'tags'),
    rules: {
      ...(staleIfError !== undefined && {
        staleIfErrorMs: milliseconds(staleIfError, 'staleIfError'),
      }),
      ...(staleWhileRevalidate !== undefined && {
        staleWhileRevalidateMs: milliseconds(staleWhileRevalidate, 'staleWhileRevalidate'),
      }),
      ...(defaultTtl !== undefined && { defaultTtlMs: milliseconds(defaultTtl, 'defaultTtl') }),
      ...(heuristicFraction !== undefined && {
        heuristicFraction: readFraction(heuristicFraction),
      }),
    },
  };
}

/** Returns the name of a policy. */
export function readPolicy(policy: string | undefined): string | undefined {
  if (policy !== undefined && !POLICIES.includes(policy)) {
    const known = POLICIES.join(', ');
    throw wrongType(`evictionPolicy is ${describe(policy)}; give one of ${known}`);
  }
  return policy;
}

/** Returns milliseconds for seconds, more than 0. */
export function readSeconds(seconds: number, name: string): number {
  if (typeof seconds !== 'number') {
    throw wrongType(`${name} is ${describe(seconds)}; give a number of seconds`);
  }
  if (!(seconds > 0)) {
    throw outOfRange(`${name} is ${seconds}; give more than 0 seconds, or leave it out`);
  }
  return seconds * 1000;
}

/** Returns a size in whole bytes, at least 1. */
export function readBytes(size: ByteSize, name: string): number {
  const match = /^(\d+(?:\.\d+)?)(B|kB|KB|MB|GB)$/.exec(String(size));
  if (typeof size !== 'number' && match === null) {
    throw wrongType(`${name} is ${describe(size)}; give a number of bytes, '500kB', '50MB', '1GB'`);
  }
  const bytes = match === null ? Number(size) : Number(match[1]) * UNITS[match[2]!]!;
  // Weights are 53-bit floats at the door; nobody keeps more.
  if (!(bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER)) {
    throw outOfRange(`${name} is ${describe(size)}; give at least 1 byte, and a number that ends`);
  }
  return Math.floor(bytes);
}

function readCount(count: number): number {
  if (typeof count !== 'number') {
    throw wrongType(`maxEntries is ${describe(count)}; give a whole number`);
  }
  if (!(Number.isInteger(count) && count >= 1 && count < 2 ** 32)) {
    throw outOfRange(`maxEntries is ${count}; give a whole number, at least 1`);
  }
  return count;
}

function readFraction(fraction: number): number {
  if (typeof fraction !== 'number') {
    throw wrongType(`heuristicFraction is ${describe(fraction)}; give a number from 0 to 1`);
  }
  if (!(fraction >= 0 && fraction <= 1)) {
    throw outOfRange(`heuristicFraction is ${fraction}; give a number from 0 to 1`);
  }
  return fraction;
}

function readStrings(texts: readonly string[], name: string): readonly string[] {
  if (!Array.isArray(texts) || texts.some((text) => typeof text !== 'string')) {
    throw wrongType(`${name} is ${describe(texts)}; give an array of strings`);
  }
  return [...(texts as readonly string[])];
}

function readStatusName(name: string | false): string | false {
  // A token or what a string of RFC 8941 may hold.
  if (name !== false && !/^[\x20-\x7e]+$/.test(readString(name, 'cacheStatus'))) {
    throw wrongType(`cacheStatus is ${describe(name)}; give printable ASCII, or false for none`);
  }
  return name;
}

function readStorage(storage: StorageOption): StorageOption {
  const isFolder =
    typeof storage === 'object' &&
    storage !== null &&
    typeof storage.directory === 'string' &&
    storage.directory !== '';
  if (!isFolder && storage !== 'auto' && storage !== 'memory') {
    throw wrongType(
      `storage is ${describe(storage)}; give 'auto', 'memory' or { directory: '/a/path' }`,
    );
  }
  return storage;
}
