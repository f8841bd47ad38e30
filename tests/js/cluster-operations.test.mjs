/** Every operation of a distributed cache, against real nodes over real channels. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { withCluster } from './lib/cluster.mjs';

test(
  'a value that was set is held, by every client, until it is deleted',
  withCluster({}, async (cluster) => {
    const [ada, bob] = [cluster.client(), cluster.client()];
    assert.equal(await ada.get('k'), undefined);
    assert.equal(await ada.has('k'), false);
    assert.equal(await ada.set('k', 'v'), true);
    for (const client of [ada, bob]) {
      assert.equal(await client.get('k'), 'v');
      assert.equal(await client.has('k'), true);
    }
    assert.equal(await bob.set('k', 'w'), true);
    assert.equal(await ada.get('k'), 'w');
    assert.equal(await ada.delete('k'), true);
    assert.equal(await bob.get('k'), undefined);
    assert.equal(await bob.has('k'), false);
    assert.equal(await bob.delete('k'), false);
    assert.equal(await bob.delete('never'), false);
  }),
);

test(
  'a miss is the default, and null and false values are no misses',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    for (const value of [null, false, 0, '', NaN]) {
      await cache.set('k', value);
      assert.deepEqual(await cache.get('k', 'default'), value);
      assert.equal(await cache.has('k'), true);
    }
    assert.equal(await cache.get('no', 'default'), 'default');
    assert.equal(await cache.get('no', null), null);
    assert.equal((await cache.getEntry('k')).value, NaN);
    assert.equal(await cache.getEntry('no'), undefined);
  }),
);

test(
  'keys are any well-formed strings, distinct as such',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    const keys = [
      '',
      ' ',
      '__proto__',
      'a',
      'a:b',
      ':',
      ':a',
      'ä',
      'a\u0308',
      '😀',
      '\0',
      '\r\n$1',
    ];
    keys.push('a'.repeat(1024));
    await cache.setMany(keys.map((key, at) => [key, at]));
    const found = await cache.getMany(keys);
    assert.deepEqual([...found.keys()], keys);
    assert.deepEqual(
      [...found.values()],
      keys.map((_, at) => at),
    );
  }),
);

test(
  'values are copies of what was set, each reader with its own',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    const value = { map: new Map([['a', new Date(0)]]), big: 1n, bytes: new Uint8Array([1]) };
    value.self = value;
    const setting = cache.set('k', value);
    value.big = 2n;
    await setting;
    const [first, second] = await Promise.all([cache.get('k'), cache.get('k')]);
    assert.equal(first.big, 1n);
    assert.equal(first.self, first);
    assert.deepEqual(first.map, new Map([['a', new Date(0)]]));
    first.bytes[0] = 9;
    assert.deepEqual(second.bytes, new Uint8Array([1]));
    const raw = new Uint8Array([1, 2, 3]);
    const sending = cache.set('raw', raw);
    raw[0] = 9;
    await sending;
    const [one, other] = await Promise.all([cache.get('raw'), cache.get('raw')]);
    one[1] = 9;
    assert.deepEqual(other, new Uint8Array([1, 2, 3]));
  }),
);

test(
  'the longest value is carried',
  withCluster({}, async (cluster) => {
    const cache = cluster.client({ timeout: '5s' });
    const value = new Uint8Array(2 ** 20).map((_, at) => at * 31);
    await cache.set('k', value);
    assert.deepEqual(await cache.get('k'), value);
  }),
);

test(
  'an entry is dead at its end, and says when that is',
  withCluster({}, async (cluster) => {
    const cache = cluster.client({ defaultTtl: '10m' });
    await cache.set('default', 1);
    await cache.set('brief', 1, '60ms');
    await cache.set('option', 1, { ttl: '1h' });
    const life = async (key) => {
      const { createdAt, expiresAt, state, key: own } = await cache.getEntry(key);
      assert.ok(Math.abs(createdAt - Date.now()) < 1000);
      assert.deepEqual([state, own], ['fresh', key]);
      return expiresAt - createdAt;
    };
    assert.deepEqual([await life('default'), await life('option')], [600_000, 3_600_000]);
    const { expiresAt } = await cache.getEntry('brief');
    while (Date.now() < expiresAt + 2) await pause(5);
    assert.equal(await cache.get('brief'), undefined);
    assert.equal(await cache.has('brief'), false);
    assert.equal(await cache.touch('brief'), false);
    assert.equal(await cache.delete('brief'), false);
  }),
);

test(
  'touch moves the end later, never earlier, and changes no version',
  withCluster({}, async (cluster) => {
    const cache = cluster.client({ defaultTtl: '10m' });
    await cache.set('k', 1, '5m');
    const before = await cache.getEntry('k');
    assert.equal(await cache.touch('k', '1m'), true);
    assert.equal((await cache.getEntry('k')).expiresAt, before.expiresAt);
    assert.equal(await cache.touch('k'), true);
    const after = await cache.getEntry('k');
    assert.ok(after.expiresAt - before.expiresAt >= 299_000);
    assert.equal(after.version, before.version);
    assert.equal(await cache.touch('absent'), false);
  }),
);

test(
  'versions are equal to themselves alone',
  withCluster({}, async (cluster) => {
    const [ada, bob] = [cluster.client(), cluster.client()];
    await ada.set('k', 1);
    const first = (await ada.getEntry('k')).version;
    assert.equal((await bob.getEntry('k')).version, first);
    await bob.set('k', 1);
    assert.notEqual((await ada.getEntry('k')).version, first);
  }),
);

test(
  'clear removes what every client has set, and what is set afterwards stays',
  withCluster({}, async (cluster) => {
    const [ada, bob] = [cluster.client(), cluster.client()];
    await ada.setMany({ a: 1, 'users:a': 2, 'users:b': 3 });
    await bob.clear();
    assert.deepEqual(
      [...(await ada.getMany(['a', 'users:a', 'users:b'])).values()],
      [undefined, undefined, undefined],
    );
    await ada.set('a', 4);
    assert.equal(await bob.get('a'), 4);
  }),
);

test(
  'many keys at once, more than a node takes at once',
  withCluster({}, async (cluster) => {
    // A node that began a millisecond after the others lacks what is written until it is warm, and
    // a read of all is a miss there.
    await cluster.warm();
    const cache = cluster.client({ timeout: '5s' });
    const keys = Array.from({ length: 1000 }, (_, at) => `key:${at}`);
    await cache.setMany(new Map(keys.map((key, at) => [key, at])), '1h');
    const found = await cache.getMany(new Set([...keys, 'absent']));
    assert.equal(found.size, 1001);
    keys.forEach((key, at) => assert.equal(found.get(key), at));
    assert.equal(found.get('absent'), undefined);
    assert.equal(await cache.deleteMany([...keys.slice(0, 300), 'absent']), 300);
    const left = await cache.getMany(keys, { consistency: 'all' });
    assert.equal([...left.values()].filter((value) => value === undefined).length, 300);
    assert.deepEqual(await cache.getMany([]), new Map());
    await cache.setMany({});
  }),
);

test(
  'if one pair is wrong, none is set',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    await assert.rejects(
      cache.setMany([
        ['a', 1],
        ['b', () => 1],
      ]),
      {
        code: 'ERR_CACHE_SERIALIZATION',
      },
    );
    assert.equal(await cache.has('a'), false);
  }),
);

test(
  'each consistency reads what was written',
  withCluster({}, async (cluster) => {
    const cache = cluster.client({ writeQuorum: 3 });
    await cache.set('k', 1);
    for (const consistency of ['one', 'quorum', 'all']) {
      assert.equal(await cache.get('k', undefined, { consistency }), 1);
      assert.equal(await cache.has('k', { consistency, timeout: '2s' }), true);
      assert.equal((await cache.getEntry('k', { consistency })).value, 1);
    }
  }),
);

test(
  'reads of one turn are one, and one that begins after a write is not an older one',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    await cache.set('k', 1);
    const reads = await Promise.all(Array.from({ length: 10 }, () => cache.get('k')));
    assert.deepEqual(new Set(reads), new Set([1]));
    assert.equal(cache.getStats().coalesced, 9);
    for (let round = 2; round < 50; round++) {
      const early = cache.get('k');
      await cache.set('k', round);
      assert.equal(await cache.get('k'), round);
      assert.ok([round - 1, round].includes(await early));
    }
    assert.equal(cache.getStats().coalesced, 9);
  }),
);

test(
  'hits and misses of reads are counted, others are not',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    await cache.setMany({ a: 1, b: 2 });
    await cache.get('a');
    await cache.getMany(['a', 'b', 'c']);
    await cache.get('d', 0);
    await cache.getOrSet('a', () => 0);
    await cache.getOrSet('e', () => 0);
    await cache.has('a');
    await cache.getEntry('a');
    await cache.touch('a');
    await cache.delete('a');
    const { hits, misses, hitRate, loads } = cache.getStats();
    assert.deepEqual({ hits, misses, loads }, { hits: 4, misses: 3, loads: 1 });
    assert.equal(hitRate, 4 / 7);
  }),
);

test(
  'connect resolves when the nodes are there, and nodes says how they are',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    await cache.connect();
    await cache.connect();
    const { nodes } = cache;
    assert.deepEqual(
      nodes.map(({ id }) => id),
      ['a', 'b', 'c'],
    );
    assert.ok(nodes.filter(({ state }) => state === 'up').length >= 2);
    for (const { rttMs } of nodes) assert.ok(rttMs >= 0 && rttMs < 1000);
  }),
);

test(
  'one node, two nodes, and seven with three replicas are clusters, too',
  withCluster({ ids: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }, async (cluster) => {
    const all = [...cluster.nodes.keys()];
    for (const count of [1, 2, 7]) {
      const nodes = all.slice(0, count).map((id) => cluster.address(id));
      const cache = cluster.client({ nodes });
      const keys = Array.from({ length: 100 }, (_, at) => `${count}:${at}`);
      await cache.setMany(keys.map((key) => [key, key]));
      const found = await cache.getMany(keys);
      for (const key of keys) assert.equal(found.get(key), key);
      await cache.clear();
      assert.equal(await cache.has(keys[0]), false);
    }
  }),
);

test(
  'a cache closes at the end of its block',
  withCluster({}, async (cluster) => {
    const cache = cluster.client();
    await cache.set('k', 1);
    await cache[Symbol.asyncDispose]();
    await assert.rejects(cache.get('k'), { code: 'ERR_CACHE_CLOSED' });
  }),
);
