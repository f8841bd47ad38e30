/** What a client says when nodes do not do what it asks: typed errors that say why. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { withCluster } from './lib/cluster.mjs';
import { load } from './lib/package.mjs';
import { deferred } from './lib/tools.mjs';

const { CacheConnectionError, CacheError, CacheQuorumError } = await load('tidecache/cluster');

const BRIEF = { timeout: '60ms' };

/** Returns a client of the nodes named, and of so many that never answer. */
function partly(cluster, ids, silent, options = {}) {
  const nodes = ids.map((id) => cluster.address(id));
  for (let at = 0; at < silent; at++) nodes.push(cluster.silent(`silent${at}`).node);
  return cluster.client({ nodes, ...options });
}

test(
  'one silent node of three is no error',
  withCluster({}, async (cluster) => {
    const cache = partly(cluster, ['a', 'b'], 1);
    await cache.connect();
    for (let at = 0; at < 20; at++) {
      await cache.set(`k${at}`, at);
      assert.equal(await cache.get(`k${at}`), at);
    }
    await cache.clear();
    assert.equal(await cache.getOrSet('k', () => 1), 1);
    assert.equal(await cache.delete('k1'), false);
    assert.equal(cache.nodes.find(({ id }) => id === 'silent0').state !== 'up', true);
  }),
);

test(
  'two silent nodes of three are a quorum error with a cause for each, and never a miss',
  withCluster({}, async (cluster) => {
    // What has just started answers a write by itself that it may have forgotten something newer.
    await cluster.warm();
    const cache = partly(cluster, ['a'], 2, BRIEF);
    const calls = {
      read: [
        () => cache.get('k'),
        () => cache.get('k', 'default'),
        () => cache.has('k'),
        () => cache.getEntry('k'),
        () => cache.getMany(['k', 'l']),
        () => cache.getOrSet('k', () => assert.fail('loads')),
      ],
      write: [
        () => cache.set('k', 1),
        () => cache.delete('k'),
        () => cache.clear(),
        () => cache.setMany({ k: 1 }),
        () => cache.deleteMany(['k']),
      ],
    };
    for (const [operation, list] of Object.entries(calls)) {
      for (const call of list) {
        const error = await call().then(
          () => assert.fail(String(call)),
          (one) => one,
        );
        assert.equal(error.name, 'CacheQuorumError', String(call));
        assert.ok(error instanceof CacheQuorumError && error instanceof CacheConnectionError);
        assert.equal(error.code, 'ERR_CACHE_QUORUM');
        assert.deepEqual([error.operation, error.required], [operation, 2]);
        assert.ok(error.received < 2);
        assert.equal(error.indeterminate, operation === 'write');
        assert.deepEqual(error.causes.map(({ node }) => node).sort(), ['silent0', 'silent1']);
        for (const { state, ms } of error.causes) {
          assert.ok(['timeout', 'open'].includes(state), state);
          assert.ok(ms >= 0 && ms < 5_000, String(ms));
        }
        assert.ok(error.cause instanceof AggregateError);
        for (const one of error.cause.errors) {
          assert.ok(one instanceof CacheConnectionError && !(one instanceof CacheQuorumError));
          assert.equal(one.code, 'ERR_CACHE_CONNECTION');
          assert.ok(one.node.startsWith('silent'));
        }
        assert.match(error.message, /silent0/);
      }
    }
  }),
);

test(
  'reads of one need one node, and reads of all need them all',
  withCluster({}, async (cluster) => {
    await cluster.client().set('k', 1);
    const cache = partly(cluster, ['a'], 2, { timeout: '300ms' });
    const one = await cache.get('k', 'miss', { consistency: 'one' });
    assert.ok([1, 'miss'].includes(one));
    const two = partly(cluster, ['a', 'b'], 1, BRIEF);
    await assert.rejects(two.get('k', 0, { consistency: 'all' }), { required: 3, received: 2 });
  }),
);

test(
  'connect says which nodes it cannot reach',
  withCluster({}, async (cluster) => {
    const cache = partly(cluster, ['a'], 2, BRIEF);
    const error = await cache.connect().then(assert.fail, (one) => one);
    assert.ok(error instanceof CacheQuorumError);
    assert.deepEqual(error.causes.map(({ node }) => node).sort(), ['silent0', 'silent1']);
  }),
);

test(
  'a call ends by its own timeout, not by that of the cache',
  withCluster({}, async (cluster) => {
    const cache = partly(cluster, ['a'], 2, { timeout: '5s' });
    const start = performance.now();
    await assert.rejects(cache.get('k', 0, BRIEF), { code: 'ERR_CACHE_QUORUM' });
    await assert.rejects(cache.set('k', 0, BRIEF), { code: 'ERR_CACHE_QUORUM' });
    assert.ok(performance.now() - start < 2_000);
  }),
);

