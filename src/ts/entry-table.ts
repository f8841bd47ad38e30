/**
 * Entries over the slots: when they are fresh, stale or gone, what tags they have, who may put.
 *
 * An entry with windows stays in its slot until the last of them ends: that is its deadline for the
 * engine, and `extras` says when it stops being fresh. Whoever reads compares with the latter. A
 * loader's error that is kept is an entry without a value, never fresh: it takes room and leaves as
 * others do, and whoever deletes its key forgets it.
 */

import { ALIVE, NO_SLOT, REARM } from './board.js';
import { askPlatform, platformOffset } from './clock.js';
import { closedError } from './closed-index.js';
import { wrongKey } from './errors.js';
import type { Row } from './extension.js';
import { windowOf, type Extra } from './extra.js';
import type { Life } from './life.js';
import { SlotTable } from './slot-table.js';
import { Sweeper, type Swept } from './sweeper.js';
import type { Entry, Version } from './types.js';
import { Watches } from './watches.js';

/** An entry as a load finds it: fresh, stale, or only an error. */
export interface Held<V> extends Omit<Extra, 'slide' | 'tags'> {
  readonly slot: number;
  /** The value itself; `undefined` for an error. */
  readonly value: V | undefined;
  /** When it was set. */
  readonly created: number;
}

/** What an entry without windows says of them. */
const NONE = { whileRevalidate: 0, ifError: 0, until: 0, error: undefined };
const PLAIN: Pick<Extra, 'slide' | 'tags'> & typeof NONE = { ...NONE, slide: 0, tags: [] };

/** Entries, counted. */
export abstract class EntryTable<V> extends SlotTable<V> implements Swept {
  readonly watches = new Watches();
  readonly sweeper = new Sweeper(this, this.config.cleanupInterval);
  hits = 0;
  misses = 0;
  staleHits = 0;
  loads = 0;
  loadErrors = 0;
  coalesced = 0;
  /** The key of the last miss: the `set` that mostly follows need not look for it again. */
  missed: string | undefined = undefined;

  /** Whether some entry may have stayed beyond its freshness. */
  private lingers = false;

