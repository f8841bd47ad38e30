/** `preSet` and `postGet`: what they see, in which order, and what voids them. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { deferred, recorder, turn } from './lib/tools.mjs';

const { TTLCache, TTLLRUCache, withCache } = await load();

/** Makes a cache whose hooks are these functions. */
function makeCache(hooks, options) {
  return Object.assign(new TTLCache(options), hooks);
}

class Doubling extends TTLCache {
  preSet(key, value) {
    return value * 2;
  }
}

class Shouting extends TTLCache {
  async postGet(key, value) {
    return value === undefined ? undefined : `${key}: ${value}!`;
  }
}

test('preSet sees what set, setMany, transactions and wrapped functions store', async () => {
  const cache = new Doubling();
  await cache.set('a', 1);
  await cache.setMany({ b: 2, c: 3 });
  await cache.transaction(async (tx) => {
    await tx.set('d', 4);
    assert.equal(await tx.get('d'), 8);
  });
  const wrapped = withCache(cache, () => 5, { key: () => 'e' });
  assert.equal(await wrapped(), 5);
  const items = new Map(await cache.items());
  assert.deepEqual(items, new Map(Object.entries({ a: 2, b: 4, c: 6, d: 8, e: 10 })));
});

test('postGet sees what get, getOrThrow, getMany, transactions and wrapped functions read', async () => {
  const cache = new Shouting();
  await cache.set('a', 1);
  assert.equal(await cache.get('a'), 'a: 1!');
  assert.equal(await cache.getOrThrow('a'), 'a: 1!');
  assert.deepEqual([...(await cache.getMany(['a', 'b'])).values()], ['a: 1!', undefined]);
  assert.equal(await cache.transaction((tx) => tx.get('a')), 'a: 1!');
  assert.equal(await withCache(cache, () => 2, { key: () => 'a' })(), 'a: 1!');
});

test('postGet does not see items, iteration, entries and take', async () => {
  const cache = new Shouting();
  await cache.set('a', 1);
  assert.deepEqual(await cache.items(), [['a', 1]]);
  for await (const [, value] of cache) {
    assert.equal(value, 1);
  }
  assert.equal((await cache.getEntry('a')).value, 1);
});

test('postGet sees misses and may answer them; undefined makes a hit a miss', async () => {
  const seen = [];
  const cache = makeCache({
    postGet(key, value) {
      seen.push([key, value]);
      return value === undefined ? 'instead' : undefined;
    },
  });
  await cache.set('a', 1);
  assert.equal(await cache.get('b'), 'instead');
  assert.equal(await cache.get('a'), undefined);
  assert.equal(await cache.get('a', 'default'), 'default');
  assert.deepEqual(seen, [
    ['b', undefined],
    ['a', 1],
    ['a', 1],
  ]);
  const { hits, misses } = cache.getStats();
  assert.deepEqual([hits, misses], [2, 1]);
});

test('preSet that returns nothing keeps the value; null is a value', async () => {
  for (const [returned, stored] of [
    [undefined, 1],
    [null, null],
    [0, 0],
    ['', ''],
    [false, false],
  ]) {
    for (const preSet of [() => returned, async () => returned]) {
      const cache = makeCache({ preSet });
      await cache.set('a', 1);
      await cache.setMany({ b: 1 });
      await cache.transaction((tx) => tx.set('c', 1));
      assert.deepEqual(
        [...(await cache.getMany(['a', 'b', 'c'])).values()],
        [stored, stored, stored],
      );
    }
  }
});

test('preSet sees the value before it is checked and weighed', async () => {
  const weighed = [];
  const cache = makeCache(
    { preSet: (key, value) => (value === 'long' ? 'longer' : undefined) },
    {
      maxWeight: 5,
      weigh: (value) => {
        weighed.push(value);
        return value.length;
      },
    },
  );
  assert.equal(await cache.set('a', 'long'), false);
  assert.equal(weighed.at(-1), 'longer');
});

