/**
 * The engine: what a cache does, without Promises and hooks.
 *
 * A hit finds the slot, compares the deadline in the slot's record, writes the stamp of this use
 * into it and returns the value: no call into wasm, no allocation, no clock read. Whatever is not
 * that simple (a miss, a dead entry, every 32nd hit) goes to `readSlowly`. A policy that wants to
 * hear of each hit gets its slot in a log, of which 1,024 are one call.
 *
 * This is also the object that `cache.sync` shows, as {@link SyncCache}.
 */

import { BYTES, EVICTIONS, EXPIRATIONS, SET_SWEEPING, WEIGHT } from './board.js';
import type { Callbacks } from './callbacks.js';
import { READINGS, askPlatform, coarse, platformDateNow } from './clock.js';
import { ClosedIndex } from './closed-index.js';
import type { Counts } from './counts.js';
import { EntryTable } from './entry-table.js';
import { describe, wrongKey, wrongType } from './errors.js';
import { windowOf } from './extra.js';
import { checkPair } from './inputs.js';
import { jittered, lifeOf, readLife, weightOf, type Life } from './life.js';
import { doubles, words } from './memory.js';
import type { Config } from './options.js';
import type { Duration, RemovalReason, SetOptions, SyncCache } from './types.js';
import type { Watch } from './watches.js';

/** A value that has passed every check and may be put. */
export interface Prepared<V> {
  readonly key: string;
  readonly value: V;
  readonly life: Life;
  /** The TTL less its jitter. */
  readonly span: number;
  readonly weight: number;
}

/** One cache, without Promises and hooks. */
export class Store<V> extends EntryTable<V> implements SyncCache<V> {
  /** What a `set` without a third argument asks for. */
  readonly life: Life;
  /** Whether values go in as they are: nothing is weighed, copied or drawn. */
  readonly plain: boolean;

  constructor(config: Config<V>, callbacks: Callbacks<V>) {
    super(config, callbacks);
    this.life = lifeOf(config);
    this.plain = config.weigh === undefined && config.clone === undefined && config.jitter === 0;
  }

  get(key: string): V | undefined {
    const slot = this.index.find(key);
    if (slot !== undefined) {
      const { stamp } = this;
      const at = this.records + 2 * slot;
      if (doubles[at]! > coarse && (stamp & (READINGS - 1)) !== 0 && Date.now === platformDateNow) {
        if (this.fast || this.fastLog) {
          if (this.fast) {
            words[2 * at + 2] = stamp;
          } else {
            this.noteInLog(slot, stamp);
          }
          this.stamp = stamp + 1;
          this.hits++;
          return this.pairs[2 * slot + 1] as V;
        }
      }
    }
    return this.readSlowly(key, slot);
  }

  set(key: string, value: V, ttlOrOptions?: Duration | SetOptions): boolean {
    if (!this.plain || ttlOrOptions !== undefined) {
      const life = ttlOrOptions === undefined ? this.life : readLife(this.config, ttlOrOptions);
      return this.finish(this.putPrepared(this.prepare(key, value, life), this.askNow()));
    }
    checkPair(key, value);
    // After a miss the value was made, which may have taken long; and a write takes the stamp at
    // which a hit would ask.
    const isMissed = key === this.missed;
    const asks = isMissed || (this.stamp & (READINGS - 1)) === 0;
    const now = asks ? this.askNow() : this.now();
    const slot = isMissed ? undefined : this.index.find(key);
    return this.finish(this.put(key, value, slot, this.life, this.life.ttl, 0, now));
  }

  has(key: string): boolean {
    return this.finish(this.holds(key));
  }

  peek(key: string): V | undefined {
    const slot = this.findAlive(key);
    return this.finish(slot === undefined ? undefined : this.valueOf(slot));
  }

  delete(key: string): boolean {
    return this.finish(this.discard(key));
  }

  clear(): void {
    this.checkOpen();
    this.dropAll();
    this.callbacks.run();
  }

