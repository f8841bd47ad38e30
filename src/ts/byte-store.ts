/**
 * The engine of a cache whose keys and values are bytes in a storage.
 *
 * Every pair that comes in is staged first, which checks it and makes sure that there is memory for
 * it: nothing has changed when that fails. What goes out is a copy.
 */

import { LFU, NO_SLOT, REMOVE } from './board.js';
import { READINGS, coarse, platformDateNow } from './clock.js';
import type { Counts } from './counts.js';
import { hashOf } from './hash.js';
import { checkPair } from './inputs.js';
import { jittered, readLife } from './life.js';
import { doubles, words } from './memory.js';
import type { PairStore } from './storage.js';
import { Store, type Prepared } from './store.js';
import type { Duration, RemovalReason, SetOptions } from './types.js';

/** The mark of a slot that holds no entry, as in `src/index/slab.rs`. */
const FREE = NO_SLOT;

/** One cache of bytes, without Promises and hooks. */
export class ByteStore<V> extends Store<V> {
  readonly place = this.index as PairStore;

  override get(key: string): V | undefined {
    const slot = this.index.find(key);
    if (slot !== undefined && this.clock === undefined && !this.isLasting) {
      const { stamp } = this;
      const deadline = doubles[this.records + 2 * slot]!;
      if (deadline > coarse && (stamp & (READINGS - 1)) !== 0 && Date.now === platformDateNow) {
        // First, because it may throw: a string may be longer than there is memory for.
        const value = this.place.valueFound() as V;
        this.noteHit(key, slot, 0);
        return this.finish(value);
      }
    }
    return this.readSlowly(key, slot);
  }

  override set(key: string, value: V, ttlOrOptions?: Duration | SetOptions): boolean {
    const life = ttlOrOptions === undefined ? this.life : readLife(this.config, ttlOrOptions);
    checkPair(key, value);
    // What is the caller's comes first: it may use the cache, and so the stage.
    const span = jittered(this.config, life.ttl);
    const asks = key === this.missed || (this.stamp & (READINGS - 1)) === 0;
    const now = asks ? this.askNow() : this.now();
    const weight = this.weigh(key, value);
    return this.finish(this.put(key, value, this.place.found, life, span, weight, now));
  }

  /** Takes in a pair for `write`, and returns its weight. The caller's clock may have closed it. */
  override weigh(key: string, value: V): number {
    this.checkOpen();
    return this.place.stage(key, value);
  }

  override putPrepared({ key, value, life, span, weight }: Prepared<V>, now: number): boolean {
    this.weigh(key, value);
    return this.put(key, value, this.place.found, life, span, weight, now);
  }

  override reserve(prepared: readonly Prepared<V>[]): void {
    super.reserve(prepared);
    this.place.reserve(prepared.map(({ weight }) => weight));
  }

  /** An error is kept as an empty text, which {@link stored} does not show. */
  override fail(key: string, error: unknown, span: number): void {
    super.fail(key, error, span, this.weigh(key, '' as V));
  }

  override counts(): Counts {
    const counts = super.counts();
    const { place } = this;
    return { ...counts, weight: place.weight(), wasmBytes: counts.wasmBytes + place.bytes() };
  }

  override close(): void {
    const { closed } = this;
    super.close();
    if (!closed) {
      this.place.free();
    }
  }

  protected override insert(
    key: string,
    _value: V,
    now: number,
    deadline: number,
    weight: number,
  ): number {
    const hash = this.policy > LFU ? hashOf(key, this.seed) : 0;
    const slot = this.core.insert(hash, this.nextStamp(), now, deadline, this.weighed(weight));
    this.playRemovals();
    if (slot !== NO_SLOT) {
      this.write(key, slot);
    }
    return slot;
  }

  protected override replace(
    key: string,
    _value: V,
    slot: number,
    now: number,
    deadline: number,
    weight: number,
  ): number {
    const weighed = this.weighed(weight);
    const kept = this.core.replace(slot, this.nextStamp(), now, deadline, weighed);
    this.playRemovals();
    this.note(slot, 'replaced');
    if (kept) {
      this.write(key, slot);
      return slot;
    }
    this.index.delete(key, slot);
    this.dropExtra(slot);
    return NO_SLOT;
  }

  protected override drop(key: string, slot: number, reason: RemovalReason): void {
    this.note(slot, reason);
    this.index.delete(key, slot);
    this.dropExtra(slot);
  }

  protected override keyIn(slot: number): string | undefined {
    this.deadlineOf(slot);
    const isHeld = words[2 * (this.records + 2 * slot) + 2] !== FREE;
    return isHeld ? this.place.keyAt(slot) : undefined;
  }

  protected override stored(slot: number): V {
    const isError = this.extras?.[slot]?.fresh === -Infinity;
    return (isError ? undefined : this.place.valueAt(slot)) as V;
  }

  protected override valueOf(slot: number): V {
    return this.stored(slot);
  }

  /** Writes the staged pair; an entry without its pair is none. */
  private write(key: string, slot: number): void {
    try {
      this.index.put(key, slot);
    } catch (error) {
      this.core.act(REMOVE, slot, 0);
      this.index.delete(key, slot);
      this.dropExtra(slot);
      throw error;
    }
  }

  /** Notes a removal, with copies of what nobody will see again, if anybody wants them. */
  private note(slot: number, reason: RemovalReason): void {
    if (this.callbacks.wants(reason)) {
      this.callbacks.note(this.place.keyAt(slot), this.stored(slot), reason);
    }
  }

  /** Without a limit nobody else need keep the weights. */
  private weighed(weight: number): number {
    return this.config.maxWeight === Infinity ? 0 : weight;
  }
}
