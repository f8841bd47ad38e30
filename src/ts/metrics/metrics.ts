/**
 * What a cache has counted, for those who watch it: as text for Prometheus, as counters of
 * OpenTelemetry, as Node's diagnostics channels. Read from the counters that a cache keeps anyway;
 * only the channels make its reads and writes tell what they do.
 */

import type { Counts, Metrics } from '../counts.js';
import { describe, wrongType } from '../errors.js';

/** A cache to be watched: a `TTLCache`, a class of its kin, or a namespace. */
export interface Measured {
  /** What was counted. */
  getStats(): object;
  /** Calls a listener at each event until what is returned is called. */
  on(event: 'hit' | 'miss', listener: (payload: object) => void): () => void;
}

/** What one gives of `@opentelemetry/api`: the package itself. */
export interface OpenTelemetry {
  readonly metrics: { getMeter(name: string): object };
}

/** An instrument of OpenTelemetry that is asked. */
interface Observable {
  addCallback(callback: Observe): void;
  removeCallback(callback: Observe): void;
}
type Observe = (result: { observe(value: number, attributes: object): void }) => void;
type Kind = 'Counter' | 'Gauge';
type Meter = Record<
  `createObservable${Kind}`,
  (name: string, options: { description: string; unit: string }) => Observable
>;

/** Node's `node:diagnostics_channel`. */
export interface Channels {
  /** Returns a channel. */
  channel(name: string): { readonly hasSubscribers: boolean; publish(message: unknown): void };
}

/** Counter, its name outside, unit, what it counts. Those of `GAUGES` go up and down. */
const METRICS: readonly (readonly [keyof Counts, string, string, string])[] = [
  ['hits', 'hits', '{read}', 'Reads that found an entry.'],
  ['misses', 'misses', '{read}', 'Reads that found none.'],
  ['staleHits', 'stale_hits', '{read}', 'Stale entries that loads served.'],
  ['loads', 'loads', '{load}', 'Loaders that were called.'],
  ['loadErrors', 'load_errors', '{load}', 'Loaders that failed.'],
  ['coalesced', 'coalesced', '{load}', 'Calls that joined a loader under way.'],
  ['evictions', 'evictions', '{entry}', 'Entries that made room.'],
  ['expirations', 'expirations', '{entry}', 'Entries whose deadline had come.'],
  ['items', 'items', '{entry}', 'Live entries.'],
  ['weight', 'weight', '1', 'The weight held.'],
  ['wasmBytes', 'wasm_bytes', 'By', 'WebAssembly memory held.'],
];
const GAUGES: readonly (keyof Counts)[] = ['items', 'weight', 'wasmBytes'];

const EVENTS = ['hit', 'miss', 'set', 'remove', 'refresh', 'error'] as const;

/** Returns the counters of caches in Prometheus' text format; they are never set back. */
export function metricsText(...caches: readonly Measured[]): string {
  const rows = caches.flatMap(rowsOf);
  return METRICS.map(([counter, name, , help]) => {
    const isGauge = GAUGES.includes(counter);
    const full = `tidecache_${name}${isGauge ? '' : '_total'}`;
    const head = `# HELP ${full} ${help}\n# TYPE ${full} ${isGauge ? 'gauge' : 'counter'}\n`;
    const lines = rows
      .filter(({ namespace }) => !isGauge || namespace === '')
      .map(({ cache, namespace, counts }) => {
        const labels = `cache="${escaped(cache)}",namespace="${escaped(namespace)}"`;
        return `${full}{${labels}} ${counts[counter]}\n`;
      });
    return head + lines.join('');
  }).join('');
}

/**
 * Makes counters of OpenTelemetry that read a cache's when they are asked; returns what ends that.
 *
 * ```ts
 * import * as api from '@opentelemetry/api';
 * const end = instrument(cache, api);
 * ```
 */
export function instrument(cache: Measured, api: OpenTelemetry): () => void {
  metricsOf(cache);
  if (typeof api?.metrics?.getMeter !== 'function') {
    throw wrongType(`the API is ${describe(api)}; give the package @opentelemetry/api`);
  }
  const meter = api.metrics.getMeter('tidecache') as Meter;
  const ends = METRICS.map(([counter, name, unit, description]) => {
    const isGauge = GAUGES.includes(counter);
    const options = { description, unit };
    const full = `tidecache.${name}`;
    const instrument = isGauge
      ? meter.createObservableGauge(full, options)
      : meter.createObservableCounter(full, options);
    const observe: Observe = (result) => {
      for (const { cache: of, namespace, counts } of rowsOf(cache)) {
        if (!isGauge || namespace === '') {
          result.observe(counts[counter], { cache: of, namespace });
        }
      }
    };
    instrument.addCallback(observe);
    return () => {
      instrument.removeCallback(observe);
    };
  });
  return () => {
    ends.forEach((end) => {
      end();
    });
  };
}

/**
 * Publishes a cache's events on the channels `tidecache:hit`, `tidecache:miss` and so on; returns
 * what ends that. Meanwhile a hit costs more than it does without.
 *
 * @param channels `node:diagnostics_channel`; found by itself in Node since 20.16.
 */
export function publish(cache: Measured, channels = builtinChannels()): () => void {
  const { name } = metricsOf(cache);
  if (typeof channels?.channel !== 'function') {
    throw wrongType('there is no diagnostics channel here; give node:diagnostics_channel');
  }
  const offs = EVENTS.map((event) => {
    const channel = channels.channel(`tidecache:${event}`);
    return cache.on(event as 'hit', (payload) => {
      if (channel.hasSubscribers) {
        channel.publish({ cache: name, ...payload });
      }
    });
  });
  return () => {
    offs.forEach((off) => {
      off();
    });
  };
}

interface Row {
  readonly cache: string;
  readonly namespace: string;
  readonly counts: Counts;
}

/** Returns the counters of a cache, then those of each namespace; a closed cache has none. */
function rowsOf(measured: Measured): Row[] {
  const { name: cache, counts, spaces } = metricsOf(measured);
  const rows = spaces.map((space) => ({ cache, namespace: space.name, counts: space.counts }));
  return [{ cache, namespace: '', counts }, ...rows];
}

function metricsOf(cache: Measured): Metrics {
  const of = Object(cache) as Record<symbol, (() => Metrics) | undefined>;
  const read = of[Symbol.for('tidecache.metrics')];
  if (typeof read !== 'function') {
    throw wrongType(`the cache is ${describe(cache)}; give a TTLCache of this package`);
  }
  return read.call(cache);
}

function builtinChannels(): Channels | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): unknown };
  };
  return process?.getBuiltinModule?.('node:diagnostics_channel') as Channels | undefined;
}

/** Returns a label's value as the format wants it. */
function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
