/**
 * The naive twin of a cache: an array of entries, searched from end to end.
 *
 * It is told of an operation after the cache has done it, says what the answer has to be, and judges
 * what `onEvicted` was told meanwhile: a swept entry must be dead, a victim must be the policy's
 * choice among all held (among the newer policies, whose choice has twins of its own in
 * tests/policies_twins.rs: anybody held), and room must have been needed. In which order one step of the sweep
 * reports the dead is the cache's own affair.
 */
import assert from 'node:assert/strict';

import { milliseconds } from './script.mjs';

/** Whether entry a leaves before entry b. */
const ORDERS = {
  lru: (a, b) => a.used < b.used,
  lfu: (a, b) => a.uses < b.uses || (a.uses === b.uses && a.counted < b.counted),
  fifo: (a, b) => a.arrived < b.arrived,
};
/** Those that may refuse what is heavier than an eighth of the limit. */
const ADMITTING = ['w-tinylfu', 'adaptive'];

export class Model {
  hits = 0;
  misses = 0;
  evictions = 0;
  expirations = 0;
  /** Whether inserts sweep on their way. */
  sweeping = true;
  /** Entries held: dead ones that were not freed yet too. */
  held = [];
  /** What the cache told `onEvicted` and nobody has judged yet. */
  told = [];
  #setup;
  #time;
  #step = 0;
  #draw;

  /** @param draw gives the cache's own draws of chance once more, in order. */
  constructor(setup, time, draw) {
    this.#setup = setup;
    this.#time = time;
    this.#draw = draw;
  }

  get(key) {
    const entry = this.find(key);
    if (entry === undefined) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    entry.uses++;
    entry.used = entry.counted = ++this.#step;
    if (entry.sliding) {
      entry.deadline = this.#time.now + entry.span;
    }
    return entry.value;
  }

  /** Returns the live entry of `key`; a dead one leaves. */
  find(key) {
    const entry = this.held.find((held) => held.key === key);
    if (entry !== undefined && this.isDead(entry)) {
      this.leave(entry, 'expired');
      return undefined;
    }
    return entry;
  }

  take(key) {
    const value = this.get(key);
    this.delete(key);
    return value;
  }

  delete(key) {
    const entry = this.find(key);
    if (entry !== undefined) {
      this.leave(entry, 'deleted');
    }
    return entry !== undefined;
  }

  touch(key, ttl) {
    const span = this.#spanOf(ttl);
    const entry = this.find(key);
    if (entry === undefined) {
      return false;
    }
    entry.span = span;
    entry.deadline = this.#time.now + entry.span;
    return true;
  }

