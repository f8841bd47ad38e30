/** Near copies: used by reads of consistency `one` alone, and dropped when they are outdated. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { withCluster } from './lib/cluster.mjs';
import { load } from './lib/package.mjs';
import { turn } from './lib/tools.mjs';

const { TTLCache } = await load();

const ONE = { consistency: 'one' };

/** Returns a client with a near cache that holds a copy of `k`. */
async function withCopy(cluster, value = 'v') {
  const near = new TTLCache({ maxSize: 10 });
  const cache = cluster.client({ near });
  await cache.connect();
  await cache.set('k', value);
  await until(async () => (await cache.get('k', undefined, ONE), near.size === 1));
  return { cache, near };
}

/** Resolves when `holds` does; the test's own time limit ends it otherwise. */
async function until(holds) {
  while (!(await holds())) await turn();
}

test(
  'a read of one that was read before is answered by its copy',
  withCluster({}, async (cluster) => {
    const { cache, near } = await withCopy(cluster, { a: 1 });
    const { nearHits } = cache.getStats();
    const first = await cache.get('k', undefined, ONE);
    const second = await cache.get('k', undefined, ONE);
    assert.equal(first, second, 'the copy itself');
    assert.deepEqual(first, { a: 1 });
    assert.equal(cache.getStats().nearHits, nearHits + 2);
    const { createdAt, expiresAt } = await near.getEntry('k');
    assert.ok(expiresAt - createdAt <= 60_000);
  }),
);

test(
  'other reads ask the nodes',
  withCluster({}, async (cluster) => {
    const { cache } = await withCopy(cluster);
    const { nearHits } = cache.getStats();
    assert.equal(await cache.get('k'), 'v');
    assert.equal(await cache.get('k', undefined, { consistency: 'all' }), 'v');
    await cache.getEntry('k', ONE);
    await cache.has('k', ONE);
    assert.equal(cache.getStats().nearHits, nearHits);
  }),
);

test(
  'a copy is dropped when another client writes, deletes or clears',
  withCluster({}, async (cluster) => {
    const other = cluster.client();
    for (const [write, after] of [
      [() => other.set('k', 'w'), 'w'],
      [() => other.delete('k'), undefined],
      [() => other.clear(), undefined],
    ]) {
      const { cache, near } = await withCopy(cluster);
      await write();
      await until(() => near.size === 0);
      assert.equal(await cache.get('k', undefined, { ...ONE, timeout: '2s' }), after);
    }
  }),
);

test(
  'a copy is dropped when its own client writes, deletes or clears',
  withCluster({}, async (cluster) => {
    for (const [write, after] of [
      [(cache) => cache.set('k', 'w'), 'w'],
      [(cache) => cache.delete('k'), undefined],
      [(cache) => cache.clear(), undefined],
    ]) {
      const { cache } = await withCopy(cluster);
      await write(cache);
      assert.equal(await cache.get('k'), after);
      await until(async () => (await cache.get('k', undefined, ONE)) === after);
    }
  }),
);

test(
  'a copy that is older than what its client has seen is dropped, whoever saw it',
  withCluster({}, async (cluster) => {
    const other = cluster.client();
    for (const look of [
      (cache) => cache.getEntry('k'),
      (cache) => cache.has('k'),
      (cache) => cache.getOrSet('k', () => assert.fail('loads')),
    ]) {
      const near = new TTLCache({ maxSize: 10 });
      const nodes = [...cluster.nodes.keys()].map((id) => ({ id, address: mute(cluster, id) }));
      const cache = cluster.client({ near, nodes });
      await cache.set('k', 'v');
      await until(async () => (await cache.get('k', undefined, ONE), near.size === 1));
      await other.set('k', 'w');
      await look(cache);
      assert.equal(await near.get('k'), undefined);
    }
  }),
);

/** Returns a way to a node that could push, and never does. */
function mute(cluster, id) {
  const headers = { 'content-type': 'application/vnd.tidecache.resp3' };
  return {
    async request(body) {
      const request = new Request('http://n/v1/frames', { method: 'POST', headers, body });
      const response = await cluster.nodes.get(id).fetch(request);
      return new Uint8Array(await response.arrayBuffer());
    },
    onPush() {},
    async [Symbol.asyncDispose]() {},
  };
}

test(
  'a near cache that forgets or fails costs a read, no more',
  withCluster({}, async (cluster) => {
    const { cache, near } = await withCopy(cluster);
    await near.clear();
    assert.equal(await cache.get('k', undefined, ONE), 'v');
    await near.close();
    assert.equal(await cache.get('k', undefined, ONE), 'v');
    await cache.set('k', 'w');
    await until(async () => (await cache.get('k', undefined, ONE)) === 'w');
  }),
);

test(
  'closing empties the near cache and leaves it open',
  withCluster({}, async (cluster) => {
    const { cache, near } = await withCopy(cluster);
    await cache.close();
    assert.equal(near.size, 0);
    assert.equal(near.closed, false);
  }),
);
