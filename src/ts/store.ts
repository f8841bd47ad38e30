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

import type { Callbacks } from './callbacks.js';
import { READINGS, askPlatform, coarse, platformDateNow, platformOffset } from './clock.js';
import { ClosedIndex } from './closed-index.js';
import { describe, wrongKey, wrongType } from './errors.js';
import { checkPair } from './inputs.js';
import { defaultLife, jittered, readLife, weightOf, type Life } from './life.js';
import { doubles, words } from './memory.js';
import type { Config } from './options.js';
import {
  ALIVE,
  BYTES,
  EVICTIONS,
  EXPIRATIONS,
  NO_SLOT,
  RESET_STATS,
  SET_SWEEPING,
  SlotTable,
  WEIGHT,
} from './slot-table.js';
import { Sweeper, type Swept } from './sweeper.js';
import type { CacheStats, Duration, Entry, SetOptions, SyncCache, Version } from './types.js';
import { Watches } from './watches.js';

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
export class Store<V> extends SlotTable<V> implements SyncCache<V>, Swept {
  readonly sweeper: Sweeper;
  readonly watches = new Watches();
  /** What a `set` without a third argument asks for. */
  readonly life: Life;
  /** Whether values go in as they are: nothing is weighed, copied or drawn. */
  readonly plain: boolean;
  hits = 0;
  misses = 0;
  /** The key of the last miss: the `set` that mostly follows need not look for it again. */
  missed: string | undefined = undefined;

  constructor(config: Config<V>, callbacks: Callbacks<V>) {
    super(config, callbacks);
    this.life = defaultLife(config);
    this.plain = config.weigh === undefined && config.clone === undefined && config.jitter === 0;
    this.sweeper = new Sweeper(this, config.cleanupInterval);
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

  protected dropAll(): void {
    this.watches.noteClear();
    const { pairs } = this;
    // Dead entries too: nobody else will tell of them.
    for (let at = 0; at < pairs.length && this.callbacks.wants('cleared'); at += 2) {
      if (pairs[at] !== undefined) {
        this.callbacks.note(pairs[at] as string, pairs[at + 1] as V, 'cleared');
      }
    }
    this.forgetAll();
  }

  get size(): number {
    return this.closed ? 0 : this.core.act(ALIVE, 0, this.now());
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this.alive()) {
      yield key;
    }
  }

  *entries(): IterableIterator<[string, V]> {
    const { clone } = this.config;
    for (const [key, value] of this.alive()) {
      yield [key, clone === undefined ? value : clone(value)];
    }
  }

  /** Returns the value and removes it: a counted read. */
  take(key: string): V | undefined {
    const slot = this.findAlive(key);
    this.watches.noteDelete(key);
    if (slot === undefined) {
      this.misses++;
      this.callbacks.run();
      return undefined;
    }
    this.hits++;
    const value = this.stored(slot);
    this.removeSlot(key, slot, 'deleted');
    return this.finish(value);
  }

  /** Starts an entry's life anew, with another TTL if one is given; false if it is not held. */
  touch(key: string, ttl: number): boolean {
    const span = jittered(this.config, ttl);
    const slot = this.findAlive(key);
    if (slot === undefined) {
      return this.finish(false);
    }
    if (this.slides?.[slot] !== undefined) {
      this.slides[slot] = span;
    }
    this.rearm(slot, this.askNow() + span);
    if (span < this.sweeper.reach) {
      this.sweeper.arm();
    }
    return true;
  }

  /** Returns an entry as it is now; a counted use only if `touch`. */
  entry(key: string, touch: boolean): Entry<V> | undefined {
    const slot = this.findAlive(key);
    if (slot === undefined) {
      this.misses += touch ? 1 : 0;
      this.callbacks.run();
      return undefined;
    }
    if (touch) {
      this.hits++;
      this.use(slot, this.askNow());
    }
    const offset = this.config.clock?.offset ?? platformOffset();
    this.versions ??= [];
    const version = (this.versions[slot] ??= ++this.version);
    return {
      key,
      value: this.valueOf(slot),
      createdAt: this.created[slot]! - offset,
      expiresAt: this.deadlineOf(slot) - offset,
      state: 'fresh',
      version: version as unknown as Version,
    };
  }

  /** Whether a live entry is held, as {@link has}, without running callbacks. */
  holds(key: string): boolean {
    return this.findAlive(key) !== undefined;
  }

