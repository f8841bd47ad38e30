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
 * Keys and values alternate in `pairs`: slot s has its key at 2s and its value at 2s + 1, a free
 * one `undefined` at both. Fields are not `#private`, because every hit reads several of them.
 */

import { LocalCore } from '../../target/wasm/core/core.js';
import {
  CANDIDATES,
  CLEAR,
  CUT,
  DEADLINE_FLOOR,
  DRAIN,
  EVICTED,
  EXPIRE,
  FIFO,
  HELD,
  HIT_LOG,
  LEFT,
  LFU,
  LOG,
  LOGGED,
  LRU,
  NEXT_DEADLINE,
  NO_SLOT,
  PERIOD,
  PERIOD_END,
  POLICIES,
  REASONS,
  RECORDS,
  REMOVALS,
  REMOVE,
  REMOVED,
  RENUMBER,
  SETTLED,
  SETTLED_SHIFT,
  SIEVE,
  STAMP_LIMIT,
  SWEEP,
} from './board.js';
import type { Callbacks } from './callbacks.js';
import { now as platformNow, type MonotonicClock } from './clock.js';
import type { Extra } from './extra.js';
import { hashOf } from './hash.js';
import { makeIndex, type KeyIndex } from './key-index.js';
import { doubles, refreshViews, words } from './memory.js';
import type { Config } from './options.js';
import type { RemovalReason } from './types.js';

