/**
 * The part of a store that belongs to one namespace, with the methods of a store: keys go in with
 * the namespace's prefix and come out without it. What it counts is counted in the store, too.
 */

import type { Counts } from './counts.js';
import type { Held } from './entry-table.js';
import { wrongKey } from './errors.js';
import { checkPair } from './inputs.js';
import { readLife, type Life } from './life.js';
import type { Config } from './options.js';
import type { Region } from './spaces.js';
import type { Prepared, Store } from './store.js';
import type { Duration, Entry, RemovalReason, SetOptions } from './types.js';

/** What is asked of a store without Promises and hooks, by caches and by namespaces. */
export type Engine<V> = Pick<
  Store<V>,
  Exclude<keyof Space<V>, 'region' | 'store' | 'config' | 'inside'>
>;

/** A namespace of a store. */
export class Space<V> {
  readonly store: Store<V>;
  readonly region: Region;
  readonly config: Config<V>;

  constructor(store: Store<V>, region: Region, config: Config<V>) {
    this.store = store;
    this.region = region;
    this.config = config;
  }

  get callbacks(): Store<V>['callbacks'] {
    return this.store.callbacks;
  }

  get invalidations(): number {
    return this.store.invalidations;
  }

  get closed(): boolean {
    return this.store.closed;
  }

  /** O(n) in all that the cache holds. */
  get size(): number {
    return this.closed ? 0 : [...this.keys()].length;
  }

  get(key: string): V | undefined {
    const value = this.store.get(this.inside(key));
    this.region.counts[value === undefined ? 'misses' : 'hits']++;
    return value;
  }

  take(key: string): V | undefined {
    const value = this.store.take(this.inside(key));
    this.region.counts[value === undefined ? 'misses' : 'hits']++;
    return value;
  }

  set(key: string, value: V, ttlOrOptions?: Duration | SetOptions): boolean {
    const life = readLife(this.config, ttlOrOptions);
    const isSet = this.putPrepared(this.prepare(key, value, life), this.askNow());
    this.callbacks.run();
    return isSet;
  }

  has(key: string): boolean {
    return this.store.has(this.inside(key));
  }

  peek(key: string): V | undefined {
    return this.store.peek(this.inside(key));
  }

  delete(key: string): boolean {
    return this.store.delete(this.inside(key));
  }

  clear(): void {
    this.store.clearSpace(this.region.prefix);
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this.entries()) {
      yield key;
    }
  }

  *entries(): IterableIterator<[string, V]> {
    const { prefix } = this.region;
    for (const [key, value] of this.store.entriesOf(prefix)) {
      yield [key.slice(prefix.length), value];
    }
  }

  touch(key: string, ttl: number): boolean {
    return this.store.touch(this.inside(key), ttl);
  }

  entry(key: string, touch: boolean, allowStale?: boolean): Entry<V> | undefined {
    const entry = this.store.entry(this.inside(key), touch, allowStale);
    if (touch) {
      this.region.counts[entry === undefined ? 'misses' : 'hits']++;
    }
    return entry && { ...entry, key };
  }

  expire(key: string): boolean {
    return this.store.expire(this.inside(key));
  }

  invalidateTags(tags: readonly string[]): number {
    return this.store.invalidateTags(tags);
  }

  adjust(key: string, by: number, life: Life, keeps: boolean): V {
    return this.store.adjust(this.inside(key), by, life, keeps);
  }

  holds(key: string): boolean {
    return this.store.holds(this.inside(key));
  }

  discard(key: string, reason?: RemovalReason): boolean {
    return this.store.discard(this.inside(key), reason);
  }

  prepare(key: string, value: V, life: Life): Prepared<V> {
    checkPair(key, value);
    return this.store.prepare(this.inside(key), value, life);
  }

  reserve(prepared: readonly Prepared<V>[]): void {
    this.store.reserve(prepared);
  }

  putPrepared(prepared: Prepared<V>, now: number): boolean {
    return this.store.putPrepared(prepared, now);
  }

  watch(key: string): ReturnType<Store<V>['watch']> {
    return this.store.watch(this.inside(key));
  }

  unwatch(key: string): void {
    this.store.unwatch(this.inside(key));
  }

  held(key: string): Held<V> | undefined {
    return this.store.held(this.inside(key));
  }

  fail(key: string, error: unknown, span: number): void {
    this.store.fail(this.inside(key), error, span);
  }

  reportLoad(key: string, error: unknown): void {
    this.store.reportLoad(this.inside(key), error);
  }

  noteHit(key: string, slot: number, now: number, state: 'fresh' | 'stale'): void {
    this.region.counts.hits++;
    this.store.noteHit(this.inside(key), slot, now, state);
  }

  noteMiss(key: string): void {
    this.region.counts.misses++;
    this.store.noteMiss(this.inside(key));
  }

  count(counter: Parameters<Store<V>['count']>[0]): void {
    this.region.counts[counter]++;
    this.store.count(counter);
  }

  copy(value: V): V {
    return this.store.copy(value);
  }

  now(): number {
    return this.store.now();
  }

  askNow(): number {
    return this.store.askNow();
  }

  counts(): Counts {
    const { wasmBytes } = this.store.counts();
    let weight = 0;
    let items = 0;
    for (const [key, value] of this.entries()) {
      weight += this.store.weigh(this.inside(key), value);
      items++;
    }
    return { ...this.region.counts, items, weight, wasmBytes };
  }

  /** Returns a key as it stands in the store. */
  inside(key: string): string {
    if (typeof key !== 'string') {
      throw wrongKey(key);
    }
    return this.region.prefix + key;
  }
}
