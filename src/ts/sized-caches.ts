/** `TTLCache` with the policy in its name, and a limit that must be given. */

import { TTLCache } from './cache.js';
import { describe, named, wrongType } from './errors.js';
import { EvictionPolicy, type CacheOptions } from './types.js';

/** The options of a cache whose policy is fixed: `maxSize` or `maxWeight` is required. */
export type SizedOptions<V> = Omit<CacheOptions<V>, 'evictionPolicy'> &
  ({ maxSize: number } | { maxWeight: number });

/** A {@link TTLCache} that evicts the least recently used entry. A `set` is a use. */
export class TTLLRUCache<V = unknown> extends TTLCache<V> {
  static {
    named(this, 'TTLLRUCache');
  }

  /** @throws {TypeError} as `TTLCache` does, and without `maxSize` and `maxWeight`. */
  constructor(options: SizedOptions<V>) {
    super(sized('TTLLRUCache', EvictionPolicy.LRU, options));
  }
}

/** A {@link TTLCache} that evicts the least often used entry, among equals the least recent. */
export class TTLLFUCache<V = unknown> extends TTLCache<V> {
  static {
    named(this, 'TTLLFUCache');
  }

  /** @throws {TypeError} as `TTLCache` does, and without `maxSize` and `maxWeight`. */
  constructor(options: SizedOptions<V>) {
    super(sized('TTLLFUCache', EvictionPolicy.LFU, options));
  }
}

/** A {@link TTLCache} that evicts the entry that came first. */
export class TTLFIFOCache<V = unknown> extends TTLCache<V> {
  static {
    named(this, 'TTLFIFOCache');
  }

  /** @throws {TypeError} as `TTLCache` does, and without `maxSize` and `maxWeight`. */
  constructor(options: SizedOptions<V>) {
    super(sized('TTLFIFOCache', EvictionPolicy.FIFO, options));
  }
}

function sized<V>(
  name: string,
  evictionPolicy: EvictionPolicy,
  options: CacheOptions<V>,
): CacheOptions<V> {
  if (typeof options !== 'object' || options === null) {
    throw wrongType(
      `${name} needs options with maxSize or maxWeight, and got ${describe(options)}`,
    );
  }
  if (options.maxSize === undefined && options.maxWeight === undefined) {
    throw wrongType(`${name} needs maxSize or maxWeight: without a limit nothing is evicted`);
  }
  if (options.evictionPolicy !== undefined) {
    throw wrongType(`${name} has its policy in its name; leave evictionPolicy out or use TTLCache`);
  }
  return { ...options, evictionPolicy };
}