test('a hook that throws or rejects rejects the call, and nothing has changed', async () => {
  const failure = new Error('mine');
  for (const hook of [() => Promise.reject(failure), throwIt]) {
    const cache = makeCache({ preSet: hook });
    await assert.rejects(cache.set('a', 1), failure);
    await assert.rejects(cache.setMany({ a: 1 }), failure);
    await assert.rejects(
      cache.transaction((tx) => tx.set('a', 1)),
      failure,
    );
    assert.equal(cache.size, 0);
    delete cache.preSet;
    await cache.set('a', 1);
    cache.postGet = hook;
    await assert.rejects(cache.get('a'), failure);
    await assert.rejects(cache.getMany(['a']), failure);
    delete cache.postGet;
    assert.equal(await cache.get('a'), 1);
  }
  function throwIt() {
    throw failure;
  }
});

test('wrong arguments are refused before the hook sees them', async () => {
  const seen = [];
  const cache = makeCache({ preSet: (key) => void seen.push(key) });
  await assert.rejects(cache.set(1, 1), { code: 'ERR_CACHE_INVALID_KEY' });
  await assert.rejects(cache.set('a', undefined), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
  await assert.rejects(cache.set('a', 1, 0), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
  await assert.rejects(
    cache.setMany([
      ['a', 1],
      [2, 1],
    ]),
    { code: 'ERR_CACHE_INVALID_KEY' },
  );
  assert.deepEqual(seen, []);
});

test('a slow hook cannot reorder two sets of one key', async () => {
  const gates = [deferred(), deferred()];
  const started = [];
  const cache = makeCache({
    async preSet(key, value) {
      started.push(value);
      await gates[value].promise;
    },
  });
  const sets = [cache.set('a', 0), cache.set('a', 1)];
  gates[1].resolve();
  await turn();
  assert.deepEqual(started, [0]);
  gates[0].resolve();
  assert.deepEqual(await Promise.all(sets), [true, true]);
  assert.equal(await cache.get('a'), 1);
});

test('nor can it in setMany, nor between setMany and set', async () => {
  const gates = { 1: deferred(), 2: deferred() };
  const cache = makeCache({ preSet: (key, value) => gates[value]?.promise });
  const all = [cache.setMany({ a: 1, b: 3 }), cache.set('a', 2)];
  gates[2].resolve();
  await turn();
  assert.deepEqual(await cache.items(), [['b', 3]]);
  gates[1].resolve();
  await Promise.all(all);
  assert.equal(await cache.get('a'), 2);
});

test('nor can it reorder two sets of one key in a transaction', async () => {
  const gates = [deferred(), deferred()];
  const cache = makeCache({ preSet: (key, value) => gates[value].promise });
  await cache.transaction(async (tx) => {
    const sets = [tx.set('a', 0), tx.set('a', 1)];
    gates[1].resolve();
    await turn();
    gates[0].resolve();
    await Promise.all(sets);
  });
  assert.equal(await cache.get('a'), 1);
});

test('hooks of different keys do not wait for each other', async () => {
  const gate = deferred();
  const cache = makeCache({ preSet: (key) => (key === 'slow' ? gate.promise : undefined) });
  const slow = cache.set('slow', 1);
  assert.equal(await cache.set('quick', 2), true);
  gate.resolve();
  assert.equal(await slow, true);
});

test('a hook that fails lets those behind it go on', async () => {
  const cache = makeCache({
    preSet: async (key, value) => {
      if (value === 1) {
        throw new Error('mine');
      }
    },
  });
  const [first, second] = await Promise.allSettled([cache.set('a', 1), cache.set('a', 2)]);
  assert.deepEqual([first.status, second.value], ['rejected', true]);
  assert.equal(await cache.get('a'), 2);
});

test('slow postGets of one key answer in the order of the calls', async () => {
  const gates = [deferred(), deferred()];
  const order = [];
  let calls = 0;
  const cache = makeCache({
    async postGet(key, value) {
      await gates[calls++].promise;
      return value;
    },
  });
  await cache.set('a', 1);
  const gets = [0, 1].map((at) => cache.get('a').then(() => order.push(at)));
  gates[1].resolve();
  await turn();
  assert.deepEqual(order, []);
  gates[0].resolve();
  await Promise.all(gets);
  assert.deepEqual(order, [0, 1]);
});

for (const [name, remove] of Object.entries({
  delete: (cache) => cache.delete('a'),
  take: (cache) => cache.take('a'),
  deleteMany: (cache) => cache.deleteMany(['a']),
  clear: (cache) => cache.clear(),
  "a transaction's delete": (cache) => cache.transaction((tx) => tx.delete('a')),
})) {
  test(`${name} during a slow hook voids the set that is in it`, async () => {
    const gate = deferred();
    const { told, onEvicted } = recorder();
    const cache = makeCache({ preSet: () => gate.promise }, { onEvicted });
    const set = cache.set('a', 1);
    await turn();
    await remove(cache);
    gate.resolve();
    assert.equal(await set, false);
    assert.equal(await cache.has('a'), false);
    assert.deepEqual(told, []);
    assert.equal(await cache.set('a', 2), true);
    assert.equal(await cache.get('a'), 2);
  });
}

test('a delete of another key voids nothing', async () => {
  const gate = deferred();
  const cache = makeCache({ preSet: () => gate.promise });
  const set = cache.set('a', 1);
  await cache.delete('b');
  gate.resolve();
  assert.equal(await set, true);
});

test('a cache that closes during a slow hook rejects the set', async () => {
  const gate = deferred();
  const cache = makeCache({ preSet: () => gate.promise });
  const set = cache.set('a', 1);
  await turn();
  await cache.close();
  gate.resolve();
  const [{ status, value, reason }] = await Promise.allSettled([set]);
  assert.ok(status === 'rejected' ? reason.code === 'ERR_CACHE_CLOSED' : value === false);
});

test('conditions are judged when the hook is done', async () => {
  const gates = [deferred(), deferred()];
  let calls = 0;
  const cache = makeCache({ preSet: () => gates[calls++].promise });
  const sets = [cache.set('a', 1, { ifAbsent: true }), cache.set('a', 2, { ifAbsent: true })];
  gates.forEach(({ resolve }) => resolve());
  assert.deepEqual(await Promise.all(sets), [true, false]);
  assert.equal((await cache.items())[0][1], 1);
});

test('hooks are looked up at the call', async () => {
  const cache = new TTLCache();
  cache.sync.set('a', 1);
  cache.preSet = () => 'hooked';
  await cache.set('a', 2);
  assert.equal(await cache.get('a'), 'hooked');
  delete cache.preSet;
  await cache.set('a', 3);
  assert.equal(await cache.get('a'), 3);
});

test('a hook may use the cache, other keys at least', async () => {
  const cache = makeCache({
    async preSet(key, value) {
      if (key !== 'log') {
        await this.set('log', `${(await this.get('log')) ?? ''}${key}`);
      }
      return value;
    },
  });
  await cache.set('a', 1);
  await cache.set('b', 1);
  assert.equal(await cache.get('log'), 'ab');
});

test('sync of a cache with hooks says that it cannot wait for them', () => {
  class Named extends TTLLRUCache {
    postGet(key, value) {
      return value;
    }
  }
  for (const cache of [new Doubling(), new Shouting(), new Named({ maxSize: 1 })]) {
    assert.throws(
      () => cache.sync,
      (error) => {
        assert.equal(error.code, 'ERR_CACHE_UNSUPPORTED');
        assert.match(error.message, new RegExp(cache.constructor.name));
        return true;
      },
    );
  }
});

test('no watch is left when all hooks are done', async () => {
  const cache = new TTLCache();
  const { sync } = cache;
  cache.preSet = async (key, value) => {
    if (value === 'fail') {
      throw new Error('mine');
    }
  };
  await Promise.allSettled([cache.set('a', 1), cache.set('a', 'fail'), cache.set('b', 'fail')]);
  assert.equal(sync.watches.count, 0);
});
