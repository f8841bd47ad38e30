/**
 * Transactions: optimistic, all or nothing.
 *
 * Every key that is read is watched from then on. At the commit it must be held or absent as it
 * was, and nobody may have written it meanwhile, not even the same value (A-B-A is seen). The check
 * and the writes are one synchronous step, so no other call comes between them.
 */

import { DELAY_MAX_MS, unref } from './clock.js';
import { milliseconds } from './duration.js';
import { CacheConflictError, CacheError, describe, outOfRange, wrongType } from './errors.js';
import type { Host } from './hooks.js';
import { checkPair } from './inputs.js';
import { KeyedQueue } from './keyed-queue.js';
import { readLife } from './life.js';
import { checkNames } from './options.js';
import type { Engine } from './space.js';
import type { Prepared } from './store.js';
import type { Duration, SetOptions, Transaction, TransactionOptions } from './types.js';
import type { Watch } from './watches.js';

/** What a read saw. */
interface Read {
  readonly watch: Readonly<Watch>;
  readonly writes: number;
  readonly held: boolean;
}

/** A transaction on one store. */
export class StoreTransaction<V> implements Transaction<V> {
  readonly #host: Host<V>;
  readonly #deadline: Deadline;
  readonly #reads = new Map<string, Read>();
  /** The last write of each key; `undefined` is a delete. */
  readonly #writes = new Map<string, Prepared<V> | undefined>();
  /** Keeps the writes of one key in the order of the calls, whatever `preSet` waits for. */
  readonly #writing = new KeyedQueue();
  /** Writes that were called and have not settled; the commit waits for them. */
  readonly #pending = new Set<Promise<boolean>>();
  #store: Engine<V> | undefined;
  #ended: 'committed' | 'rolled back' | undefined;

  constructor(host: Host<V>, options: TransactionOptions = {}) {
    this.#host = host;
    this.#deadline = new Deadline(readOptions(options).timeout, () => {
      this.#end('rolled back');
    });
  }

  /** Whether it was committed or rolled back. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  async get<D = undefined>(key: string, defaultValue?: D): Promise<V | D> {
    const store = await this.#open();
    const value = this.#writes.has(key)
      ? this.#ownValue(key)
      : await this.#host.postGet(
          key,
          this.#read(store, key, () => store.get(key)),
        );
    return value === undefined ? (defaultValue as D) : value;
  }

  async has(key: string): Promise<boolean> {
    const store = await this.#open();
    return this.#writes.has(key)
      ? this.#writes.get(key) !== undefined
      : this.#read(store, key, () => store.peek(key)) !== undefined;
  }

  set(key: string, value: V, ttlOrOptions?: Duration | SetOptions): Promise<boolean> {
    return this.#track(this.#set(key, value, ttlOrOptions));
  }

  delete(key: string): Promise<boolean> {
    return this.#track(this.#delete(key));
  }

  async commit(): Promise<void> {
    const store = await this.#open();
    try {
      await Promise.all(this.#pending);
      this.#checkOpen();
      this.#checkRoom();
      this.#checkReads(store);
      store.reserve(this.#sets());
      this.#apply(store);
    } catch (error) {
      this.#end('rolled back');
      store.callbacks.run();
      throw error;
    }
    this.#end('committed');
    store.callbacks.run();
  }

  async rollback(): Promise<void> {
    this.#end('rolled back');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end('rolled back');
  }

  #track(write: Promise<boolean>): Promise<boolean> {
    this.#pending.add(write);
    const settled = (): void => {
      this.#pending.delete(write);
    };
    write.then(settled, settled);
    return write;
  }

  async #set(key: string, value: V, ttlOrOptions?: Duration | SetOptions): Promise<boolean> {
    const store = await this.#open();
    const life = readLife(this.#host.config, ttlOrOptions);
    if (life.ifVersion !== undefined) {
      throw wrongType('a transaction checks versions by itself: read the key instead of ifVersion');
    }
    checkPair(key, value);
    return this.#writing.run(key, async () => {
      if (life.ifAbsent && (await this.has(key))) {
        return false;
      }
      const stored = await this.#host.preSet(key, value);
      this.#checkOpen();
      const prepared = store.prepare(key, stored, { ...life, ifAbsent: false, conditional: false });
      this.#writes.set(key, prepared);
      return true;
    });
  }

  #delete(key: string): Promise<boolean> {
    return this.#writing.run(key, async () => {
      const held = await this.has(key);
      this.#checkOpen();
      this.#writes.set(key, undefined);
      return held;
    });
  }

  /** Rejects when the timeout has passed. */
  get timedOut(): Promise<never> {
    return this.#deadline.passed;
  }

  async #open(): Promise<Engine<V>> {
    this.#checkOpen();
    this.#store ??= this.#host.atOnce() ?? (await this.#host.ready());
    this.#checkOpen();
    return this.#store;
  }

  #checkOpen(): void {
    this.#deadline.check();
    if (this.#ended !== undefined) {
      throw new CacheError(
        'ERR_CACHE_CLOSED',
        `this transaction was ${this.#ended}; begin another`,
      );
    }
  }

  /** Reads by `look`; the first read of a key is what the commit will be held against. */
  #read(store: Engine<V>, key: string, look: () => V | undefined): V | undefined {
    this.#checkOpen();
    const watch = this.#reads.has(key) ? undefined : store.watch(key);
    try {
      const value = look();
      if (watch !== undefined) {
        this.#reads.set(key, { watch, writes: watch.writes, held: value !== undefined });
      }
      return value;
    } catch (error) {
      if (watch !== undefined) {
        store.unwatch(key);
      }
      throw error;
    }
  }

  /** Returns what this transaction will write, a copy if the cache copies. */
  #ownValue(key: string): V | undefined {
    const { clone } = this.#host.config;
    const value = this.#writes.get(key)?.value;
    return value === undefined || clone === undefined ? value : clone(value);
  }

  #checkRoom(): void {
    const { maxSize, maxWeight } = this.#host.config;
    const sets = this.#sets();
    if (sets.length > maxSize) {
      throw outOfRange(
        `this transaction sets ${sets.length} keys and the cache holds at most ${maxSize}`,
      );
    }
    const weight = sets.reduce((sum, set) => sum + set.weight, 0);
    if (weight > maxWeight) {
      throw outOfRange(
        `this transaction sets a weight of ${weight} and the cache holds at most ${maxWeight}`,
      );
    }
  }

  #sets(): Prepared<V>[] {
    return [...this.#writes.values()].filter((write) => write !== undefined);
  }

  #checkReads(store: Engine<V>): void {
    for (const [key, { watch, writes, held }] of this.#reads) {
      if (watch.writes !== writes || store.holds(key) !== held) {
        throw new CacheConflictError(
          'ERR_CACHE_CONFLICT',
          `${describe(key)} has changed since this transaction read it; nothing was applied`,
          { key },
        );
      }
    }
  }

  /** Deletes first, so that no set evicts for a room that a delete makes. */
  #apply(store: Engine<V>): void {
    const now = store.askNow();
    const writes = [...this.#writes];
    for (const [key, write] of writes) {
      if (write === undefined) {
        store.discard(key);
      }
    }
    for (const [, write] of writes) {
      if (write !== undefined) {
        store.putPrepared(write, now);
      }
    }
  }

  #end(how: 'committed' | 'rolled back'): void {
    if (this.#ended === undefined) {
      this.#ended = how;
      this.#deadline.clear();
      for (const key of this.#reads.keys()) {
        this.#store?.unwatch(key);
      }
    }
  }
}

