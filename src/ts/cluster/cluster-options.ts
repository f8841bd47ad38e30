/** From what the caller wrote to what a client works with; everything is checked here, once. */

import { milliseconds } from '../duration.js';
import { CacheError, describe, outOfRange, wrongType } from '../errors.js';
import { checkNames, readFlag } from '../options.js';
import type { Duration } from '../types.js';
import { readNodes, type NodePlan } from './addresses.js';
import type { Codec, DistributedOptions, NearStore } from './types.js';
import { findWebSocket } from './web-socket.js';
import { whole } from './whole.js';

/** How many replicas there are, and how many have to answer. */
export interface Quorums {
  readonly replicas: number;
  readonly read: number;
  readonly write: number;
}

/** The nodes of one epoch. */
export interface Membership extends Quorums {
  readonly nodes: readonly NodePlan[];
  readonly epoch: number;
}

/** The checked options of a client; spans in milliseconds. */
export interface ClusterConfig<V> {
  readonly membership: Membership;
  readonly defaultTtl: number;
  readonly maxTtl: number;
  readonly timeout: number;
  readonly readRepair: 'blocking' | 'async' | 'off';
  readonly hedge: boolean;
  readonly token: string | (() => Promise<string>) | undefined;
  readonly near: NearStore<V> | undefined;
  readonly codec: Codec<V> | undefined;
}

const NAMES: readonly (keyof DistributedOptions<unknown>)[] = [
  'nodes',
  'epoch',
  'defaultTtl',
  'replicationFactor',
  'readQuorum',
  'writeQuorum',
  'readRepair',
  'hedge',
  'timeout',
  'maxTtl',
  'token',
  'near',
  'WebSocket',
  'codec',
];

/**
 * Returns the checked options.
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
 * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range, or quorums that do not overlap.
 */
export function readClusterOptions<V>(options: DistributedOptions<V>): ClusterConfig<V> {
  checkNames(options, NAMES);
  const { defaultTtl = '5m', maxTtl = '24h', timeout = '1s' } = options;
  const { epoch = 1, hedge = true, readRepair = 'blocking' } = options;
  const longest = finite(maxTtl, 'maxTtl');
  if (![false, 'blocking', 'async'].includes(readRepair)) {
    throw wrongType(`readRepair is ${describe(readRepair)}; give 'blocking', 'async' or false`);
  }
  return {
    membership: readMembership(options, options.nodes, epoch),
    defaultTtl: readTtl(defaultTtl, 'defaultTtl', longest),
    maxTtl: longest,
    timeout: finite(timeout, 'timeout'),
    readRepair: readRepair === false ? 'off' : readRepair,
    hedge: readFlag(hedge, 'hedge'),
    token: readToken(options.token),
    near: readMethods(options.near, 'near', ['get', 'set', 'delete', 'clear'], 'a TTLCache'),
    codec: readMethods(options.codec, 'codec', ['encode', 'decode'], '{ encode, decode }'),
  };
}

/** Returns the nodes of an epoch and the quorums that `options` ask for. */
export function readMembership<V>(
  options: DistributedOptions<V>,
  nodes: DistributedOptions<V>['nodes'],
  epoch: number,
): Membership {
  const plans = readNodes(nodes, () => findWebSocket(options.WebSocket));
  return {
    nodes: plans,
    epoch: whole(epoch, 'epoch', 1, Number.MAX_SAFE_INTEGER),
    ...readQuorums(options, plans.length),
  };
}

/**
 * Throws a `RangeError` unless clients of `before` may go over to `next`: a higher epoch, or the
 * same one with the same nodes.
 */
export function checkSuccession(before: Membership, next: Membership): void {
  if (next.epoch < before.epoch) {
    throw outOfRange(`epoch ${next.epoch} is over; the present one is ${before.epoch}`);
  }
  const placement = ({ nodes }: Membership): string =>
    JSON.stringify(nodes.map(({ id, weight, zone }) => [id, weight, zone]).sort());
  if (next.epoch === before.epoch && placement(next) !== placement(before)) {
    throw outOfRange(
      `other nodes need another epoch than ${before.epoch}: raise it on every node first`,
    );
  }
}

/** Returns a TTL in milliseconds; it ends, and not later than the nodes allow. */
export function readTtl(ttl: Duration, name: string, maxTtl: number): number {
  const ms = milliseconds(ttl, name);
  if (ms > maxTtl) {
    throw outOfRange(
      `${name} is ${describe(ttl)}; replicas forget when an entry ends, so it has to: give at ` +
        `most maxTtl, ${maxTtl} ms`,
    );
  }
  // A life of a part of a millisecond is one.
  return Math.max(1, Math.round(ms));
}

/** Returns a span of milliseconds that ends. */
export function finite(span: Duration, name: string): number {
  const ms = milliseconds(span, name);
  if (ms === Infinity) {
    throw outOfRange(`${name} is Infinity; give one that ends`);
  }
  return ms;
}

/** Returns the error for what a quorum of plain nodes cannot do. */
export function unsupported(what: string, instead: string): CacheError {
  return new CacheError(
    'ERR_CACHE_UNSUPPORTED',
    `${what} needs a cluster that can compare and set, and these nodes do not; ${instead}`,
  );
}

function readQuorums<V>(options: DistributedOptions<V>, nodes: number): Quorums {
  const { replicationFactor = Math.min(3, nodes) } = options;
  const replicas = whole(replicationFactor, 'replicationFactor', 1, nodes);
  const { readQuorum = replicas < 3 ? 1 : 2 } = options;
  const read = whole(readQuorum, 'readQuorum', 1, replicas);
  const { writeQuorum = Math.max(replicas - read + 1, Math.floor(replicas / 2) + 1) } = options;
  const write = whole(writeQuorum, 'writeQuorum', 1, replicas);
  if (read + write <= replicas) {
    throw outOfRange(
      `readQuorum ${read} and writeQuorum ${write} of ${replicas} replicas: a read could miss ` +
        `every replica of a write; their sum has to be at least ${replicas + 1}`,
    );
  }
  if (2 * write <= replicas) {
    throw outOfRange(
      `writeQuorum ${write} of ${replicas} replicas: two writes could miss each other; give at ` +
        `least ${Math.floor(replicas / 2) + 1}`,
    );
  }
  return { replicas, read, write };
}

function readToken<V>(token: DistributedOptions<V>['token']): ClusterConfig<V>['token'] {
  const isText = typeof token === 'string' && /^[\x21-\x7e]+$/.test(token);
  if (token !== undefined && typeof token !== 'function' && !isText) {
    // Not shown: it may be a secret that was put in the wrong way.
    throw wrongType(
      'token is neither printable ASCII without spaces nor a function that resolves with that',
    );
  }
  return token;
}

/** Returns an object that has these methods, or throws. */
export function readMethods<T extends object>(
  given: T | undefined,
  name: string,
  methods: readonly string[],
  wanted: string,
): T | undefined {
  if (given === undefined) {
    return undefined;
  }
  const isObject = typeof given === 'object' && given !== null;
  const has = (method: string): boolean =>
    typeof (given as Record<string, unknown>)[method] === 'function';
  if (!isObject || !methods.every(has)) {
    throw wrongType(`${name} is ${describe(given)}; give ${wanted}`);
  }
  return given;
}
