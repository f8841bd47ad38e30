/** From what the coordinator says to errors that say what to do. */

import { CacheError, describe, outOfRange } from '../errors.js';
import { CacheConnectionError, CacheQuorumError, type NodeCause } from './cluster-errors.js';

/** What an operation of the coordinator rejects with. */
export type Failure =
  | {
      readonly kind: 'quorum';
      readonly isWrite: boolean;
      readonly required: number;
      readonly received: number;
      readonly causes: readonly NodeCause[];
    }
  | { readonly kind: 'ttl'; readonly maxTtlMs: number }
  | { readonly kind: 'timeout'; readonly maxOpMs: number }
  | { readonly kind: 'tooLarge'; readonly limit: number }
  | { readonly kind: 'closed' };

/** Returns the error for use after `close`. */
export function closedError(): CacheError {
  return new CacheError('ERR_CACHE_CLOSED', 'the cache is closed; make a new one');
}

/** Returns the error for a value that is larger than a node takes. */
export function tooLarge(key: string, bytes: number, limit: number): CacheConnectionError {
  return new CacheConnectionError(
    'ERR_CACHE_TOO_LARGE',
    `the value for ${describe(key)} is ${bytes} bytes long; nodes take ${limit}`,
    { key },
  );
}

/** Returns the error for a rejection of the coordinator; what is none of its own passes. */
export function errorOf(failure: unknown, key?: string): unknown {
  const about = key === undefined ? {} : { key };
  if (typeof failure !== 'object' || failure === null || failure instanceof Error) {
    return failure;
  }
  const known = failure as Failure;
  switch (known.kind) {
    case 'quorum': {
      const { isWrite, required, received, causes } = known;
      const operation = isWrite ? 'write' : 'read';
      const list = Object.freeze(causes.map((cause) => Object.freeze({ ...cause })));
      return new CacheQuorumError({ operation, required, received, causes: list }, about);
    }
    case 'ttl':
      return outOfRange(`the ttl is longer than the nodes allow: ${known.maxTtlMs} ms`);
    case 'timeout':
      return outOfRange(`the timeout is longer than the nodes allow: ${known.maxOpMs} ms`);
    case 'tooLarge':
      return new CacheConnectionError(
        'ERR_CACHE_TOO_LARGE',
        `nodes take ${known.limit} bytes and not more`,
        about,
      );
    case 'closed':
      return closedError();
    default:
      return failure;
  }
}