  /** O(1) unless something has died since the last sweep, or may be stale: then O(n). */
  get size(): number {
    if (this.closed) {
      return 0;
    }
    const now = this.now();
    let size = this.core.act(ALIVE, 0, now);
    if (this.lingers) {
      this.extras!.forEach((extra, slot) => {
        size -= extra !== undefined && !(extra.fresh > now) && this.deadlineOf(slot) > now ? 1 : 0;
      });
    }
    return size;
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

  /** Yields the live entries, the stored values themselves. */
  *alive(): IterableIterator<[string, V]> {
    this.checkOpen();
    for (let slot = 0; slot < this.created.length; slot++) {
      const key = this.keyIn(slot);
      if (key !== undefined && this.freshUntil(slot) > this.now()) {
        yield [key, this.stored(slot)];
      }
    }
  }

  /** Makes one step of the sweep; whether there may be more to free. For the timer. */
  sweep(): boolean {
    const more = this.sweepStep();
    this.callbacks.run();
    return more;
  }

  /** Adds one to a counter. */
  count(counter: 'staleHits' | 'loads' | 'loadErrors' | 'coalesced'): void {
    this[counter]++;
  }

  /** Counts a hit, which is a use. */
  noteHit(key: string, slot: number, now: number, state: 'fresh' | 'stale' = 'fresh'): void {
    this.hits++;
    this.use(slot, now, state === 'fresh');
    if (this.callbacks.heard) {
      this.callbacks.tell('hit', { key, state });
    }
  }

  /** Counts a miss. */
  noteMiss(key: string): void {
    this.misses++;
    if (this.callbacks.heard) {
      this.callbacks.tell('miss', { key });
    }
  }

  /** Returns an entry as it is now; a counted use only if `touch`. */
  entry(key: string, touch: boolean, allowStale = false): Entry<V> | undefined {
    const slot = allowStale ? this.findHeld(key) : this.findAlive(key);
    const value = slot === undefined ? undefined : this.valueOf(slot);
    if (slot === undefined || value === undefined) {
      if (touch) {
        this.noteMiss(key);
      }
      this.callbacks.run();
      return undefined;
    }
    const now = touch ? this.askNow() : this.now();
    const state = this.freshUntil(slot) > now ? 'fresh' : 'stale';
    if (touch) {
      this.noteHit(key, slot, now, state);
      this.callbacks.run();
    }
    const offset = this.config.clock?.offset ?? platformOffset();
    return {
      key,
      value,
      createdAt: this.created[slot]! - offset,
      expiresAt: this.freshUntil(slot) - offset,
      state,
      version: this.versionOf(slot),
      tags: this.extras?.[slot]?.tags ?? [],
    };
  }

  /** Returns what a load may make use of: a fresh entry, a stale one, or an error. */
  held(key: string): Held<V> | undefined {
    const slot = this.findHeld(key);
    if (slot === undefined) {
      return undefined;
    }
    const { whileRevalidate, ifError, until, error } = this.extras?.[slot] ?? NONE;
    const value = this.stored(slot) as V | undefined;
    const fresh = this.freshUntil(slot);
    const created = this.created[slot]!;
    return { slot, value, created, fresh, whileRevalidate, ifError, until, error };
  }

  /** Keeps a loader's error for `span` milliseconds: in the entry held, or in one's place. */
  fail(key: string, error: unknown, span: number, weight = 0): void {
    const now = this.askNow();
    const until = now + span;
    this.missed = undefined;
    let slot = this.findHeld(key);
    if (slot === undefined) {
      slot = this.insert(key, undefined, now, until, weight);
      if (slot === NO_SLOT) {
        return;
      }
      this.created[slot] = now;
      this.addExtra(slot, { ...PLAIN, fresh: -Infinity, until, error });
    } else {
      const extra = this.extras?.[slot];
      const fresh = this.freshUntil(slot);
      this.addExtra(slot, { ...PLAIN, ...extra, fresh, until, error });
      this.hold(slot, Math.max(this.deadlineOf(slot), until));
    }
    this.sweeper.arm();
    this.callbacks.run();
  }

  /** Returns what is held, fresh or stale, as extensions see it. */
  rows(): Row<V>[] {
    this.checkOpen();
    const now = this.now();
    const rows: Row<V>[] = [];
    for (let slot = 0; slot < this.created.length; slot++) {
      const key = this.keyIn(slot);
      const value = key === undefined ? key : this.stored(slot);
      if (key !== undefined && value !== undefined && this.deadlineOf(slot) > now) {
        const { slide, whileRevalidate, ifError, tags } = this.extras?.[slot] ?? PLAIN;
        const moments = [this.created[slot]!, this.freshUntil(slot), this.orderOf(slot)] as const;
        const path = this.callbacks.path(key);
        rows.push([path, value, ...moments, slide, whileRevalidate, ifError, tags]);
      }
    }
    return rows;
  }

  /** Ends an entry's freshness now; its windows begin. Whether it was fresh. */
  expire(key: string): boolean {
    const slot = this.findAlive(key);
    this.watches.noteDelete(key);
    if (slot !== undefined) {
      if (windowOf(this.extras?.[slot]) === 0) {
        this.removeSlot(key, slot, 'expired');
      } else {
        this.rearm(slot, this.askNow());
        this.sweeper.arm();
      }
    }
    this.callbacks.run();
    return slot !== undefined;
  }

  /** Removes what has one of these tags, fresh or stale; returns how many there were. */
  invalidateTags(tags: readonly string[]): number {
    this.checkOpen();
    const now = this.now();
    let count = 0;
    this.watches.noteTags(tags);
    for (const tag of tags) {
      for (const slot of this.tagged.get(tag) ?? []) {
        const isHeld = this.deadlineOf(slot) > now;
        const key = this.keyIn(slot)!;
        if (isHeld) {
          count++;
          this.watches.noteGone(key);
        }
        this.removeSlot(key, slot, isHeld ? 'invalidated' : 'expired');
      }
    }
    this.callbacks.run();
    return count;
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
    if (life.conditional && !this.isWanted(slot, life, now)) {
      return false;
    }
    if (this.watches.count !== 0) {
      this.watches.noteWrite(key);
    }
    const deadline = now + span + life.window;
    const placed =
      slot === undefined
        ? this.insert(key, value, now, deadline, weight)
        : this.replace(key, value, slot, now, deadline, weight);
    if (placed === NO_SLOT) {
      this.callbacks.note(key, value, 'refused');
      return false;
    }
    this.created[placed] = now;
    if (this.keepsMore || life.lasts) {
      this.putMore(key, placed, life, span, now);
    }
    if (span < this.sweeper.reach) {
      this.sweeper.arm();
    }
    return true;
  }

  /** Notes what few caches keep or tell of an entry that was put. */
  private putMore(key: string, slot: number, life: Life, span: number, now: number): void {
    if (this.versions !== undefined) {
      this.versions[slot] = ++this.version;
    }
    this.putExtra(slot, life, span, now);
    if (this.callbacks.heard) {
      this.callbacks.tell('set', { key, version: this.versionOf(slot) });
    }
  }

  /** Returns the slot of an entry that is fresh; one whose windows are over goes on the way. */
  protected findAlive(key: string): number | undefined {
    const slot = this.findHeld(key);
    const isStale = slot !== undefined && this.isLasting && !(this.freshUntil(slot) > this.now());
    return isStale ? undefined : slot;
  }

  /** Returns the slot of an entry that is fresh or stale; one that is neither goes on the way. */
  protected findHeld(key: string): number | undefined {
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

  protected override rearm(slot: number, deadline: number): void {
    const extra = this.extras?.[slot];
    if (extra !== undefined) {
      extra.fresh = deadline;
    }
    this.hold(slot, deadline + windowOf(extra));
  }

  /** Moves the moment at which the entry in `slot` goes. */
  private hold(slot: number, deadline: number): void {
    this.core.act(REARM, slot, deadline);
  }

  private versionOf(slot: number): Version {
    this.versions ??= [];
    this.keepsMore = true;
    return (this.versions[slot] ??= ++this.version) as unknown as Version;
  }

  private isWanted(slot: number | undefined, { ifAbsent, ifVersion }: Life, now: number): boolean {
    if (slot === undefined || !(this.freshUntil(slot) > now)) {
      return ifVersion === undefined;
    }
    const version = this.versions?.[slot] as unknown as Version | undefined;
    return !ifAbsent && (ifVersion === undefined || ifVersion === version);
  }

  private putExtra(slot: number, life: Life, span: number, now: number): void {
    const { sliding, tags, whileRevalidate, ifError } = life;
    if (!life.lasts) {
      this.dropExtra(slot);
      return;
    }
    const fresh = now + span;
    const slide = sliding ? span : 0;
    this.addExtra(slot, { ...NONE, slide, fresh, whileRevalidate, ifError, tags });
  }

  protected addExtra(slot: number, extra: Extra): void {
    this.extras ??= [];
    this.keepsMore = true;
    this.dropExtra(slot);
    this.extras[slot] = extra;
    this.lingers ||= extra.until !== 0 || windowOf(extra) !== 0;
    if (!this.isLasting && (this.lingers || extra.slide !== 0)) {
      // From now on hits look at `extras`.
      this.isLasting = true;
      this.tune();
    }
    for (const tag of extra.tags) {
      const slots = this.tagged.get(tag);
      if (slots === undefined) {
        this.tagged.set(tag, new Set([slot]));
      } else {
        slots.add(slot);
      }
    }
  }
}
