/** `tidecache/metrics`: text for Prometheus, counters for OpenTelemetry, diagnostics channels. */
import assert from 'node:assert/strict';
import channels from 'node:diagnostics_channel';
import test from 'node:test';

import * as openTelemetry from '@opentelemetry/api';
import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

import { load } from './lib/package.mjs';

const { TTLCache } = await load();
const { instrument, metricsText, publish } = await load('tidecache/metrics');

/** Returns a cache that has counted something, with a namespace that has too. */
async function used(name = 'users') {
  const cache = new TTLCache({ name, maxSize: 2 });
  const space = cache.namespace('s "1"');
  await cache.setMany({ a: 1, b: 2 });
  await cache.get('a');
  await space.get('a');
  await space.getOrSet('a', () => 1);
  return cache;
}

test('metricsText is in the format of Prometheus, and resetStats does not set it back', async () => {
  const cache = await used('a\n\\');
  cache.resetStats();
  const text = metricsText(cache, new TTLCache());
  const lines = text.split('\n');
  assert.equal(lines.pop(), '');
  const label = '[a-z]+="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
  const sample = new RegExp(`^tidecache_[a-z_]+\\{${label},${label}\\} \\d+(\\.\\d+)?$`);
  const comment = /^# (HELP tidecache_[a-z_]+ .+|TYPE tidecache_[a-z_]+ (counter|gauge))$/;
  for (const line of lines) assert.match(line, line.startsWith('#') ? comment : sample);
  assert.ok(lines.includes('tidecache_hits_total{cache="a\\n\\\\",namespace=""} 1'), text);
  assert.ok(lines.includes('tidecache_misses_total{cache="a\\n\\\\",namespace="s \\"1\\""} 2'));
  assert.ok(lines.includes('tidecache_evictions_total{cache="a\\n\\\\",namespace=""} 1'));
  assert.ok(lines.includes('tidecache_items{cache="cache",namespace=""} 0'));
  assert.equal(lines.filter((line) => line.startsWith('# TYPE')).length, 11);
  await cache.close();
  assert.match(metricsText(cache), /tidecache_hits_total\{.*\} 0/);
});

/** Reads what a meter provider has, as its exporters would. */
class Reader extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}

  /** Resolves with each metric by its name: its kind, unit and points. */
  async read() {
    const { resourceMetrics, errors } = await this.collect();
    assert.deepEqual(errors, []);
    const [scope = { metrics: [] }] = resourceMetrics.scopeMetrics;
    const points = ({ dataPoints }) =>
      dataPoints.map(({ value, attributes }) => [attributes.cache, attributes.namespace, value]);
    return new Map(
      scope.metrics.map((metric) => [
        metric.descriptor.name,
        { ...metric, points: points(metric) },
      ]),
    );
  }
}

test('instrument makes counters of OpenTelemetry that read the cache when asked', async (t) => {
  const reader = new Reader();
  openTelemetry.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  t.after(() => openTelemetry.metrics.disable());
  const cache = await used();
  const end = instrument(cache, openTelemetry);
  const first = await reader.read();
  assert.equal(first.size, 11);
  const hits = first.get('tidecache.hits');
  assert.equal(hits.dataPointType, DataPointType.SUM);
  assert.equal(hits.isMonotonic, true);
  assert.deepEqual(hits.points, [
    ['users', '', 1],
    ['users', 's "1"', 0],
  ]);
  assert.equal(first.get('tidecache.items').dataPointType, DataPointType.GAUGE);
  assert.deepEqual(first.get('tidecache.items').points, [['users', '', 2]]);
  await cache.get('a');
  const second = await reader.read();
  assert.equal(second.get('tidecache.hits').points[0][2], 2);
  end();
  await cache.get('a');
  // The reader may repeat what it has read before; it asks no more.
  assert.ok(((await reader.read()).get('tidecache.hits')?.points[0]?.[2] ?? 2) <= 2);
  const ended = instrument(cache, openTelemetry);
  await cache.close();
  assert.equal((await reader.read()).get('tidecache.items').points[0][2], 0);
  ended();
});

test('publish tells the diagnostics channels what a cache does', async () => {
  const cache = await used();
  const messages = [];
  const subscriber = (message, channel) => messages.push([channel, message.cache, message.key]);
  const names = ['hit', 'miss', 'remove'].map((event) => `tidecache:${event}`);
  for (const name of names) channels.subscribe(name, subscriber);
  const end = publish(cache, channels);
  await cache.get('a');
  await cache.get('b');
  await cache.namespace('s').get('c');
  end();
  await cache.get('a');
  for (const name of names) channels.unsubscribe(name, subscriber);
  assert.deepEqual(messages, [
    ['tidecache:hit', 'users', 'a'],
    ['tidecache:miss', 'users', 'b'],
    ['tidecache:miss', 'users', 's:c'],
  ]);
});

test('what is no cache, no API and no channel is a TypeError', () => {
  const refusal = { name: 'TypeError', code: 'ERR_CACHE_INVALID_ARGUMENT' };
  const cache = new TTLCache();
  for (const wrong of [undefined, null, {}, 5, new Map()]) {
    assert.throws(() => metricsText(wrong), refusal);
    assert.throws(() => publish(wrong, channels), refusal);
    assert.throws(() => instrument(cache, wrong), refusal);
    assert.throws(() => publish(cache, wrong ?? {}), refusal);
  }
});
