import { describe, wrongType } from '../errors.js';
import { isPositive } from './entries.js';
import type { LRUOptions } from './types.js';

/** Throws a `TypeError` where lru-cache does, and for a cache of bytes without a name for them. */
export function checkOptions<K, V, FC>(options: LRUOptions<K, V, FC>): void {
  const { max = 0, maxSize = 0, maxEntrySize = 0, ttl = 0, perf, sizeCalculation } = options;
  const numbers = { max, maxSize, maxEntrySize, ttl };
  for (const [name, number] of Object.entries(numbers)) {
    if (number !== 0 && !isPositive(number)) {
      throw wrongType(`${name} is ${describe(number)}; give a positive integer`);
    }
  }
  if (max === 0 && maxSize === 0 && ttl === 0) {
    throw wrongType('give max, maxSize or ttl');
  }
  if (perf !== undefined && typeof perf?.now !== 'function') {
    throw wrongType('perf has no method now()');
  }
  for (const name of ['sizeCalculation', 'memoMethod', 'fetchMethod'] as const) {
    const given = options[name];
    if (given !== undefined && typeof given !== 'function') {
      throw wrongType(`${name} is ${describe(given)}; give a function`);
    }
  }
  if (sizeCalculation !== undefined && maxSize === 0 && maxEntrySize === 0) {
    throw wrongType('cannot set sizeCalculation without setting maxSize or maxEntrySize');
  }
}
