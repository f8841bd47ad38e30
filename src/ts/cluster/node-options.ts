/** What a node can be told; everything is checked here, once. */

import type { NodeSettings } from '../../../target/wasm/node/node.js';
import { milliseconds } from '../duration.js';
import { describe, outOfRange, wrongType } from '../errors.js';
import { checkNames, readString } from '../options.js';
import type { Duration, EvictionPolicy } from '../types.js';
import { whole } from './whole.js';

/** What a node can be told when it is made. Unknown names are a `TypeError`. */
export interface CacheNodeOptions {
  /** What tools call it: 1 to 255 bytes. @defaultValue drawn at random */
  id?: string;
  /** The number of its set of nodes; clients of another are refused. @defaultValue `1` */
  epoch?: number;
  /** Entries it holds at most; 4 bytes for each are taken at once. @defaultValue `262_144` */
  maxEntries?: number;
  /**
   * Bytes of keys and values it holds at most, with 64 for each entry; 64 KiB to 2 GiB. An eighth
   * is for keys whose values are gone. @defaultValue 64 MiB
   */
  maxWeight?: number;
  /**
   * Who leaves when there is no room. Replicas that agree on it answer a read together, which
   * `'s3-fifo'` and `'lru'` do nearly always (docs/cluster.md). @defaultValue `'s3-fifo'`
   */
  evictionPolicy?: EvictionPolicy;
  /** The longest life of an entry, `Infinity` excluded. @defaultValue `'24h'` */
  maxTtl?: Duration;
  /** The longest `timeout` that clients may use. @defaultValue `'5s'` */
  maxTimeout?: Duration;
  /** How far two clocks of the cluster may be apart, at most a minute. @defaultValue `'500ms'` */
  maxDrift?: Duration;
  /** Connections it has at most, requests of HTTP under way included. @defaultValue `1024` */
  maxConnections?: number;
  /**
   * Secrets that open it, each at least one printable ASCII character without spaces. Clients bring
   * one as their `token`; several make it possible to change them without a break. Ports that were
   * attached need none. @defaultValue none: everybody who reaches it may read and write
   */
  tokens?: readonly string[];
  /**
   * Whose pages may use it over a network: exact origins, such as `'https://app.example'`. Requests
   * that name no origin do not come from pages. @defaultValue none
   */
  origins?: readonly string[];
}

/** The checked options of a node. */
export interface NodeConfig {
  readonly settings: Omit<NodeSettings, 'id' | 'random'>;
  /** What tools call it; drawn with the first use otherwise. */
  readonly id: string | undefined;
  readonly origins: ReadonlySet<string>;
}

const NAMES: readonly (keyof CacheNodeOptions)[] = [
  'id',
  'epoch',
  'maxEntries',
  'maxWeight',
  'evictionPolicy',
  'maxTtl',
  'maxTimeout',
  'maxDrift',
  'maxConnections',
  'tokens',
  'origins',
];

/** Names of nodes are short everywhere. */
const ID_BYTES_MAX = 255;
/** A token has to fit a header beside others. */
const TOKEN_LENGTH_MAX = 1024;
/** A year: longer lives are a mistake in the unit. */
const TTL_MS_MAX = 366 * 86_400_000;

/**
 * Returns the checked options.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
 */
export function readNodeOptions(options: CacheNodeOptions): NodeConfig {
  checkNames(options, NAMES);
  const { evictionPolicy = 's3-fifo', tokens, origins = [] } = options;
  const { maxTtl = '24h', maxTimeout = '5s', maxDrift = '500ms' } = options;
  return {
    id: options.id === undefined ? undefined : readId(options.id),
    settings: {
      epoch: readEpoch(options.epoch ?? 1),
      maxEntries: whole(options.maxEntries ?? 262_144, 'maxEntries', 1, 1 << 24),
      maxWeightBytes: whole(options.maxWeight ?? 64 << 20, 'maxWeight', 1 << 16, 2 ** 31),
      policy: readPolicy(evictionPolicy),
      maxTtlMs: span(maxTtl, 'maxTtl', TTL_MS_MAX),
      maxOpMs: span(maxTimeout, 'maxTimeout', 3_600_000),
      maxDriftMs: span(maxDrift, 'maxDrift', 60_000),
      maxConnections: whole(options.maxConnections ?? 1024, 'maxConnections', 1, 65_536),
      tokens: tokens === undefined ? [] : readTokens(tokens),
    },
    origins: new Set(readOrigins(origins)),
  };
}

