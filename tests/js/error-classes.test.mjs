/** `instanceof` holds between all entries of the package and both ways of loading it. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';

import { load, packageFile } from './lib/package.mjs';

const require = createRequire(import.meta.url);
const local = await load();
const slim = await load('tidecache/slim');
const cluster = await load('tidecache/cluster');
const required = require(packageFile('index.cjs'));
const requiredCluster = require(packageFile('cluster.cjs'));
const copies = [local, slim, cluster, required, requiredCluster];

const CLUSTER_ERRORS = [
  'CacheConnectionError',
  'CacheLoadError',
  'CacheQuorumError',
  'CacheSerializationError',
];

/** Returns the error that a cache of each copy of the package rejects with for a wrong key. */
async function wrongKeys() {
  const errors = [];
  for (const { TTLCache, DistributedCache } of copies) {
    const cache = TTLCache ? new TTLCache() : new DistributedCache({ nodes: [['localhost', 1]] });
    const get = TTLCache ? () => cache.touch(7) : () => cache.get(7);
    errors.push(await get().then(assert.fail, (error) => error));
  }
  return errors;
}

test('an error of one copy of the package is one of every other copy', async () => {
  for (const { CacheError, CacheKeyError } of copies) {
    const made = new CacheKeyError('ERR_CACHE_INVALID_KEY', 'made');
    for (const other of copies) {
      assert.ok(made instanceof other.CacheKeyError && made instanceof other.CacheError);
      assert.ok(!(new CacheError('ERR_CACHE_CLOSED', 'made') instanceof other.CacheKeyError));
    }
  }
});

test('thrown errors are known by every copy', async () => {
  for (const error of (await wrongKeys()).filter(({ code }) => code === 'ERR_CACHE_INVALID_KEY')) {
    for (const { CacheError, CacheKeyError } of copies) {
      assert.ok(
        error instanceof CacheError && error instanceof CacheKeyError && error instanceof Error,
      );
    }
  }
  const closed = new local.TTLCache();
  await closed.close();
  const error = await closed.get('a').then(assert.fail, (one) => one);
  assert.ok(error instanceof cluster.CacheError);
  assert.ok(!(error instanceof cluster.CacheKeyError));
});

test('the errors of the cluster are known by both of its copies', () => {
  for (const name of CLUSTER_ERRORS) {
    const failure = { operation: 'read', required: 2, received: 1, causes: [] };
    const args = name === 'CacheQuorumError' ? [failure] : ['ERR_CACHE_CONNECTION', 'made'];
    const error = new cluster[name](...args);
    assert.equal(error.name, name);
    assert.equal(cluster[name].name, name);
    for (const other of CLUSTER_ERRORS) {
      const isIt =
        other === name || (name === 'CacheQuorumError' && other === 'CacheConnectionError');
      assert.equal(error instanceof requiredCluster[other], isIt, `${name} and ${other}`);
    }
    assert.ok(error instanceof local.CacheError);
    assert.ok(!(error instanceof local.CacheKeyError));
  }
});

test("a class of the caller's own is itself alone, whatever its name", () => {
  class CacheKeyError extends local.CacheKeyError {}
  class Missing extends local.CacheError {}
  const own = new CacheKeyError('ERR_CACHE_KEY_NOT_FOUND', 'own');
  const missing = new Missing('ERR_CACHE_KEY_NOT_FOUND', 'own');
  const ours = new local.CacheKeyError('ERR_CACHE_KEY_NOT_FOUND', 'ours');
  assert.ok(own instanceof CacheKeyError && own instanceof cluster.CacheKeyError);
  assert.ok(missing instanceof Missing && missing instanceof cluster.CacheError);
  assert.ok(!(ours instanceof CacheKeyError) && !(ours instanceof Missing));
  assert.ok(!(missing instanceof CacheKeyError) && !(missing instanceof local.CacheKeyError));
});

test('nothing else is an error of ours', () => {
  const others = [undefined, null, 0, '', Symbol('a'), {}, [], new Error('a'), () => 1];
  others.push(Object.create(null), { name: 'CacheError', code: 'ERR_CACHE_CLOSED' });
  for (const { CacheError } of copies) {
    for (const other of others) {
      assert.equal(other instanceof CacheError, false);
    }
  }
});

test('errors show their name, and nothing that makes them known', () => {
  const error = new local.CacheKeyError('ERR_CACHE_INVALID_KEY', 'made', { key: 'a' });
  assert.equal(String(error), 'CacheKeyError: made');
  assert.deepEqual(Object.keys(error).sort(), ['code', 'key']);
});
