/** The numbers by which `src/ts/slot-table.ts` and `src/js/local.rs` understand one another. */

import { EvictionPolicy, type RemovalReason } from './types.js';

/** No slot: the entry was refused. */
export const NO_SLOT = 2 ** 32 - 1;

/** Stamps stay below this, to be small integers in every engine; as in `src/policy`. */
export const STAMP_LIMIT = 2 ** 30;
/** Hits that fit the log of a policy that wants to hear of them; as in `src/js/local.rs`. */
export const HIT_LOG = 64;
/** The policies by number, as in `src/js/local.rs`. */
export const POLICIES: readonly EvictionPolicy[] = [
  EvictionPolicy.LRU,
  EvictionPolicy.FIFO,
  EvictionPolicy.SIEVE,
  EvictionPolicy.LFU,
  EvictionPolicy.S3FIFO,
  EvictionPolicy.WTinyLFU,
  EvictionPolicy.Adaptive,
];
export const LRU = 0;
export const FIFO = 1;
export const SIEVE = 2;
/** This one and those after it want to hear of each hit. */
export const LFU = 3;
/** The reasons in the order of their numbers in `src/store/removal.rs`. */
export const REASONS: readonly RemovalReason[] = ['evicted', 'expired'];

/** The words of the board, in the order of `Board` in `src/js/local.rs`. */
export const RECORDS = 0;
export const REMOVALS = 1;
export const REMOVED = 2;
export const LOGGED = 3;
export const HELD = 4;
export const CANDIDATES = 5;
export const LEFT = 6;
export const CUT = 7;
export const EVICTED = 8;
/** The doubles of the board, likewise. */
export const NEXT_DEADLINE = 5;
export const DEADLINE_FLOOR = 6;
export const WEIGHT = 7;
export const EVICTIONS = 8;
export const EXPIRATIONS = 9;
/** A word again. */
export const LOG = 20;
export const PERIOD = 21;
export const PERIOD_END = 22;

/** Hits of marks with these bits, and with the board's period above them, change nothing. */
export const SETTLED = 3 << 4;
export const SETTLED_SHIFT = 13;

/** What `LocalCore.act` does, by the numbers of `src/js/local.rs`. */
export const REMOVE = 0;
export const EXPIRE = 1;
export const REARM = 2;
export const SWEEP = 3;
export const CLEAR = 4;
export const RENUMBER = 5;
export const SET_SWEEPING = 6;
export const ALIVE = 7;
export const BYTES = 8;
export const DRAIN = 10;