/** Keys and values in slots. */
export abstract class SlotTable<V> {
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
  /** What few entries have besides, once one has it: a sparse array by slot. */
  extras: (Extra | undefined)[] | undefined;
  /** The slots of each tag. */
  readonly tagged = new Map<string, Set<number>>();
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
   * but 0; the platform's clock, no copies, nothing slides or is stale, nobody hears of hits.
   */
  fast = false;
  /** Whether a hit is only a word in the log: another policy, the rest as for {@link fast}. */
  fastLog = false;
  /** Whether some entry has slid, or stayed beyond its freshness: then a hit is never plain. */
  isLasting = false;
  /** Whether some entry has had more than a deadline, or somebody hears of writes. */
  keepsMore = false;
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
    const { storage, maxSize } = config;
    this.index = storage?.open() ?? this.makeIndex(maxSize);
    const isWeighed = config.weigh !== undefined || storage !== undefined;
    this.takesOver = this.policy <= SIEVE && !isWeighed && maxSize !== Infinity;
    callbacks.onHeard = () => {
      this.tune();
    };
    this.tune();
    refreshViews();
    this.log = words[this.board + LOG]! >>> 2;
  }

  /** Returns an index of keys for at most `maxSize` entries. */
  protected makeIndex(maxSize: number): KeyIndex {
    return makeIndex(maxSize, this.pairs, this.seed);
  }

  /** Says which hits are plain. */
  tune(): void {
    const { clock, clone } = this.config;
    const isPlain = clock === undefined && clone === undefined && !this.isLasting && !this.closed;
    this.fast = isPlain && !this.callbacks.heard && (this.policy === LRU || this.policy === SIEVE);
    this.fastLog = isPlain && !this.callbacks.heard && this.policy >= LFU;
    this.keepsMore ||= this.callbacks.heard;
  }

  /** Returns the present moment on this cache's clock. */
  now(): number {
    return this.clock === undefined ? platformNow() : this.clock.now();
  }

  /** Moves the end of the freshness of the entry in `slot`, and the windows behind it. */
  protected abstract rearm(slot: number, deadline: number): void;

  /** Notes a use, as the policy wants it, and starts the life of what slides anew. */
  protected use(slot: number, now: number, slides = true): void {
    const slide = this.extras?.[slot]?.slide ?? 0;
    if (slides && slide !== 0) {
      this.rearm(slot, now + slide);
    }
    const stamp = this.nextStamp();
    refreshViews();
    if (this.policy >= LFU) {
      this.noteInLog(slot, stamp);
    } else if (this.policy !== FIFO) {
      words[2 * (this.records + 2 * slot) + 2] = this.policy === LRU ? stamp : 1;
    }
  }

  /** Notes a hit in the log unless it is none that the policy wants; views are fresh. */
  protected noteInLog(slot: number, stamp: number): void {
    const { board } = this;
    const mark = words[2 * (this.records + 2 * slot) + 2]!;
    const isPast = stamp >= words[board + PERIOD_END]!;
    const isRecent = mark >>> SETTLED_SHIFT === words[board + PERIOD] && !isPast;
    if (isRecent && (mark & SETTLED) === SETTLED) {
      return;
    }
    const logged = words[board + LOGGED]!;
    const at = this.log + 2 * logged;
    words[at] = slot;
    words[at + 1] = stamp;
    words[board + LOGGED] = logged + 1;
    if (logged + 1 === HIT_LOG || isPast) {
      this.core.act(DRAIN, 0, 0);
    }
  }

  protected insert(
    key: string,
    value: unknown,
    now: number,
    deadline: number,
    weight: number,
  ): number {
    const stamp = this.nextStamp();
    // For the index or for the policy, which keeps it in the slot's record.
    const hash = this.index.hash?.(key) ?? (this.policy > LFU ? hashOf(key, this.seed) : undefined);
    let slot = this.takesOver ? this.takeOver(stamp, now, deadline, hash) : NO_SLOT;
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
  protected takeOver(stamp: number, now: number, deadline: number, hash?: number): number {
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
        this.dropEvicted(slot, words[2 * at + 3]!);
        doubles[at] = deadline;
        words[2 * at + 2] = this.policy === SIEVE ? 0 : stamp;
        // A word that nobody reads where there is none.
        words[2 * at + 3] = hash!;
        return slot;
      }
      if (this.policy === SIEVE) {
        words[2 * at + 2] = 0;
        words[candidates + left] = ~slot;
      }
    }
    words[board + LEFT] = 0;
    return NO_SLOT;
  }

  protected dropEvicted(slot: number, hash: number): void {
    const key = this.pairs[2 * slot] as string;
    this.index.delete(key, slot, hash);
    this.callbacks.note(key, this.pairs[2 * slot + 1] as V, 'evicted');
    if (this.extras !== undefined) {
      this.dropExtra(slot);
    }
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
    this.core.act(reason === 'expired' ? EXPIRE : REMOVE, slot, 0);
    this.drop(key, slot, reason);
  }

  /** Reads the board after a call into wasm: drops what was given up, notes where things are. */
  protected playRemovals(): void {
    refreshViews();
    const { board, pairs } = this;
    this.records = words[board + RECORDS]! >>> 3;
    const removed = words[board + REMOVED]!;
    for (let at = words[board + REMOVALS]! >>> 2, n = 0; n < removed; n++, at += 2) {
      const slot = words[at]!;
      this.drop(pairs[2 * slot] as string, slot, REASONS[words[at + 1]!]!);
    }
  }

  /** Forgets the pair of a slot that was given up, and notes why. */
  protected drop(key: string, slot: number, reason: RemovalReason): void {
    this.index.delete(key, slot);
    this.callbacks.note(key, this.stored(slot), reason);
    this.forgetPair(slot);
  }

  protected forgetPair(slot: number): void {
    this.pairs[2 * slot] = undefined;
    this.pairs[2 * slot + 1] = undefined;
    this.dropExtra(slot);
  }

  protected dropExtra(slot: number): void {
    if (this.extras === undefined) {
      return;
    }
    for (const tag of this.extras[slot]?.tags ?? []) {
      const slots = this.tagged.get(tag);
      if (slots?.delete(slot) === true && slots.size === 0) {
        this.tagged.delete(tag);
      }
    }
    this.extras[slot] = undefined;
  }

  protected forgetAll(): void {
    this.core.act(CLEAR, 0, 0);
    this.index.clear();
    this.pairs.length = 0;
    this.created = [];
    this.extras &&= [];
    this.tagged.clear();
    this.versions &&= [];
  }

  protected nextStamp(): number {
    if (this.stamp >= STAMP_LIMIT) {
      this.stamp = this.core.act(RENUMBER, 0, 0);
    }
    return this.stamp++;
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

  /** Returns the key in `slot`, if it holds one. */
  protected keyIn(slot: number): string | undefined {
    return this.pairs[2 * slot] as string | undefined;
  }

  /** Returns the value in `slot` itself; `undefined` for a kept error. */
  protected stored(slot: number): V {
    return this.pairs[2 * slot + 1] as V;
  }

  /** Returns when the entry in `slot` stops being fresh: its deadline, unless windows follow. */
  protected freshUntil(slot: number): number {
    return this.extras?.[slot]?.fresh ?? this.deadlineOf(slot);
  }

  /** Returns a number by which entries leave, the lowest first; 0 where there is no such order. */
  protected orderOf(slot: number): number {
    // LRU and FIFO have the stamp beside the deadline.
    return this.policy <= FIFO ? words[2 * (this.records + 2 * slot) + 2]! : 0;
  }

  /** Returns what is given out for a value. */
  copy(value: V): V {
    const { clone } = this.config;
    return clone === undefined || value === undefined ? value : clone(value);
  }

  protected valueOf(slot: number): V {
    return this.copy(this.stored(slot));
  }
}