  /** Removes an entry, as {@link delete}, without running callbacks. */
  discard(key: string): boolean {
    const slot = this.findAlive(key);
    if (this.watches.count !== 0) {
      this.watches.noteDelete(key);
    }
    if (slot !== undefined) {
      this.removeSlot(key, slot, 'deleted');
    }
    return slot !== undefined;
  }

  /** Returns a value that may be put, or throws; nothing has changed yet. */
  prepare(key: string, value: V, life: Life): Prepared<V> {
    const { config } = this;
    checkPair(key, value);
    const weight = weightOf(config, key, value);
    const span = jittered(config, life.ttl);
    const stored = config.clone === undefined ? value : config.clone(value);
    if (stored === undefined) {
      throw wrongType(`clone gave undefined for ${describe(key)}, which is a miss; give a copy`);
    }
    return { key, value: stored, life, span, weight };
  }

  /** Stores a prepared value; false if it was not to be, or is too heavy. Runs no callbacks. */
  putPrepared({ key, value, life, span, weight }: Prepared<V>, now: number): boolean {
    return this.put(key, value, this.index.find(key), life, span, weight, now);
  }

  /** Makes one step of the sweep; whether there may be more to free. For the timer. */
  sweep(): boolean {
    const more = this.sweepStep();
    this.callbacks.run();
    return more;
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
      this.fast = false;
      this.fastLog = false;
      this.missed = undefined;
      this.index = new ClosedIndex();
      this.core.free();
      this.callbacks.runAll();
    }
  }

  /** Returns what was counted, frozen. */
  stats(): CacheStats {
    this.checkOpen();
    const { hits, misses } = this;
    // Also tells what has been evicted without a call.
    const wasmBytes = this.core.act(BYTES, 0, 0);
    return Object.freeze({
      hits,
      misses,
      evictions: this.posted(EVICTIONS),
      expirations: this.posted(EXPIRATIONS),
      items: this.size,
      hitRate: hits === 0 ? 0 : hits / (hits + misses),
      weight: this.posted(WEIGHT),
      wasmBytes,
    });
  }

  /** Sets the counters back to zero. */
  resetStats(): void {
    this.checkOpen();
    this.hits = 0;
    this.misses = 0;
    this.core.act(RESET_STATS, 0, 0);
  }

  protected put(
    key: string,
    value: V,
    found: number | undefined,
    life: Life,
    span: number,
    weight: number,
    now: number,
  ): boolean {
    let slot = found;
    this.missed = undefined;
    if (slot !== undefined && !(this.deadlineOf(slot) > now)) {
      this.removeSlot(key, slot, 'expired');
      slot = undefined;
    }
    if (life.conditional && !this.isWanted(slot, life)) {
      return false;
    }
    if (this.watches.count !== 0) {
      this.watches.noteWrite(key);
    }
    const placed =
      slot === undefined
        ? this.insert(key, value, now, now + span, weight)
        : this.replace(key, value, slot, now, now + span, weight);
    if (placed === NO_SLOT) {
      this.callbacks.note(key, value, 'refused');
      return false;
    }
    this.created[placed] = now;
    if (this.versions !== undefined) {
      this.versions[placed] = ++this.version;
    }
    if (life.sliding || this.slides !== undefined) {
      this.slide()[placed] = life.sliding ? span : undefined;
    }
    if (span < this.sweeper.reach) {
      this.sweeper.arm();
    }
    return true;
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
      this.misses++;
      this.missed = key;
      return undefined;
    }
    if (this.deadlineOf(slot) > now) {
      this.hits++;
      this.use(slot, now);
      return this.valueOf(slot);
    }
    this.removeSlot(key, slot, 'expired');
    this.misses++;
    this.missed = key;
    this.callbacks.run();
    return undefined;
  }

  /** Returns the slot of a live entry; a dead one is removed on the way. */
  private findAlive(key: string): number | undefined {
    if (typeof key !== 'string') {
      throw wrongKey(key);
    }
    // The clock first: one of the caller's may use the cache.
    const now = this.now();
    const slot = this.index.find(key);
    if (slot === undefined || this.deadlineOf(slot) > now) {
      return slot;
    }
    this.removeSlot(key, slot, 'expired');
    return undefined;
  }

  private isWanted(slot: number | undefined, { ifAbsent, ifVersion }: Life): boolean {
    if (slot === undefined) {
      return ifVersion === undefined;
    }
    const version = this.versions?.[slot] as unknown as Version | undefined;
    return !ifAbsent && (ifVersion === undefined || ifVersion === version);
  }
}