  /** Removes the entries of the namespace with `prefix`. */
  clearSpace(prefix: string): void {
    this.checkOpen();
    this.watches.noteClear(prefix);
    for (let slot = 0; slot < this.created.length; slot++) {
      const key = this.keyIn(slot);
      if (key?.startsWith(prefix) === true) {
        this.removeSlot(key, slot, 'cleared');
      }
    }
    this.callbacks.run();
  }

  private dropAll(): void {
    this.watches.noteClear('');
    // Dead entries too: nobody else will tell of them.
    for (let slot = 0; slot < this.created.length && this.callbacks.wants('cleared'); slot++) {
      const key = this.keyIn(slot);
      if (key !== undefined) {
        this.callbacks.note(key, this.stored(slot), 'cleared');
      }
    }
    this.forgetAll();
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this.entries()) {
      yield key;
    }
  }

  entries(): IterableIterator<[string, V]> {
    return this.entriesOf('');
  }

  /** The entries of the namespace with `prefix`; without one, those of none. */
  *entriesOf(prefix: string): IterableIterator<[string, V]> {
    const { spaces } = this.callbacks;
    for (const [key, value] of this.alive()) {
      if (prefix === '' ? spaces?.has(key) !== true : key.startsWith(prefix)) {
        yield [key, this.copy(value)];
      }
    }
  }

  /** Returns the value and removes it: a counted read. */
  take(key: string): V | undefined {
    const slot = this.findAlive(key);
    this.watches.noteDelete(key);
    if (slot === undefined) {
      this.noteMiss(key);
      this.discard(key);
      this.finish(undefined);
      return undefined;
    }
    const value = this.stored(slot);
    this.noteHit(key, slot, this.now());
    this.discard(key);
    return this.finish(value);
  }

  /** Starts an entry's life anew, with another TTL if one is given; false if it is not held. */
  touch(key: string, ttl: number): boolean {
    const span = jittered(this.config, ttl);
    const slot = this.findAlive(key);
    if (slot === undefined) {
      return this.finish(false);
    }
    const extra = this.extras?.[slot];
    if (extra !== undefined && extra.slide !== 0) {
      extra.slide = span;
    }
    this.rearm(slot, this.askNow() + span);
    if (span < this.sweeper.reach) {
      this.sweeper.arm();
    }
    return true;
  }

  /** Adds to a number, 0 if none is held; keeps its life if it `keeps`. Returns the sum. */
  adjust(key: string, by: number, life: Life, keeps: boolean): V {
    const slot = this.findAlive(key);
    const old = slot === undefined ? 0 : this.stored(slot);
    if (typeof old !== 'number') {
      throw wrongType(`the value of ${describe(key)} is ${describe(old)}; increment a number`);
    }
    const value = (old + by) as V;
    const prepared = this.prepare(key, value, life);
    const now = this.askNow();
    if (slot === undefined || !keeps) {
      return this.finish((this.putPrepared(prepared, now), value));
    }
    const extra = this.extras?.[slot];
    const kept = { ...life, window: windowOf(extra), sliding: false, lasts: false };
    const deadline = this.freshUntil(slot);
    this.put(key, value, slot, kept, deadline - now, prepared.weight, now);
    if (extra !== undefined && this.keyIn(slot) === key) {
      this.addExtra(slot, extra);
    }
    return this.finish(value);
  }

  /** Whether a live entry is held, as {@link has}, without running callbacks. */
  holds(key: string): boolean {
    return this.findAlive(key) !== undefined;
  }

  /** Removes an entry, as {@link delete}, without running callbacks. */
  discard(key: string, reason: RemovalReason = 'deleted'): boolean {
    const slot = this.findHeld(key);
    if (this.watches.count !== 0) {
      this.watches.noteDelete(key);
    }
    if (slot === undefined) {
      return false;
    }
    const isFresh = !this.isLasting || this.freshUntil(slot) > this.now();
    this.removeSlot(key, slot, reason);
    return isFresh;
  }

  /** Tells the listeners of a load that nobody else hears of. */
  reportLoad(key: string, error: unknown): void {
    this.callbacks.reportLoad(error, key);
  }

  /** How often tags have been invalidated. */
  get invalidations(): number {
    return this.watches.invalidations;
  }

  /** Watches a key until {@link unwatch}. */
  watch(key: string): Readonly<Watch> {
    return this.watches.begin(key);
  }

  /** Ends what one {@link watch} began. */
  unwatch(key: string): void {
    this.watches.end(key);
  }

  /** Returns what an entry weighs; 0 where nothing is weighed. */
  weigh(key: string, value: V): number {
    return weightOf(this.config, this.callbacks.shown(key), value);
  }

  /** Returns a value that may be put, or throws; nothing has changed yet. */
  prepare(key: string, value: V, life: Life): Prepared<V> {
    const { config } = this;
    checkPair(key, value);
    const weight = this.weigh(key, value);
    const span = jittered(config, life.ttl);
    const stored = config.clone === undefined ? value : config.clone(value);
    if (stored === undefined) {
      throw wrongType(`clone gave undefined for ${describe(key)}, which is a miss; give a copy`);
    }
    return { key, value: stored, life, span, weight };
  }

  /** Makes room for prepared values, where memory may not suffice. */
  reserve(prepared: readonly Prepared<V>[]): void;
  reserve(): void {
    this.checkOpen();
  }

  /** Stores a prepared value; false if it was not to be, or is too heavy. Runs no callbacks. */
  putPrepared({ key, value, life, span, weight }: Prepared<V>, now: number): boolean {
    return this.put(key, value, this.index.find(key), life, span, weight, now);
  }

  /** Sweeps again, on the way of inserts and by the timer. */
  startSweeping(): void {
    this.core.act(SET_SWEEPING, 1, 0);
    this.sweeper.start();
  }

  /** Ends sweeping; the data stays. */
  stopSweeping(): void {
    if (!this.closed) {
      this.core.act(SET_SWEEPING, 0, 0);
      this.sweeper.stop();
    }
  }

  /** Drops all entries and the wasm memory; later use throws `ERR_CACHE_CLOSED`. */
  close(): void {
    if (!this.closed) {
      this.sweeper.stop();
      this.dropAll();
      this.closed = true;
      this.tune();
      this.missed = undefined;
      this.index = new ClosedIndex();
      this.core.free();
      this.callbacks.runAll();
    }
  }

  /** Returns what was counted since the store was made. */
  counts(): Counts {
    this.checkOpen();
    // Also tells what has been evicted without a call.
    const wasmBytes = this.core.act(BYTES, 0, 0);
    const evictions = this.posted(EVICTIONS);
    const expirations = this.posted(EXPIRATIONS);
    const weight = this.posted(WEIGHT);
    const { hits, misses, staleHits, loads, loadErrors, coalesced, size: items } = this;
    const own = { hits, misses, staleHits, loads, loadErrors, coalesced };
    return { ...own, evictions, expirations, items, weight, wasmBytes };
  }

  /** Runs the callbacks of an operation and passes on what it returns. */
  protected finish<R>(result: R): R {
    if (this.callbacks.waiting.length !== 0) {
      this.callbacks.run();
    }
    return result;
  }

  /** What a `get` does that is not a plain hit. */
  protected readSlowly(key: string, found: number | undefined): V | undefined {
    const now = found === undefined ? 0 : this.clock === undefined ? askPlatform() : this.now();
    // A clock of the caller's may have used the cache.
    const slot = this.clock === undefined ? found : this.index.find(key);
    if (slot === undefined) {
      if (typeof key !== 'string') {
        throw wrongKey(key);
      }
      this.missed = key;
    } else if (this.deadlineOf(slot) > now) {
      if (!this.isLasting || this.freshUntil(slot) > now) {
        const value = this.valueOf(slot);
        this.noteHit(key, slot, now);
        return this.finish(value);
      }
    } else {
      this.removeSlot(key, slot, 'expired');
      this.missed = key;
    }
    this.noteMiss(key);
    this.finish(undefined);
    return undefined;
  }
}