  /** Draws the span of each set at once, as a batch does before it stores anything. */
  prepare(sets) {
    return sets.map((set) => ({ ...set, span: this.#spanOf(set.ttl) }));
  }

  /** Stores what was prepared; `isVersion` says whether an entry has the version asked for. */
  put({ key, value, span, sliding, ifAbsent, ifVersion }, isVersion = () => true) {
    const { maxWeight, weigh } = this.#setup;
    const old = this.find(key);
    const lost = old === undefined ? ifVersion : ifAbsent || (ifVersion && !isVersion(old));
    if (lost) {
      return false;
    }
    const weight = weigh(value, key);
    if (weight > maxWeight) {
      if (old !== undefined) {
        this.leave(old, 'replaced');
      }
      this.#expect(key, value, 'refused');
      return false;
    }
    if (this.sweeping) {
      this.sweep(old);
    }
    if (old === undefined && this.#isTurnedAway(value, weight)) {
      this.#expect(key, value, 'refused');
      return false;
    }
    this.#makeRoom(old, weight);
    const step = ++this.#step;
    const past = old ?? { uses: 1, counted: step, arrived: step };
    if (old !== undefined) {
      this.leave(old, 'replaced');
    }
    const { now } = this.#time;
    const { uses, counted, arrived } = past;
    const slides = sliding ?? this.#setup.sliding;
    const life = { span, sliding: slides, created: now, deadline: now + span };
    this.held.push({ key, value, weight, ...life, uses, counted, arrived, used: step });
    return true;
  }

  /** Stores a new key in a cache that has room, without looking at what is there. */
  append(set) {
    const [{ key, value, span }] = this.prepare([set]);
    const step = ++this.#step;
    const weight = this.#setup.weigh(value, key);
    const life = { span, sliding: this.#setup.sliding, deadline: this.#time.now + span };
    const past = { uses: 1, counted: step, arrived: step, used: step, created: this.#time.now };
    this.held.push({ key, value, weight, ...life, ...past });
  }

  clear() {
    this.#expectInAnyOrder(this.held, 'cleared');
  }

  /** Lets the dead leave, `except` apart: all of them, in a cache that one step can see. */
  sweep(except) {
    const dead = this.held.filter((entry) => entry !== except && this.isDead(entry));
    if (this.#setup.isLarge) {
      this.sweepSome();
    } else {
      this.#expectInAnyOrder(dead, 'expired');
    }
  }

  /** Lets those of the dead leave that the cache says have left. */
  sweepSome() {
    while (this.told[0]?.[2] === 'expired') {
      const [key, value] = this.told[0];
      const entry = this.held.find((held) => held.value === value);
      assert.ok(entry !== undefined && entry.key === key, `${key} expires and was not held`);
      assert.ok(this.isDead(entry), `${key} expires and is alive`);
      this.leave(entry, 'expired');
    }
  }

  /** Takes an entry out; the cache must have told so by now. */
  leave(entry, reason) {
    this.held.splice(this.held.indexOf(entry), 1);
    this.#count(reason, 1);
    this.#expect(entry.key, entry.value, reason);
  }

  isDead(entry) {
    return entry.deadline <= this.#time.now;
  }

  get alive() {
    return this.held.filter((entry) => !this.isDead(entry));
  }

  get weight() {
    return this.held.reduce((sum, { weight }) => sum + weight, 0);
  }

  resetStats() {
    this.hits = this.misses = this.evictions = this.expirations = 0;
  }

  #makeRoom(old, weight) {
    const { maxSize, maxWeight } = this.#setup;
    for (;;) {
      const others = this.held.length - (old === undefined ? 0 : 1);
      const sum = this.weight - (old?.weight ?? 0) + weight;
      if (others < maxSize && sum <= maxWeight) {
        return;
      }
      const victim = this.#victim(old);
      this.leave(victim, this.isDead(victim) ? 'expired' : 'evicted');
    }
  }

  /** Whether the policy, as the cache says, has not let in what is heavy and seldom asked for. */
  #isTurnedAway(value, weight) {
    const { maxWeight, policy } = this.#setup;
    const told = this.told.some(([, other, reason]) => reason === 'refused' && other === value);
    assert.ok(!told || (ADMITTING.includes(policy) && 8 * weight >= maxWeight), 'it is heavy');
    return told;
  }

  /** Returns who goes next, `except` apart. */
  #victim(except) {
    const leavesBefore = ORDERS[this.#setup.policy];
    if (leavesBefore === undefined) {
      const entry = this.held.find((held) => held.value === this.told[0]?.[1]);
      assert.ok(entry !== undefined && entry !== except, 'somebody leaves who was held');
      return entry;
    }
    let first;
    for (const entry of this.held) {
      if (entry !== except && (first === undefined || leavesBefore(entry, first))) {
        first = entry;
      }
    }
    return first;
  }

  #spanOf(given) {
    const { defaultTtl, jitter } = this.#setup;
    const ttl = milliseconds(given ?? defaultTtl);
    if (jitter === 0 || ttl === Infinity) {
      return ttl;
    }
    return Math.max(Math.min(ttl, 1), ttl * (1 - jitter * this.#draw()));
  }

  #count(reason, times) {
    this.evictions += reason === 'evicted' ? times : 0;
    this.expirations += reason === 'expired' ? times : 0;
  }

  #isTold(reason) {
    return this.#setup.notifyOn.includes(reason);
  }

  #expect(key, value, reason) {
    if (this.#isTold(reason)) {
      const told = this.told.shift();
      const right = told?.[0] === key && told[1] === value && told[2] === reason;
      assert.ok(right, `told ${JSON.stringify(told)} instead of ${key} ${reason}`);
    }
  }

  #expectInAnyOrder(entries, reason) {
    this.#count(reason, entries.length);
    this.held = this.held.filter((entry) => !entries.includes(entry));
    if (this.#isTold(reason)) {
      const told = this.told.splice(0, entries.length);
      for (const { key, value } of entries) {
        const at = told.findIndex((one) => one[0] === key && one[1] === value && one[2] === reason);
        assert.notEqual(at, -1, `${key} left (${reason}) and nobody was told`);
        told.splice(at, 1);
      }
    }
  }
}
