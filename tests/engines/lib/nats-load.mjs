/** Writers and readers of a bucket, and what a history of theirs has to show. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

const HOUR = 3_600_000;
/** The longest one call may take. */
const CALL_MS = 2000;
const encoder = new TextEncoder();
const numberIn = (held) => Number(Buffer.from(held.bytes).toString());

/** A load on stores of one bucket; every key has one writer or, of counters, several. */
export class NatsLoad {
  #stores;
  #isOver = false;
  #workers = [];
  /** By key: the last number that was acknowledged, and the last that was sent. */
  written = new Map();
  /** By key of a counter: how often it was raised, and how often perhaps. */
  raised = new Map();
  failures = [];
  calls = 0;
  /** Reads that gave less than had been acknowledged before they began. */
  stale = 0;
  longestMs = 0;

  constructor(stores) {
    this.#stores = stores;
  }

  /** Starts so many writers, readers of each, and raisers of so many counters. */
  start({ keys = 6, counters = 2 } = {}) {
    for (let at = 0; at < keys; at++) {
      this.written.set(`w${at}`, { acknowledged: -1, sent: -1 });
      this.#workers.push(this.#write(`w${at}`, at), this.#read(`w${at}`, at + 1));
    }
    for (let at = 0; at < counters; at++) {
      this.raised.set(`c${at}`, { surely: 0, perhaps: 0 });
      this.#workers.push(this.#raise(`c${at}`, at), this.#raise(`c${at}`, at + 1));
    }
  }

  /** Ends the load; resolves when every call has ended. */
  async stop() {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  /** No acknowledged write is lost, and none has come that was not sent. */
  async check() {
    const [store] = this.#stores;
    for (const [key, { acknowledged, sent }] of this.written) {
      const [held] = await store.read([key], AbortSignal.timeout(10_000));
      const found = held === undefined ? -1 : numberIn(held);
      assert.ok(acknowledged >= 0, `${key} was never written`);
      assert.ok(found >= acknowledged && found <= sent, `${key}: ${found} after ${acknowledged}`);
    }
    for (const [key, { surely, perhaps }] of this.raised) {
      const [held] = await store.read([key], AbortSignal.timeout(10_000));
      const found = numberIn(held);
      assert.ok(surely > 0, `${key} was never raised`);
      const range = `${surely} to ${surely + perhaps}`;
      assert.ok(found >= surely && found <= surely + perhaps, `${key}: ${found}, not ${range}`);
    }
  }

  /** One line of what happened. */
  summary() {
    return (
      `${this.calls} calls, ${this.failures.length} failed, longest ${Math.round(this.longestMs)} ` +
      `ms, ${this.stale} reads older than a write acknowledged before`
    );
  }

  async #call(store, work) {
    const start = performance.now();
    this.calls++;
    try {
      return await work(store, AbortSignal.timeout(CALL_MS));
    } catch (error) {
      this.failures.push(error);
      await pause(20);
      return undefined;
    } finally {
      this.longestMs = Math.max(this.longestMs, performance.now() - start);
    }
  }

  #store = (at) => this.#stores[at % this.#stores.length];

  async #write(key, at) {
    const state = this.written.get(key);
    while (!this.#isOver) {
      const number = ++state.sent;
      const done = await this.#call(this.#store(at), (store, signal) =>
        store.put(key, encoder.encode(`${number}`), { flags: 0, ttlMs: HOUR }, signal),
      );
      if (done !== undefined) state.acknowledged = number;
      await pause(2);
    }
  }

  async #read(key, at) {
    const state = this.written.get(key);
    while (!this.#isOver) {
      const { acknowledged } = state;
      await this.#call(this.#store(at), async (store, signal) => {
        const [held] = await store.read([key], signal);
        if ((held === undefined ? -1 : numberIn(held)) < acknowledged) this.stale++;
      });
      await pause(2);
    }
  }

  /** Reads and raises by the version; what failed may have acted. */
  async #raise(key, at) {
    const state = this.raised.get(key);
    while (!this.#isOver) {
      const found = await this.#call(this.#store(at), (store, signal) => store.read([key], signal));
      if (found === undefined) continue;
      const [held] = found;
      const how = held === undefined ? { ifAbsent: true } : { ifVersion: held.version };
      const next = encoder.encode(`${held === undefined ? 1 : numberIn(held) + 1}`);
      const failed = this.failures.length;
      const done = await this.#call(this.#store(at), async (store, signal) => ({
        version: await store.put(key, next, { flags: 0, ttlMs: HOUR, ...how }, signal),
      }));
      if (done?.version !== undefined) state.surely++;
      if (done === undefined && this.failures.length > failed) state.perhaps++;
      await pause(2);
    }
  }
}
