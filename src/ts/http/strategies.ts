/** The strategies as callers make them. */

import {
  cacheFirst,
  cacheOnly,
  networkFirst,
  networkOnly,
  staleWhileRevalidate,
  type Flow,
} from './flows.js';
import { readStrategy, type StrategyConfig } from './options.js';
import { httpSemantics } from './semantics.js';
import type { HttpSemanticsOptions, StrategyOptions } from './types.js';

/** What a strategy is made of. */
export interface StrategyPlan {
  readonly config: StrategyConfig;
  readonly flow: Flow;
  /** Its name; `''` for the standard's own. */
  readonly name: string;
}

const FLOWS = {
  CacheFirst: cacheFirst,
  CacheOnly: cacheOnly,
  HttpSemantics: httpSemantics,
  NetworkFirst: networkFirst,
  NetworkOnly: networkOnly,
  StaleWhileRevalidate: staleWhileRevalidate,
} as const;

const plans = new WeakMap<Strategy, StrategyPlan>();

/** Returns what a strategy is made of, or `undefined` for anything else. */
export function planOf(strategy: unknown): StrategyPlan | undefined {
  return plans.get(strategy as Strategy);
}

/** How requests of a route are answered: one of the six. */
export abstract class Strategy {
  /** Which cache its responses are in. */
  readonly cacheName: string;

  protected constructor(name: keyof typeof FLOWS, options: HttpSemanticsOptions) {
    const isSemantic = name === 'HttpSemantics';
    const config = readStrategy(options, isSemantic);
    this.cacheName = config.cacheName;
    plans.set(this, { config, flow: FLOWS[name], name: isSemantic ? '' : name });
  }
}

/** The cache if it has it, of whatever age; or else the network. For what never changes. */
export class CacheFirst extends Strategy {
  constructor(options: StrategyOptions = {}) {
    super('CacheFirst', options);
  }

  /** Its name, which the build shortens otherwise. */
  static override readonly name: string = 'CacheFirst';
}

/** The cache alone; a 504 if it has nothing. */
export class CacheOnly extends Strategy {
  constructor(options: StrategyOptions = {}) {
    super('CacheOnly', options);
  }

  /** Its name, which the build shortens otherwise. */
  static override readonly name: string = 'CacheOnly';
}

/** What the responses themselves say, by RFC 9111; the default. */
export class HttpSemantics extends Strategy {
  constructor(options: HttpSemanticsOptions = {}) {
    super('HttpSemantics', options);
  }

  /** Its name, which the build shortens otherwise. */
  static override readonly name: string = 'HttpSemantics';
}

/** The network; if it fails, or has no first byte in `networkTimeoutSeconds`, the cache. */
export class NetworkFirst extends Strategy {
  constructor(options: StrategyOptions = {}) {
    super('NetworkFirst', options);
  }

  /** Its name, which the build shortens otherwise. */
  static override readonly name: string = 'NetworkFirst';
}

/** The network alone. */
export class NetworkOnly extends Strategy {
  constructor(options: StrategyOptions = {}) {
    super('NetworkOnly', options);
  }

  /** Its name, which the build shortens otherwise. */
  static override readonly name: string = 'NetworkOnly';
}

/** The cache at once, of whatever age, and a new response for the next time. */
export class StaleWhileRevalidate extends Strategy {
  constructor(options: StrategyOptions = {}) {
    super('StaleWhileRevalidate', options);
  }

  /** Its name, which the build shortens otherwise. */
  static override readonly name: string = 'StaleWhileRevalidate';
}
