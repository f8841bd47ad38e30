/**
 * Our `LRUCache` and lru-cache's own side by side: each operation is done to both, and all that can
 * be seen of them is compared after it.
 */
import assert from 'node:assert/strict';

import { LRUCache as Original } from 'lru-cache';

import { load } from '../lib/package.mjs';

const { LRUCache } = await load('tidecache/lru');

/** Keys of every kind, some of which a careless index would take for one another. */
export const KEYS = [
  ...['', 'a', 'b', '1', '__proto__', 'constructor', '\ud800', 'null'],
  ...[0, 1, 1.5, NaN, -1, 2n, 1n, true, false, null],
  ...[Symbol('a'), Symbol.iterator, {}, [], () => 1, new Map(), Object.freeze({ a: 1 })],
];

/** Returns what lru-cache's iterators and their names in lru-cache see, in order. */
function seenOf(cache) {
  return {
    size: cache.size,
    calculatedSize: cache.calculatedSize,
    entries: [...cache.entries()],
    rentries: [...cache.rentries()],
    keys: [...cache.keys()],
    rkeys: [...cache.rkeys()],
    values: [...cache.values()],
    rvalues: [...cache.rvalues()],
    itself: [...cache],
    dump: cache.dump().map(withTimes),
  };
}

/** What has no TTL began at no time: theirs has a number for it, or none. */
function withTimes([key, { ttl = 0, start, ...rest }]) {
  return [key, ttl === 0 ? rest : { ...rest, ttl, start }];
}

/** A pair of caches on one clock. */
export class Twins {
  constructor(options) {
    this.time = 1_000;
    // For `dump`; neither asks it for anything else.
    Date.now = () => 500_000 + this.time;
    this.told = [[], []];
    const perf = { now: () => this.time };
    [this.ours, this.theirs] = [LRUCache, Original].map((Class, at) => {
      const note =
        (name) =>
        (...told) =>
          void this.told[at].push([name, ...told]);
      const { isTold = true, ...rest } = options;
      return new Class({
        ttlResolution: 0,
        perf,
        ...rest,
        ...(isTold && {
          dispose: note('dispose'),
          // After a silent set theirs tells of what that has evicted with the next operation.
          ...(!rest.noDisposeOnSet && { disposeAfter: note('after') }),
          onInsert: note('insert'),
        }),
      });
    });
  }

  /** Lets time pass. */
  advance(ms) {
    this.time += ms;
  }

  /** Does one thing to both and compares what came of it. */
  apply(name, ...words) {
    const came = [this.ours, this.theirs].map((cache) => {
      // Theirs writes into the options.
      const [first, ...rest] = words;
      const own = rest.map((word) => (typeof word === 'object' && word ? { ...word } : word));
      try {
        const answer = cache[name](...(words.length === 0 ? [] : [first, ...own]));
        return name === 'set' ? { isItself: answer === cache } : { answer };
      } catch (error) {
        return { error: error.constructor };
      }
    });
    assert.deepEqual(came[0], came[1], name);
  }

  /** Compares everything that shows. */
  compare() {
    const [ours, theirs] = [this.ours, this.theirs].map(seenOf);
    assert.deepEqual(ours, theirs);
    // Within one operation: ours tells of values when it is done, theirs before.
    const sorted = this.told.map((told) => [
      ...told.filter(([name]) => name === 'dispose'),
      ...told.filter(([name]) => name === 'after'),
      ...told.filter(([name]) => name === 'insert'),
    ]);
    assert.deepEqual(sorted[0], sorted[1]);
    this.told.forEach((told) => void (told.length = 0));
  }
}