test(
  'an abort ends the waiting at once, with its reason',
  withCluster({}, async (cluster) => {
    const cache = partly(cluster, ['a'], 2, { timeout: '5s' });
    const calls = [
      (signal) => cache.get('k', 0, { signal }),
      (signal) => cache.getEntry('k', { signal }),
      (signal) => cache.set('k', 0, { signal }),
      (signal) => cache.delete('k', { signal }),
      (signal) => cache.touch('k', 1, { signal }),
      (signal) => cache.clear({ signal }),
      (signal) => cache.getMany(['k', 'l'], { signal }),
      (signal) => cache.setMany({ k: 0 }, { signal }),
      (signal) => cache.deleteMany(['k'], { signal }),
      (signal) => cache.getOrSet('k', () => 0, { signal }),
      (signal) => cache.connect({ signal }),
    ];
    const start = performance.now();
    for (const call of calls) {
      const controller = new AbortController();
      const pending = call(controller.signal);
      controller.abort(new Error('enough'));
      await assert.rejects(pending, { message: 'enough' }, String(call));
    }
    assert.ok(performance.now() - start < 2_000);
  }),
);

test(
  'one of those who share a read may give up alone',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    await cache.set('k', 1);
    const controller = new AbortController();
    const impatient = cache.get('k', 0, { signal: controller.signal });
    const patient = cache.get('k');
    controller.abort(new Error('enough'));
    await assert.rejects(impatient, { message: 'enough' });
    assert.equal(await patient, 1);
  }),
);

test(
  'close ends what is under way, and everything after it',
  withCluster({}, async (cluster) => {
    const cache = partly(cluster, ['a'], 2, { timeout: '5s' });
    await cache.get('k', 0, { consistency: 'one', ...BRIEF }).catch(() => undefined);
    const calls = [
      () => cache.get('k'),
      () => cache.set('k', 1),
      () => cache.clear(),
      () => cache.connect(),
      () => cache.getOrSet('k', () => 1),
    ];
    const pending = calls.map((call) => call());
    const closing = cache.close();
    for (const one of pending) await assert.rejects(one, { code: 'ERR_CACHE_CLOSED' });
    await closing;
    for (const call of calls) {
      const error = await call().then(assert.fail, (one) => one);
      assert.equal(error.code, 'ERR_CACHE_CLOSED');
      assert.ok(error instanceof CacheError && !(error instanceof CacheConnectionError));
    }
    assert.throws(() => cache.getStats(), { code: 'ERR_CACHE_CLOSED' });
    assert.throws(() => cache.nodes, { code: 'ERR_CACHE_CLOSED' });
    await cache.close();
  }),
);

test(
  'a loader that runs when its cache closes does not use it any more',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    const [started, slow] = [deferred(), deferred()];
    const loading = cache.getOrSet('k', () => (started.resolve(), slow.promise));
    await started.promise;
    await cache.close();
    slow.resolve(1);
    await assert.rejects(loading, { code: 'ERR_CACHE_CLOSED' });
  }),
);

test(
  'what the nodes do not allow is a RangeError that says what they do',
  withCluster({}, async (cluster) => {
    const cache = cluster.client({ maxTtl: '30d' });
    await cache.connect();
    const wrong = { name: 'RangeError', code: 'ERR_CACHE_INVALID_ARGUMENT' };
    await assert.rejects(cache.set('k', 1, '25h'), { ...wrong, message: /86400000/ });
    await assert.rejects(cache.get('k', 0, { timeout: '6s' }), { ...wrong, message: /5000/ });
    assert.equal(await cache.has('k'), false);
  }),
);

test(
  'a value that is loaded and cannot be stored is returned all the same',
  withCluster({}, async (cluster) => {
    const near = cluster.address('a');
    const [far, other] = [cluster.silent('b'), cluster.silent('c')];
    cluster.nodes.get('b').attach(far.far);
    const cache = cluster.client({ nodes: [near, far.node, other.node], ...BRIEF });
    const value = await cache.getOrSet('k', () => {
      far.near.close();
      return 'loaded';
    });
    assert.equal(value, 'loaded');
    assert.equal(cache.getStats().unstored, 1);
  }),
);

test(
  'a client of another epoch is refused, and says so',
  withCluster({}, async (cluster) => {
    const cache = cluster.client({ epoch: 2, timeout: '300ms' });
    const error = await cache.get('k').then(assert.fail, (one) => one);
    assert.equal(error.code, 'ERR_CACHE_QUORUM');
    assert.ok(
      error.causes.some(({ state }) => state === 'epoch'),
      JSON.stringify(error.causes),
    );
    assert.ok(error.cause.errors.some(({ code }) => code === 'ERR_CACHE_EPOCH'));
    assert.match(error.message, /epoch/);
    const refused = await cache.connect().catch((failure) => failure);
    assert.deepEqual(new Set(refused.causes.map(({ state }) => state)), new Set(['epoch']));
  }),
);
