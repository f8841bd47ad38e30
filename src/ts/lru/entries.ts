/**
 * What `LRUCache` does to its entries: slots, ages and sizes kept in step.
 *
 * A slot holds a value, or a {@link Pending} fetch that stands for the value it had before. All
 * options are given in full; which one comes first is the business of `lru-cache.ts`.
 */

import { wrongType } from '../errors.js';
import type { EvictionPolicy } from '../types.js';
import { startWasmSync } from '../wasm.js';
import { Ages } from './ages.js';
import { LruSlots } from './lru-slots.js';
import { Pending } from './pending.js';
import { Told } from './told.js';
import type { DisposeReason, LRUOptions, SizeCalculator } from './types.js';

/** The options of a `set`, each of them looked up. */
export interface AnySetOptions<K, V> {
  ttl: number;
  noDisposeOnSet: boolean;
  noUpdateTTL: boolean;
  sizeCalculation: SizeCalculator<K, V> | undefined;
  start?: number | undefined;
  size?: number | undefined;
}

/** The entries of one cache. */
export class Entries<K, V> {
  readonly slots: LruSlots;
  readonly ages: Ages;
  readonly told: Told<K, V>;
  /** The sum of all sizes. */
  weight = 0;
  readonly isSized: boolean;
  readonly #sizes: number[] = [];

  constructor(
    options: Omit<LRUOptions<K, V>, 'fetchMethod' | 'memoMethod'>,
    policy: EvictionPolicy,
    perf: { now(): number },
    isSized: boolean,
  ) {
    const { max = 0, maxSize = 0, ttl, ttlAutopurge } = options;
    startWasmSync();
    this.isSized = isSized;
    const weighed = maxSize === 0 ? undefined : maxSize;
    this.slots = new LruSlots(max, weighed, policy, (slot) => {
      this.#evicted(slot);
    });
    const purge = (slot: number): void => {
      this.delete(this.keyAt(slot), 'expire');
    };
    this.ages = new Ages(!!ttl, perf, ttlAutopurge === true ? purge : undefined);
    this.told = new Told(options.dispose, options.disposeAfter, options.onInsert);
  }

  keyAt(slot: number): K {
    return this.slots.keyAt(slot) as K;
  }

  /** Returns the value in `slot`; of a fetch under way the one before. */
  valueAt(slot: number): V | undefined {
    const kept = this.keptAt(slot);
    return kept instanceof Pending ? kept.stale : kept;
  }

  /** Returns what is in `slot`. */
  keptAt(slot: number): V | Pending<V> {
    return this.slots.valueAt(slot) as V | Pending<V>;
  }

  sizeAt(slot: number): number {
    return this.#sizes[slot] ?? 0;
  }

  /** Returns what a value weighs, 0 where nothing is weighed. */
  sizeOf(
    key: K,
    kept: V | Pending<V>,
    size: number | undefined,
    calculate: SizeCalculator<K, V> | undefined,
    pendingSize: number,
  ): number {
    if (!this.isSized) {
      if (size || calculate) {
        throw wrongType('cannot set size without setting maxSize or maxEntrySize on cache');
      }
      return 0;
    }
    if (isPositive(size)) {
      return size;
    }
    if (kept instanceof Pending) {
      return pendingSize;
    }
    if (typeof calculate !== 'function') {
      throw wrongType(
        calculate
          ? 'sizeCalculation must be a function'
          : 'give size or sizeCalculation, a positive integer, beside maxSize or maxEntrySize',
      );
    }
    const calculated = calculate(kept, key);
    if (!isPositive(calculated)) {
      throw wrongType(`sizeCalculation gave ${String(calculated)}; give a positive integer`);
    }
    return calculated;
  }