/** Returns the number of an epoch. */
export function readEpoch(epoch: number): number {
  return whole(epoch, 'epoch', 1, Number.MAX_SAFE_INTEGER);
}

function span(given: Duration, name: string, max: number): number {
  const ms = milliseconds(given, name);
  if (ms < 1 || ms > max) {
    throw outOfRange(`${name} is ${describe(given)}; give 1 ms to ${max} ms`);
  }
  return Math.round(ms);
}

function readId(given: string): string {
  const id = readString(given, 'id');
  const bytes = new TextEncoder().encode(id).length;
  if (bytes < 1 || bytes > ID_BYTES_MAX) {
    throw outOfRange(`the id ${describe(id)} has ${bytes} bytes; give 1 to ${ID_BYTES_MAX}`);
  }
  return id;
}

/** Returns what a node without a name is called. Not at the top of an edge worker. */
export function randomId(): string {
  return Array.from(randomWords(2), (word) => word.toString(16).padStart(8, '0')).join('');
}

/** Returns so many random numbers of 32 bits. */
export function randomWords(count: number): number[] {
  return Array.from(crypto.getRandomValues(new Uint32Array(count)));
}

/** The policies by number, as `src/js/node.rs` has them. */
const POLICIES: readonly EvictionPolicy[] = [
  'lru',
  'lfu',
  'fifo',
  'sieve',
  's3-fifo',
  'w-tinylfu',
  'adaptive',
];

function readPolicy(policy: EvictionPolicy): number {
  const at = POLICIES.indexOf(policy);
  if (at < 0) {
    throw wrongType(`evictionPolicy is ${describe(policy)}; give one of ${POLICIES.join(', ')}`);
  }
  return at;
}

function readTokens(tokens: readonly string[]): string[] {
  // None of the messages shows a token, nor what was given in its place.
  const given: readonly unknown[] = Array.isArray(tokens) ? tokens : [undefined];
  const strings = given.filter((token) => typeof token === 'string');
  if (strings.length !== given.length) {
    throw wrongType('tokens is no array of strings');
  }
  if (strings.length === 0) {
    throw outOfRange('tokens is empty: nobody could log in; leave it out to let everybody in');
  }
  if (!strings.every((token) => token.length <= TOKEN_LENGTH_MAX && /^[\x21-\x7e]+$/.test(token))) {
    throw outOfRange(
      `a token is 1 to ${TOKEN_LENGTH_MAX} printable ASCII characters without spaces, and one of ` +
        'tokens is not',
    );
  }
  return strings;
}

function readOrigins(origins: readonly string[]): readonly string[] {
  if (!Array.isArray(origins)) {
    throw wrongType(`origins is ${describe(origins)}; give an array such as ['https://a.example']`);
  }
  const given: readonly string[] = origins;
  for (const origin of given) {
    if (originOf(readString(origin, 'one of origins')) !== origin) {
      throw outOfRange(
        `${describe(origin)} among origins is no origin; give a scheme and a host, and a port if ` +
          "it is not the scheme's own, such as 'https://app.example', and no path",
      );
    }
  }
  return given;
}

/** Returns what a browser would send for a page of this address; nothing for pages without one. */
function originOf(text: string): string | undefined {
  try {
    const { protocol, host, origin } = new URL(text);
    // Extensions and apps have schemes of their own, whose origin is told to nobody but servers.
    return origin === 'null' && host !== '' ? `${protocol}//${host}` : origin;
  } catch {
    return undefined;
  }
}
