/** What can go wrong between a client and its nodes. */

import { branded, CacheError, type CacheErrorOptions } from '../errors.js';

/** Why a node did not count. */
export interface NodeCause {
  /** Which node. */
  readonly node: string;
  /**
   * It did not answer in time, refused, had too much to do, wants another token, has a clock that
   * is too far off, is in another epoch, or there is no link to it (`open`).
   */
  readonly state: 'timeout' | 'refused' | 'busy' | 'auth' | 'clock' | 'epoch' | 'open';
  /** Milliseconds from the question until that was known. */
  readonly ms: number;
}

/** One node does not do what it is asked for; the `code` says why. */
export class CacheConnectionError extends CacheError {
  /** Which node, where it is one. */
  declare readonly node?: string;

  constructor(
    code: `ERR_CACHE_${string}`,
    message: string,
    options: CacheErrorOptions & { readonly node?: string } = {},
  ) {
    super(code, message, options);
    if (options.node !== undefined) {
      this.node = options.node;
    }
  }

  static {
    branded(this, 'CacheConnectionError');
  }
}

/** What a quorum error is made of. */
export interface QuorumFailure {
  /** What was to be done. */
  readonly operation: 'read' | 'write';
  /** How many answers were needed. */
  readonly required: number;
  /** How many there were. */
  readonly received: number;
  /** Why not more. */
  readonly causes: readonly NodeCause[];
}

/** Too few replicas answered (`ERR_CACHE_QUORUM`); the `cause` has an error for each node. */
export class CacheQuorumError extends CacheConnectionError {
  /** What was to be done. */
  readonly operation: 'read' | 'write';
  /** How many answers were needed. */
  readonly required: number;
  /** How many there were. */
  readonly received: number;
  /** Whether it may have acted all the same, or may yet: so it is with writes. */
  readonly indeterminate: boolean;
  /** Why each node that was asked did not count. */
  readonly causes: readonly NodeCause[];

  constructor(failure: QuorumFailure, options: CacheErrorOptions = {}) {
    const { operation, required, received, causes } = failure;
    super('ERR_CACHE_QUORUM', quorumMessage(failure), {
      cause: new AggregateError(causes.map(nodeError), 'why nodes did not count'),
      ...options,
    });
    this.operation = operation;
    this.required = required;
    this.received = received;
    this.indeterminate = operation === 'write';
    this.causes = causes;
  }

  static {
    branded(this, 'CacheQuorumError');
  }
}

/** A value that the codec cannot carry, or bytes it cannot read (`ERR_CACHE_SERIALIZATION`). */
export class CacheSerializationError extends CacheError {
  static {
    branded(this, 'CacheSerializationError');
  }
}

/** A loader took longer than its `timeout` (`ERR_CACHE_LOAD_TIMEOUT`); its own errors pass. */
export class CacheLoadError extends CacheError {
  static {
    branded(this, 'CacheLoadError');
  }
}

/** The code of each state, what it means, and what to do. */
const STATES: Readonly<Record<NodeCause['state'], readonly [`ERR_CACHE_${string}`, string]>> = {
  timeout: ['ERR_CACHE_CONNECTION', 'did not answer in time'],
  refused: [
    'ERR_CACHE_CONNECTION',
    'refused; it has just started, knows something newer, or has reached a limit',
  ],
  busy: ['ERR_CACHE_BUSY', 'has too much to do; send less at once, or try again later'],
  auth: ['ERR_CACHE_AUTH', 'wants another token; see the option token'],
  clock: ['ERR_CACHE_CLOCK', 'has a clock that is too far off; set the clocks by NTP'],
  epoch: ['ERR_CACHE_EPOCH', 'is in another epoch; reconfigure(nodes, epoch) with its epoch'],
  open: ['ERR_CACHE_CONNECTION', 'cannot be reached; see that it runs at this address'],
};

function nodeError({ node, state, ms }: NodeCause): CacheConnectionError {
  const [code, meaning] = STATES[state];
  return new CacheConnectionError(code, `${node} ${meaning} (${Math.round(ms)} ms)`, { node });
}

function quorumMessage({ operation, required, received, causes }: QuorumFailure): string {
  const reasons = causes.map(({ node, state }) => `${node} ${STATES[state][1]}`);
  const tail = operation === 'write' ? '. The write may have acted all the same' : '';
  const told = reasons.length === 0 ? '' : `: ${reasons.join('. ')}`;
  return `${received} of ${required} nodes that a ${operation} needs have answered${told}${tail}`;
}
