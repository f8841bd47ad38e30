/** Writers and readers of a cache, and what a history of theirs shows. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** A load on one cache: each key has one writer, whose values are numbers that rise. */
export class RedisLoad {
  #cache;
  #isOver = false;
  #workers = [];
  /** By key: the last number that was acknowledged and the last that was sent, and when. */
  history = new Map();
  /** Every error, by the key it was about. */
  failures = [];
  /** Reads that gave less than was acknowledged before they began, by key. */
  older = [];
  misses = [];
  calls = 0;
  longestMs = 0;

  constructor(cache, keys) {
    this.#cache = cache;
    for (const key of keys) {
      this.history.set(key, { acknowledged: -1, sent: -1, atMs: 0 });
    }
  }

  /** Writes each key once, then starts the load. */
  async start() {
    for (const key of this.history.keys()) await this.#cache.set(key, ++this.history.get(key).sent);
    for (const one of this.history.values()) one.acknowledged = 0;
    for (const key of this.history.keys()) this.#workers.push(this.#write(key), this.#read(key));
  }

  async stop() {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  /** Whether every key has been written since. */
  hasWrittenSince(ms) {
    return [...this.history.values()].every(({ atMs }) => atMs > ms);
  }

  async #call(key, work) {
    const start = performance.now();
    this.calls++;
    try {
      return await work();
    } catch (error) {
      this.failures.push({ key, error });
      return undefined;
    } finally {
      this.longestMs = Math.max(this.longestMs, performance.now() - start);
      await pause(2);
    }
  }

  async #write(key) {
    const one = this.history.get(key);
    while (!this.#isOver) {
      const number = ++one.sent;
      await this.#call(key, async () => {
        assert.equal(await this.#cache.set(key, number), true);
        one.acknowledged = number;
        one.atMs = performance.now();
      });
    }
  }

  async #read(key) {
    const one = this.history.get(key);
    while (!this.#isOver) {
      const { acknowledged } = one;
      await this.#call(key, async () => {
        const found = await this.#cache.get(key);
        if (found === undefined) this.misses.push(key);
        else if (found < acknowledged) this.older.push(key);
        // An assertion of ours is no failure of the engine's.
        if (found > one.sent) throw new RangeError(`${key}: ${found} was never sent`);
      });
    }
  }
}