/** Runs `work` in transactions until one commits, `retries` more times after conflicts. */
export async function runTransaction<V, R>(
  host: Host<V>,
  work: (tx: Transaction<V>) => R | PromiseLike<R>,
  options: TransactionOptions = {},
): Promise<R> {
  const { retries, timeout } = readOptions(options);
  const until = Date.now() + timeout;
  for (let attempt = 0; ; attempt++) {
    // Runs that wait for no timer leave that of the transaction no time either.
    const left = timeout === Infinity ? Infinity : until - Date.now();
    if (left <= 0) {
      throw timeoutError();
    }
    const tx = new StoreTransaction(host, { timeout: left });
    try {
      const result = await Promise.race([work(tx), tx.timedOut]);
      if (!tx.hasEnded) {
        await tx.commit();
      }
      return result;
    } catch (error) {
      await tx.rollback();
      if (!(error instanceof CacheConflictError) || attempt >= retries) {
        throw error;
      }
    }
  }
}

/** The end of a transaction's time. */
class Deadline {
  readonly passed: Promise<never>;
  readonly #onPassed: () => void;
  /** When it is over, on `Date.now`. */
  readonly #until: number;
  #reject: (error: CacheError) => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(timeout: number, onPassed: () => void) {
    this.#onPassed = onPassed;
    this.#until = Date.now() + timeout;
    this.passed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.passed.catch(() => undefined);
    if (timeout !== Infinity) {
      this.#wait(timeout);
    }
  }

  /** Throws if the time is over, also if no timer could say so because the program was busy. */
  check(): void {
    if (!this.#isOver && Date.now() >= this.#until) {
      this.#isOver = true;
      this.#onPassed();
    }
    if (this.#isOver) {
      throw timeoutError();
    }
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    const delay = Math.min(ms, DELAY_MAX_MS);
    this.#timer = setTimeout(() => {
      if (delay < ms) {
        this.#wait(ms - delay);
        return;
      }
      this.#isOver = true;
      this.#onPassed();
      this.#reject(timeoutError());
    }, delay);
    unref(this.#timer);
  }
}

function timeoutError(): CacheError {
  return new CacheError(
    'ERR_CACHE_TRANSACTION_TIMEOUT',
    'this transaction took longer than its timeout; nothing was applied',
  );
}

function readOptions(options: TransactionOptions): { retries: number; timeout: number } {
  checkNames(options, ['retries', 'timeout']);
  const { retries = 0, timeout = Infinity } = options;
  if (typeof retries !== 'number') {
    throw wrongType(`retries is ${describe(retries)}; give a whole number`);
  }
  if (!(retries >= 0) || (retries !== Infinity && !Number.isInteger(retries))) {
    throw outOfRange(`retries is ${retries}; give a whole number, at least 0`);
  }
  return { retries, timeout: milliseconds(timeout, 'timeout') };
}
