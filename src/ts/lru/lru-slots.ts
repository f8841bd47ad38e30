/**
 * The slots of one `LRUCache`: keys of any type, no deadlines.
 *
 * lru-cache keeps an entry that is stale until somebody meets it, and lets it be evicted in its
 * turn. So ages are the business of `ages.ts`, and as far as the engine knows all live for ever.
 */

import { LFU, NO_SLOT, REMOVE } from '../board.js';
import { Callbacks } from '../callbacks.js';
import type { KeyIndex } from '../key-index.js';
import { refreshViews, words } from '../memory.js';
import { readOptions } from '../options.js';
import { SlotTable } from '../slot-table.js';
import { EvictionPolicy } from '../types.js';
import { AnyIndex } from './any-index.js';

/** What the slots tell of who leaves by the policy's choice; the slot still has its pair. */
export type Leaving = (slot: number) => void;

/** Pairs in slots, in the order of their use. */
export class LruSlots extends SlotTable<unknown> {
  /** How many pairs are held. */
  held = 0;
  readonly #leaving: Leaving;
  readonly #isOrdered: boolean;
  readonly #marksOnly: boolean;

  constructor(
    max: number,
    maxWeight: number | undefined,
    policy: EvictionPolicy,
    leaving: Leaving,
  ) {
    const config = readOptions({
      ...(max !== 0 && { maxSize: max }),
      ...(maxWeight !== undefined && { maxWeight, weigh: () => 1 }),
      defaultTtl: Infinity,
      evictionPolicy: policy,
    });
    super(config, new Callbacks(config));
    this.#leaving = leaving;
    this.#isOrdered = policy === EvictionPolicy.LRU || policy === EvictionPolicy.FIFO;
    this.#marksOnly = policy === EvictionPolicy.LRU && maxWeight === undefined;
  }

  /** Returns the slot of `key`, which may be of any type. */
  find(key: unknown): number | undefined {
    return this.index.find(key as string);
  }

  /** Returns the key in `slot`, `undefined` if it is free. */
  keyAt(slot: number): unknown {
    return this.pairs[2 * slot];
  }

  /** Returns what is kept in `slot`. */
  valueAt(slot: number): unknown {
    return this.pairs[2 * slot + 1];
  }

  /** Puts something else into `slot`, which is no use of it. */
  setValueAt(slot: number, value: unknown): void {
    this.pairs[2 * slot + 1] = value;
  }

  /** Notes a use. */
  useSlot(slot: number): void {
    this.use(slot, 0);
  }

  /** Gives a pair that is not held a slot; `undefined` if the policy refuses it. */
  add(key: unknown, value: unknown, weight: number): number | undefined {
    const slot = this.insert(key as string, value, 0, Infinity, weight);
    if (slot === NO_SLOT) {
      return undefined;
    }
    this.held++;
    return slot;
  }

  /** Gives a held pair another value and weight; whether the policy keeps it. */
  exchange(slot: number, value: unknown, weight: number): boolean {
    if (this.#marksOnly) {
      this.use(slot, 0);
      this.setValueAt(slot, value);
      return true;
    }
    const key = this.keyAt(slot) as string;
    const kept = this.replace(key, value, slot, 0, Infinity, weight) !== NO_SLOT;
    if (!kept) {
      this.held--;
    }
    return kept;
  }

  /** Frees `slot`; nobody is told. */
  free(slot: number): void {
    const key = this.keyAt(slot) as string;
    this.core.act(REMOVE, slot, 0);
    this.index.delete(key, slot);
    this.forgetPair(slot);
    this.held--;
  }

  /** Frees all slots; nobody is told. */
  freeAll(): void {
    this.forgetAll();
    this.held = 0;
  }

  /**
   * Returns the slots that are held, the one used longest ago first; in no order under a policy
   * that has none. O(n log n).
   */
  inOrder(): number[] {
    const slots: number[] = [];
    for (let slot = 0; 2 * slot < this.pairs.length; slot++) {
      if (this.pairs[2 * slot] !== undefined) {
        slots.push(slot);
      }
    }
    if (this.#isOrdered) {
      refreshViews();
      slots.sort((one, other) => this.#markOf(one) - this.#markOf(other));
    }
    return slots;
  }

  /** Returns the slot used longest ago, `undefined` if none is held. O(n). */
  oldest(): number | undefined {
    refreshViews();
    let oldest: number | undefined;
    for (let slot = 0; 2 * slot < this.pairs.length; slot++) {
      if (this.pairs[2 * slot] !== undefined) {
        const isOlder = oldest === undefined || this.#markOf(slot) < this.#markOf(oldest);
        oldest = isOlder ? slot : oldest;
      }
    }
    return oldest;
  }

  /** As far as the engine knows nothing slides. */
  protected override rearm(): void {
    // Ages are the business of `ages.ts`.
  }

  protected override makeIndex(maxSize: number): KeyIndex {
    return new AnyIndex(maxSize, this.pairs, this.seed, this.policy >= LFU);
  }

  protected override dropEvicted(slot: number, hash: number): void {
    const key = this.pairs[2 * slot] as string;
    this.held--;
    this.#leaving(slot);
    this.index.delete(key, slot, hash);
  }

  protected override drop(key: string, slot: number): void {
    this.held--;
    this.#leaving(slot);
    this.index.delete(key, slot);
    this.forgetPair(slot);
  }

  #markOf(slot: number): number {
    return words[2 * (this.records + 2 * slot) + 2]!;
  }
}
