/**
 * Keys and values over the slots of `src/js/local.rs`: the engine's lower half, which knows nothing
 * of misses, conditions and counters.
 *
 * Writes are one call into wasm. After it the *board*, a few words of wasm memory, says where the
 * records are now and which slots were given up; their keys and values are dropped here, and their
 * removal is noted for the callbacks. A record is two doubles wide: the deadline, then the mark.
 *
 * The board also names the next victims of LRU and FIFO, which Rust finds in batches. An insert
 * into a full cache takes the slot of the next one without a call, as long as nothing is weighed,
 * nothing is dead and the new deadline is not the earliest: {@link SlotTable.takeOver}.
 *
 * Keys and values alternate in `pairs`: slot s has its key at 2s and its value at 2s + 1; a free
 * slot has `undefined` at both. Fields are plain rather than `#private`, because every hit reads
 * several of them.
 */

import { LocalCore } from '../../target/wasm/core/core.js';
import type { Callbacks } from './callbacks.js';
import { askPlatform, now as platformNow, type MonotonicClock } from './clock.js';
import { closedError } from './closed-index.js';
import type { Row } from './extension.js';
import { hashOf } from './hash.js';
import { makeIndex, type KeyIndex } from './key-index.js';
import { doubles, refreshViews, words } from './memory.js';
import type { Config } from './options.js';
import { EvictionPolicy, type RemovalReason } from './types.js';

/** No slot: the entry was refused. */
export const NO_SLOT = 2 ** 32 - 1;

/** Stamps stay below this, to be small integers in every engine; as in `src/policy`. */
const STAMP_LIMIT = 2 ** 30;
/** Hits that fit the log of a policy that wants to hear of each; as in `src/js/local.rs`. */
const HIT_LOG = 1024;
/** The policies by number, as in `src/js/local.rs`. */
const POLICIES: readonly EvictionPolicy[] = [
  EvictionPolicy.LRU,
  EvictionPolicy.FIFO,
  EvictionPolicy.SIEVE,
  EvictionPolicy.LFU,
  EvictionPolicy.S3FIFO,
  EvictionPolicy.WTinyLFU,
  EvictionPolicy.Adaptive,
];
const LRU = 0;
const FIFO = 1;
const SIEVE = 2;
/** This one and those after it want to hear of each hit. */
const LFU = 3;
/** The reasons in the order of their numbers in `src/store/removal.rs`. */
const REASONS: readonly RemovalReason[] = ['evicted', 'expired'];

/** The words of the board, in the order of `Board` in `src/js/local.rs`. */
const RECORDS = 0;
const REMOVALS = 1;
const REMOVED = 2;
const LOGGED = 3;
const HELD = 4;
const CANDIDATES = 5;
const LEFT = 6;
const CUT = 7;
const EVICTED = 8;
/** The doubles of the board, likewise. */
const NEXT_DEADLINE = 5;
const DEADLINE_FLOOR = 6;
export const WEIGHT = 7;
export const EVICTIONS = 8;
export const EXPIRATIONS = 9;
/** A word again. */
const LOG = 20;

/** What `LocalCore.act` does, by the numbers of `src/js/local.rs`. */
const REMOVE = 0;
const EXPIRE = 1;
const REARM = 2;
const SWEEP = 3;
const CLEAR = 4;
const RENUMBER = 5;
export const SET_SWEEPING = 6;
export const ALIVE = 7;
export const BYTES = 8;
export const RESET_STATS = 9;
const DRAIN = 10;

/** Keys and values in slots. */
export class SlotTable<V> {
  readonly config: Config<V>;
  readonly core: LocalCore;
  readonly callbacks: Callbacks<V>;
  /** Its number in {@link POLICIES}. */
  readonly policy: number;
  readonly clock: MonotonicClock | undefined;
  /** Key to slot. */
  index: KeyIndex;
  readonly pairs: unknown[] = [];
  /** When each slot's value was set. */
  created: number[] = [];
  /** The TTL of each slot whose uses start its life anew, once there is one. */
  slides: (number | undefined)[] | undefined;
  /** The version of each slot, once somebody has asked for one. */
  versions: (number | undefined)[] | undefined;
  /** Counts the versions given out. */
  version = 0;
  /** Where the records begin, counted in doubles. */
  records = 0;
  /** Where the board is, counted in words. */
  readonly board: number;
  /** Where the hit log is, counted in words. */
  readonly log: number;
  /** The number of the next use or write. */
  stamp = 0;
  /** What keys are hashed with: nobody who chooses keys can choose their hashes. */
  readonly seed: number;
  /** Whether inserts may take over victims' slots: nothing is weighed, and there is a limit. */
  readonly takesOver: boolean;
  /**
   * Whether a hit is only a mark: LRU, which wants the stamp there, or SIEVE, which wants anything
   * but 0; the platform's clock, no copies, nothing slides.
   */
  fast: boolean;
  /** Whether a hit is only a word in the log: another policy, the rest as for {@link fast}. */
  fastLog: boolean;
  closed = false;