  /** Stores a value or a fetch of `size`; `ended` is the fetch that brings the value. */
  put(
    key: K,
    kept: V | Pending<V>,
    size: number,
    options: AnySetOptions<K, V>,
    ended?: Pending<V>,
  ): void {
    const { ages } = this;
    if (key === undefined) {
      throw wrongType('undefined is no key');
    }
    let slot = this.slots.find(key);
    let { noUpdateTTL } = options;
    if (slot === undefined) {
      noUpdateTTL = false;
      slot = this.slots.add(key, kept, size);
      if (slot === undefined) {
        return;
      }
      this.#weigh(slot, size);
      if (!(kept instanceof Pending)) {
        this.told.came(kept, key, 'add');
      }
    } else if (!this.#exchange(slot, key, kept, size, options.noDisposeOnSet, ended)) {
      return;
    }
    ages.isTracking ||= options.ttl !== 0;
    if (ages.isTracking && !noUpdateTTL) {
      ages.begin(slot, options.ttl, options.start);
    }
  }

  /** Removes `key`; whether it was held. */
  delete(key: K, reason: DisposeReason): boolean {
    const slot = this.slots.find(key);
    if (slot !== undefined) {
      this.#leave(slot, key, reason, 'deleted');
      this.slots.free(slot);
    }
    this.told.tell();
    return slot !== undefined;
  }

  /** Removes everything. */
  clear(): void {
    for (const slot of this.slots.inOrder()) {
      this.#leave(slot, this.keyAt(slot), 'delete', 'deleted');
    }
    this.slots.freeAll();
    this.told.tell();
  }

  /** Evicts the oldest and returns its value, or that of the next that has one. */
  pop(): V | undefined {
    let value: V | undefined;
    while (value === undefined) {
      const slot = this.slots.oldest();
      if (slot === undefined) {
        break;
      }
      value = this.valueAt(slot);
      this.#leave(slot, this.keyAt(slot), 'evict', 'evicted');
      this.slots.free(slot);
    }
    this.told.tell();
    return value;
  }

  /** Gives a held key another value; whether it is still held. */
  #exchange(
    slot: number,
    key: K,
    kept: V | Pending<V>,
    size: number,
    isSilent: boolean,
    ended: Pending<V> | undefined,
  ): boolean {
    const before = this.keptAt(slot);
    const value = this.valueAt(slot);
    if (kept === before) {
      this.slots.useSlot(slot);
      this.told.came(kept as V, key, 'update');
      return true;
    }
    if (before instanceof Pending && before !== ended && !isSilent) {
      before.controller.abort(new Error('replaced'));
    }
    if (!isSilent && value !== kept) {
      this.told.left(value, key, 'set');
    }
    this.weight -= this.sizeAt(slot);
    this.#sizes[slot] = 0;
    if (!this.slots.exchange(slot, kept, size)) {
      return false;
    }
    this.#weigh(slot, size);
    if (!(kept instanceof Pending)) {
      const how = value === undefined ? 'add' : value === kept ? 'update' : 'replace';
      this.told.came(kept, key, how);
    }
    return true;
  }

  #weigh(slot: number, size: number): void {
    if (this.isSized) {
      this.#sizes[slot] = size;
      this.weight += size;
    }
  }

  #evicted(slot: number): void {
    this.#leave(slot, this.keyAt(slot), 'evict', 'evicted');
  }

  #leave(slot: number, key: K, reason: DisposeReason, why: string): void {
    const kept = this.keptAt(slot);
    if (kept instanceof Pending) {
      kept.controller.abort(new Error(why));
    }
    // lru-cache says nothing of what a fetch had before, unless it is evicted.
    if (!(kept instanceof Pending) || reason === 'evict') {
      this.told.left(this.valueAt(slot), key, reason);
    }
    this.weight -= this.sizeAt(slot);
    if (this.isSized) {
      this.#sizes[slot] = 0;
    }
    this.ages.end(slot);
  }
}

/** Whether `number` is a whole number of at least 1. */
export function isPositive(number: unknown): number is number {
  return Number.isInteger(number) && (number as number) > 0;
}
