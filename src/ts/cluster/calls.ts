/** What one call can be told, checked; and waiting that ends when the caller gives up. */

import { describe, wrongType } from '../errors.js';
import { checkSignal } from '../inputs.js';
import { checkFunction, checkNames, readFlag } from '../options.js';
import type { Duration } from '../types.js';
import { finite, readTtl, unsupported, type ClusterConfig } from './cluster-options.js';
import type { CallOptions, LoadOptions, ReadOptions, WriteOptions } from './types.js';

/** A checked call; spans in milliseconds. */
export interface Call {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** A checked read: 0 for one replica, 1 for a quorum, 2 for all. */
export interface Reading extends Call {
  readonly consistency: 0 | 1 | 2;
}

/** A checked write. */
export interface Writing extends Call {
  readonly ttl: number;
  readonly ifAbsent?: boolean | undefined;
  readonly ifVersion?: string | undefined;
}

/** A checked load. */
export interface Loading<V> {
  readonly ttl: number;
  /** `Infinity`: none. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly shouldCache: ((value: V) => boolean) | undefined;
}

/** What a call without options asks for. */
export interface Defaults extends Pick<
  ClusterConfig<unknown>,
  'timeout' | 'defaultTtl' | 'maxTtl'
> {
  /** Whether a write can be given a condition. */
  readonly canCompare?: boolean;
}

/** What needs a comparison on the node, or windows that nodes do not keep. */
const UNSUPPORTED = [
  'sliding',
  'tags',
  'staleWhileRevalidate',
  'staleIfError',
  'refreshAhead',
  'softTimeout',
  'cacheErrors',
  'fresh',
];

/** What an engine does that orders writes. */
const CONDITIONS = ['ifAbsent', 'ifVersion'];

const CONSISTENCIES = ['one', 'quorum', 'all'] as const;
const QUORUM = 1;

/** Returns the checked options of a call that neither reads a value nor writes one. */
export function readCall(defaults: Defaults, options: CallOptions = {}): Call {
  checkNames(options, ['timeout', 'signal']);
  return callOf(defaults, options);
}

/** Returns the checked options of a read. */
export function readReading(defaults: Defaults, options?: ReadOptions): Reading {
  if (options === undefined) {
    return { timeout: defaults.timeout, signal: undefined, consistency: QUORUM };
  }
  checkNames(options, ['consistency', 'timeout', 'signal']);
  const { consistency = 'quorum' } = options;
  const at = CONSISTENCIES.indexOf(consistency);
  if (at < 0) {
    throw wrongType(`consistency is ${describe(consistency)}; give 'one', 'quorum' or 'all'`);
  }
  const { timeout, signal } = callOf(defaults, options);
  return { timeout, signal, consistency: at as 0 | 1 | 2 };
}

/**
 * Returns the checked options of a write.
 * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: what these nodes cannot do.
 */
export function readWriting(defaults: Defaults, given?: Duration | WriteOptions): Writing {
  if (given === undefined) {
    return { timeout: defaults.timeout, signal: undefined, ttl: defaults.defaultTtl };
  }
  const options = typeof given === 'object' && given !== null ? given : { ttl: given };
  checkSupported(options, defaults.canCompare === true);
  checkNames(options, ['ttl', 'timeout', 'signal', ...CONDITIONS]);
  const { ifAbsent, ifVersion } = options;
  const version = ifVersion as string | undefined;
  return {
    ...callOf(defaults, options),
    ttl: ttlOf(defaults, options.ttl),
    ...(ifAbsent !== undefined && { ifAbsent: readFlag(ifAbsent, 'ifAbsent') }),
    ...(version !== undefined && { ifVersion: version }),
  };
}

/**
 * Returns the checked options of a load.
 * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: what these nodes cannot do.
 */
export function readLoading<V>(defaults: Defaults, options: LoadOptions<V> = {}): Loading<V> {
  checkSupported(options);
  checkNames(options, ['ttl', 'timeout', 'shouldCache', 'signal']);
  checkFunction(options.shouldCache, 'shouldCache');
  const { timeout, signal } = options;
  return {
    ttl: ttlOf(defaults, options.ttl),
    timeout: timeout === undefined ? Infinity : readLimit(timeout),
    signal: readSignal(signal),
    shouldCache: options.shouldCache?.bind(options),
  };
}

/** Returns the TTL that a loader asks for. */
export function readLoaderTtl(defaults: Defaults, options: { ttl?: Duration }): number | undefined {
  checkSupported(options);
  checkNames(options, ['ttl']);
  return options.ttl === undefined ? undefined : ttlOf(defaults, options.ttl);
}

/** Returns a TTL in milliseconds, the default one unless another is given. */
export function ttlOf({ defaultTtl, maxTtl }: Defaults, ttl: Duration | undefined): number {
  return ttl === undefined ? defaultTtl : readTtl(ttl, 'ttl', maxTtl);
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it aborts. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return work;
  }
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    const settle = (): void => {
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(settle);
    if (signal.aborted) {
      abort();
    }
  });
}

function callOf(defaults: Defaults, { timeout, signal }: CallOptions): Call {
  return {
    timeout: timeout === undefined ? defaults.timeout : finite(timeout, 'timeout'),
    signal: readSignal(signal),
  };
}

function readLimit(timeout: Duration): number {
  return timeout === Infinity ? timeout : finite(timeout, 'timeout');
}

function readSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  checkSignal(signal);
  signal?.throwIfAborted();
  return signal;
}

function checkSupported(options: object, canCompare = false): void {
  if (typeof options !== 'object' || options === null) {
    return;
  }
  const lacking = canCompare ? UNSUPPORTED : [...UNSUPPORTED, ...CONDITIONS];
  const name = lacking.find((one) => (options as Record<string, unknown>)[one] !== undefined);
  if (name !== undefined) {
    throw unsupported(`the option '${name}'`, 'leave it out');
  }
}
