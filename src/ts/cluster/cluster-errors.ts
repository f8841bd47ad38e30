/** What can go wrong between a client and its nodes. */

import { branded, CacheError, type CacheErrorOptions } from '../errors.js';

/** Why a node did not count. */
export interface NodeCause {
  /** Which node. */
  readonly node: string;
  /**
   * It did not answer in time, had not answered yet when the others had failed (`pending`),
   * refused, had too much to do, does not let this client in (`auth`), has a clock that is too far
   * off, is in another epoch, or there is no link to it (`open`).
   */
  readonly state: 'timeout' | 'pending' | 'refused' | 'busy' | 'auth' | 'clock' | 'epoch' | 'open';
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

/** The code of each state, what it means, and what to do. */
const STATES: Readonly<Record<NodeCause['state'], readonly [`ERR_CACHE_${string}`, string]>> = {
  timeout: ['ERR_CACHE_CONNECTION', 'did not answer in time'],
  pending: ['ERR_CACHE_CONNECTION', 'was not waited for, as the others had failed already'],
  refused: [
    'ERR_CACHE_CONNECTION',
    'refused; it has just started, knows something newer, or has reached a limit',
  ],
  busy: ['ERR_CACHE_BUSY', 'has too much to do; send less at once, or try again later'],
  auth: [
    'ERR_CACHE_AUTH',
    'wants another token, or another origin of the page; see the option token here and the ' +
      'options tokens and origins there',
  ],
  clock: ['ERR_CACHE_CLOCK', 'has a clock that is too far off; set the clocks by NTP'],
  epoch: ['ERR_CACHE_EPOCH', 'is in another epoch; reconfigure(nodes, epoch) with its epoch'],
  open: ['ERR_CACHE_CONNECTION', 'cannot be reached; see that it runs at this address'],
};

function nodeError({ node, state, ms }: NodeCause): CacheConnectionError {
  const message = `${node} ${meaningOf(state)} (${Math.round(ms)} ms)`;
  return new CacheConnectionError(STATES[state][0], message, { node });
}

/** Returns what a state means, and what to do. A page is not told why it got no connection. */
function meaningOf(state: NodeCause['state']): string {
  const origin = (globalThis as { location?: { origin?: string } }).location?.origin;
  const isPage = state === 'open' && origin !== undefined && origin !== 'null';
  const also = isPage ? `, and that its option origins lists ${origin}` : '';
  return STATES[state][1] + also;
}

function quorumMessage({ operation, required, received, causes }: QuorumFailure): string {
  const reasons = causes.map(({ node, state }) => `${node} ${meaningOf(state)}`);
  const tail = operation === 'write' ? '. The write may have acted all the same' : '';
  const told = reasons.length === 0 ? '' : `: ${reasons.join('. ')}`;
  return `${received} of ${required} nodes that a ${operation} needs have answered${told}${tail}`;
}