  constructor(config: Config<V>, callbacks: Callbacks<V>) {
    this.config = config;
    this.callbacks = callbacks;
    this.clock = config.clock;
    this.policy = POLICIES.indexOf(config.policy);
    this.core = new LocalCore(this.policy, Math.min(config.maxSize, NO_SLOT), config.maxWeight);
    this.board = this.core.board() >>> 2;
    // Where hits depend on hashes, they are to be had again with the same `random`.
    const random = this.policy > LFU ? config.random : Math.random;
    this.seed = (random() * 2 ** 32) | 0;
    this.index = makeIndex(config.maxSize, this.pairs, this.seed);
    this.takesOver =
      this.policy <= FIFO && config.weigh === undefined && config.maxSize !== Infinity;
    const isPlain = config.clock === undefined && config.clone === undefined;
    this.fast = isPlain && (this.policy === LRU || this.policy === SIEVE);
    this.fastLog = isPlain && this.policy >= LFU;
    if (config.sliding) {
      this.slide();
    }
    refreshViews();
    this.log = words[this.board + LOG]! >>> 2;
  }

  /** Returns the present moment on this cache's clock. */
  now(): number {
    return this.clock === undefined ? platformNow() : this.clock.now();
  }

  /** Returns an entry as extensions see it. */
  rowOf(key: string, value: V, slot: number): Row<V> {
    const deadline = this.deadlineOf(slot);
    // LRU and FIFO have an order of their own: the stamp beside the deadline.
    const order = this.policy <= FIFO ? words[2 * (this.records + 2 * slot) + 2]! : 0;
    return [key, value, this.created[slot]!, deadline, this.slides?.[slot], order];
  }

  /** Throws `ERR_CACHE_CLOSED` if this cache is closed. */
  checkOpen(): void {
    if (this.closed) {
      throw closedError();
    }
  }

  /** Returns the present moment, asked for: a life that begins now begins at no kept answer. */
  askNow(): number {
    return this.clock === undefined ? askPlatform() : this.clock.now();
  }

  /** Yields the live entries, the stored values themselves, and their slots. */
  *alive(): IterableIterator<[string, V, number]> {
    this.checkOpen();
    for (let slot = 0; 2 * slot < this.pairs.length; slot++) {
      const key = this.pairs[2 * slot];
      if (key !== undefined && this.deadlineOf(slot) > this.now()) {
        yield [key as string, this.pairs[2 * slot + 1] as V, slot];
      }
    }
  }

  /** Notes a use, as the policy wants it, and starts the life of what slides anew. */
  protected use(slot: number, now: number): void {
    const span = this.slides?.[slot];
    if (span !== undefined) {
      this.rearm(slot, now + span);
    }
    const stamp = this.nextStamp();
    refreshViews();
    if (this.policy >= LFU) {
      this.noteInLog(slot);
    } else if (this.policy !== FIFO) {
      words[2 * (this.records + 2 * slot) + 2] = this.policy === LRU ? stamp : 1;
    }
  }

  /** Notes a hit in the log, whose views are fresh. */
  protected noteInLog(slot: number): void {
    const logged = words[this.board + LOGGED]!;
    words[this.log + logged] = slot;
    words[this.board + LOGGED] = logged + 1;
    if (logged + 1 === HIT_LOG) {
      this.core.act(DRAIN, 0, 0);
    }
  }

  protected insert(key: string, value: V, now: number, deadline: number, weight: number): number {
    const stamp = this.nextStamp();
    const hash = this.policy > LFU ? hashOf(key, this.seed) : undefined;
    let slot = this.takesOver ? this.takeOver(stamp, now, deadline) : NO_SLOT;
    if (slot === NO_SLOT) {
      slot = this.core.insert(hash ?? 0, stamp, now, deadline, weight);
      this.playRemovals();
    }
    if (slot !== NO_SLOT) {
      this.pairs[2 * slot] = key;
      this.pairs[2 * slot + 1] = value;
      this.index.put(key, slot, hash);
    }
    return slot;
  }

