/** Keys and pairs as callers write them. */

import { describe, wrongKey, wrongType } from './errors.js';
import type { Key } from './types.js';

/** Returns the keys as an array; a string is an iterable of characters, and hardly meant. */
export function readKeys(keys: Iterable<Key>): Key[] {
  if (typeof keys === 'string' || typeof keys?.[Symbol.iterator] !== 'function') {
    throw wrongType(`the keys are ${describe(keys)}; give an array or another iterable of strings`);
  }
  const wanted = [...keys];
  for (const key of wanted) {
    if (typeof key !== 'string') {
      throw wrongKey(key);
    }
  }
  return wanted;
}

/** Returns the pairs of a Map, an object or another iterable as an array. */
export function readPairs<V>(
  entries: Iterable<readonly [Key, V]> | Readonly<Record<string, V>>,
): (readonly [Key, V])[] {
  if (typeof entries !== 'object' || entries === null) {
    throw wrongType(`the entries are ${describe(entries)}; give an object, a Map or pairs`);
  }
  const pairs = Symbol.iterator in entries ? [...entries] : Object.entries(entries);
  for (const pair of pairs) {
    if (!Array.isArray(pair)) {
      throw wrongType(`${describe(pair)} is among the entries; give pairs like ['key', value]`);
    }
  }
  return pairs;
}

/** Throws unless `key` is a string and `value` is one that can be stored. */
export function checkPair(key: unknown, value: unknown): void {
  if (typeof key !== 'string') {
    throw wrongKey(key);
  }
  if (value === undefined) {
    throw wrongType(`the value for ${describe(key)} is undefined, which is a miss; use null`);
  }
}

/** Throws a `TypeError` unless `signal` is an `AbortSignal` or not given. */
export function checkSignal(signal: unknown): void {
  const isSignal = typeof signal === 'object' && signal !== null && 'aborted' in signal;
  if (signal !== undefined && !isSignal) {
    throw wrongType(`signal is ${describe(signal)}; give an AbortSignal`);
  }
}

/** Throws a `TypeError` unless `loader` is a function. */
export function checkLoader(loader: unknown): void {
  if (typeof loader !== 'function') {
    throw wrongType(`the loader is ${describe(loader)}; give a function that makes the value`);
  }
}