  /**
   * Gives the slot of the next victim to a new entry, as `Slots::insert` would, and returns it;
   * `NO_SLOT` if that takes a call. O(1), skipping candidates that have been used.
   */
  protected takeOver(stamp: number, now: number, deadline: number): number {
    refreshViews();
    const { board } = this;
    const times = board >>> 1;
    if (
      words[board + HELD] !== this.config.maxSize ||
      !(now < doubles[times + NEXT_DEADLINE]!) ||
      deadline < doubles[times + DEADLINE_FLOOR]!
    ) {
      return NO_SLOT;
    }
    const candidates = words[board + CANDIDATES]! >>> 2;
    const cut = words[board + CUT]!;
    let left = words[board + LEFT]!;
    while (left !== 0) {
      const slot = words[candidates + --left]!;
      const at = this.records + 2 * slot;
      if (words[2 * at + 2]! <= cut) {
        words[board + LEFT] = left;
        words[board + EVICTED]!++;
        this.dropEvicted(slot);
        doubles[at] = deadline;
        words[2 * at + 2] = stamp;
        return slot;
      }
    }
    words[board + LEFT] = 0;
    return NO_SLOT;
  }

  private dropEvicted(slot: number): void {
    const key = this.pairs[2 * slot] as string;
    this.index.delete(key, slot);
    this.callbacks.note(key, this.pairs[2 * slot + 1] as V, 'evicted');
  }

  protected replace(
    key: string,
    value: V,
    slot: number,
    now: number,
    deadline: number,
    weight: number,
  ): number {
    const kept = this.core.replace(slot, this.nextStamp(), now, deadline, weight);
    this.playRemovals();
    this.callbacks.note(key, this.pairs[2 * slot + 1] as V, 'replaced');
    if (kept) {
      this.pairs[2 * slot + 1] = value;
      return slot;
    }
    this.index.delete(key, slot);
    this.forgetPair(slot);
    return NO_SLOT;
  }

  protected removeSlot(key: string, slot: number, reason: RemovalReason): void {
    this.index.delete(key, slot);
    this.core.act(reason === 'expired' ? EXPIRE : REMOVE, slot, 0);
    this.callbacks.note(key, this.pairs[2 * slot + 1] as V, reason);
    this.forgetPair(slot);
  }

  /** Reads the board after a call into wasm: drops what was given up, notes where things are. */
  protected playRemovals(): void {
    refreshViews();
    const { board, pairs } = this;
    this.records = words[board + RECORDS]! >>> 3;
    const removed = words[board + REMOVED]!;
    for (let at = words[board + REMOVALS]! >>> 2, n = 0; n < removed; n++, at += 2) {
      const slot = words[at]!;
      const key = pairs[2 * slot] as string;
      this.index.delete(key, slot);
      this.callbacks.note(key, pairs[2 * slot + 1] as V, REASONS[words[at + 1]!]!);
      this.forgetPair(slot);
    }
  }

  protected forgetPair(slot: number): void {
    this.pairs[2 * slot] = undefined;
    this.pairs[2 * slot + 1] = undefined;
  }

  protected forgetAll(): void {
    this.core.act(CLEAR, 0, 0);
    this.index.clear();
    this.pairs.length = 0;
    this.created = [];
    this.slides &&= [];
    this.versions &&= [];
  }

  protected nextStamp(): number {
    if (this.stamp >= STAMP_LIMIT) {
      this.stamp = this.core.act(RENUMBER, 0, 0);
    }
    return this.stamp++;
  }

  /** Moves the deadline of the entry in `slot`. */
  protected rearm(slot: number, deadline: number): void {
    this.core.act(REARM, slot, deadline);
  }

  /** Makes one step of the sweep; whether there may be more to free. */
  protected sweepStep(): boolean {
    const more = this.core.act(SWEEP, 0, this.now()) !== 0;
    this.playRemovals();
    if (words[this.board + HELD] === 0) {
      this.forgetAll();
    }
    return more;
  }

  /** Returns how many milliseconds are left until something may be dead. */
  untilNextDeadline(): number {
    return this.posted(NEXT_DEADLINE) - this.now();
  }

  /** Returns a number of the board, which lags behind what the engine has done by itself. */
  protected posted(at: number): number {
    refreshViews();
    return doubles[(this.board >>> 1) + at]!;
  }

  protected deadlineOf(slot: number): number {
    refreshViews();
    return doubles[this.records + 2 * slot]!;
  }

  protected valueOf(slot: number): V {
    const value = this.pairs[2 * slot + 1] as V;
    return this.config.clone === undefined ? value : this.config.clone(value);
  }

  protected slide(): (number | undefined)[] {
    this.fast = false;
    this.fastLog = false;
    return (this.slides ??= []);
  }
}
