/** What snapshots carry besides values: tags, stale windows, namespaces, and bytes mode. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load as loadPackage } from './lib/package.mjs';
import { forSeeds } from './lib/random.mjs';
import { manualClock } from './lib/tools.mjs';

const { cached, TTLCache, withCache } = await loadPackage();
const { bytes } = await loadPackage('tidecache/bytes');
const { dump, load, persistIn } = await loadPackage('tidecache/persist');
const wrong = { code: 'ERR_CACHE_INVALID_ARGUMENT' };

/** A store in memory. */
const memory = () => ({
  snapshot: undefined,
  async read() {
    return this.snapshot;
  },
  async write(snapshot) {
    this.snapshot = snapshot;
  },
});

/** Returns what is served while the loader makes `'new'`, and how. */
const ask = (cache, key) => cache.getOrSetEntry(key, () => 'new');

for (const storage of ['values', 'bytes']) {
  const make = (options) =>
    new TTLCache({ ...options, ...(storage === 'bytes' && { storage: bytes() }) });

  test(`tags come back (${storage})`, async () => {
    const from = make();
    await from.set('a', '1', { tags: ['x', 'y'] });
    await from.set('b', '2', { tags: ['y'] });
    await from.set('c', '3');
    const to = make();
    await load(to, await dump(from));
    assert.deepEqual((await to.getEntry('a')).tags, ['x', 'y']);
    assert.equal(await to.invalidateTags('x'), 1);
    assert.deepEqual(new Map(await to.items()), new Map(Object.entries({ b: '2', c: '3' })));
    assert.equal(await to.invalidateTags('y'), 1);
    assert.equal(to.size, 1);
  });

  test(`stale windows come back, and what is over does not (${storage})`, async () => {
    const clock = manualClock();
    const from = make({ clock, defaultTtl: 100 });
    await from.set('revalidates', 'old', { staleWhileRevalidate: 100 });
    await from.set('rescues', 'old', { staleIfError: 200 });
    await from.set('neither', 'old');
    clock.advance(150);
    const snapshot = await dump(from);
    const to = make({ clock });
    assert.equal(await load(to, snapshot), 2);
    assert.equal(to.size, 0);
    assert.equal(await to.get('revalidates'), undefined);
    assert.deepEqual(await ask(to, 'revalidates'), { value: 'old', status: 'stale' });
    const down = () => Promise.reject(new Error('down'));
    assert.equal(await to.getOrSet('rescues', down), 'old');
    clock.advance(100);
    const late = make({ clock });
    assert.equal(await load(late, snapshot), 1);
    assert.deepEqual(await ask(late, 'revalidates'), { value: 'new', status: 'miss' });
    assert.equal(await late.getOrSet('rescues', down), 'old');
    clock.advance(50);
    assert.equal(await load(make({ clock }), snapshot), 0);
  });

  test(`a sliding entry goes on sliding by its own TTL (${storage})`, async () => {
    const clock = manualClock();
    const from = make({ clock, defaultTtl: 1_000 });
    await from.set('a', '1', { ttl: 50, sliding: true, tags: ['t'] });
    const to = make({ clock });
    await load(to, await dump(from));
    for (let turn = 0; turn < 3; turn++) {
      clock.advance(40);
      assert.equal(await to.get('a'), '1');
    }
    clock.advance(50);
    assert.equal(await to.get('a'), undefined);
  });

  test(`a kept error is not saved (${storage})`, async () => {
    const from = make();
    const down = () => Promise.reject(new Error('down'));
    await assert.rejects(from.getOrSet('a', down, { cacheErrors: '1h' }), /down/);
    const to = make();
    assert.equal(await load(to, await dump(from)), 0);
    assert.equal(await to.getOrSet('a', () => 'up'), 'up');
  });

  test(`keys of namespaces come back in theirs, whatever they are called (${storage})`, async () => {
    const from = make();
    const users = from.namespace('users');
    const admins = users.namespace('5:x.\0');
    const plain = ['ada', 'users:ada', '\0', '\0.ada', '\x005:users.ada', '\0\0'];
    for (const key of plain) await from.set(key, `plain ${key}`);
    await users.set('ada', 'user', { tags: ['t'] });
    await users.set('\0', 'zero');
    await users.set('', 'empty');
    await admins.set('ada', 'admin');
    const snapshot = await dump(from);
    const to = make();
    // A namespace of another number comes first here.
    to.namespace('other');
    assert.equal(await load(to, snapshot), plain.length + 4);
    const copy = to.namespace('users');
    assert.deepEqual((await to.items()).map(([key]) => key).sort(), plain.toSorted());
    for (const key of plain) assert.equal(await to.get(key), `plain ${key}`);
    const expected = new Map(Object.entries({ ada: 'user', '\0': 'zero', '': 'empty' }));
    assert.deepEqual(new Map(await copy.items()), expected);
    assert.deepEqual(await copy.namespace('5:x.\0').items(), [['ada', 'admin']]);
    assert.equal(await to.invalidateTags('t'), 1);
    await copy.clear();
    assert.equal(await copy.namespace('5:x.\0').get('ada'), 'admin');
  });

  test(`persist keeps tags, windows and namespaces (${storage})`, async () => {
    const store = memory();
    const first = make({ persist: persistIn(store) });
    await first.namespace('n').set('a', '1', { tags: ['t'], staleIfError: '1h' });
    await first.close();
    const second = make({ persist: persistIn(store) });
    const { tags, key, value } = await second.namespace('n').getEntry('a');
    assert.deepEqual([tags, key, value], [['t'], 'a', '1']);
    assert.equal(await second.invalidateTags('t'), 1);
    await second.close();
    const third = make({ persist: persistIn(store) });
    assert.equal(await third.namespace('n').get('a'), undefined);
    await third.close();
  });
}

test('at any moment a snapshot brings back what is held, fresh and stale', () =>
  forSeeds(6, async (chance) => {
    const clock = manualClock();
    const options = { clock, defaultTtl: 60 };
    let cache = new TTLCache(options);
    const keys = ['a', 'b', '\0', 'n:a'];
    const views = (of) => [of, of.namespace('n'), of.namespace('n').namespace('m')];
    const look = async (of) => {
      const seen = [];
      for (const view of views(of)) {
        for (const key of keys) {
          const entry = await view.getEntry(key, { allowStale: true });
          seen.push(entry && { ...entry, version: undefined });
        }
        seen.push(view.size, (await view.keys().next()).done);
      }
      return seen;
    };
    for (let step = 0; step < 50; step++) {
      const view = views(cache)[chance.below(3)];
      const key = keys[chance.below(keys.length)];
      const windows = { staleWhileRevalidate: chance.below(40), staleIfError: chance.below(40) };
      const tags = ['t', 'u'].filter(() => chance.happens(0.3));
      const sliding = chance.happens(0.2);
      const kind = chance.below(8);
      if (kind < 4) await view.set(key, { step }, { ...windows, tags, sliding });
      else if (kind === 4) await view.expire(key);
      else if (kind === 5) await view.get(key);
      else if (kind === 6) await cache.invalidateTags('t');
      else clock.advance(chance.below(40));
      const other = new TTLCache({ ...options, ...(chance.happens(0.5) && { maxSize: 5_000 }) });
      await load(other, await dump(cache));
      assert.deepEqual(await look(other), await look(cache), `step ${step}`);
      if (chance.happens(0.2)) cache = other;
    }
  }));

test('a snapshot goes from values to bytes and back', async () => {
  const from = new TTLCache();
  await from.setMany({ text: 'ä\ud800', bytes: Uint8Array.of(1, 2) });
  const between = new TTLCache({ storage: bytes(), maxWeight: 1_000 });
  assert.equal(await load(between, await dump(from)), 2);
  const to = new TTLCache();
  assert.equal(await load(to, await dump(between)), 2);
  assert.equal(await to.get('text'), 'ä\ud800');
  assert.deepEqual(await to.get('bytes'), Uint8Array.of(1, 2));
});

test('what bytes mode cannot hold loads nothing of the snapshot', async () => {
  const from = new TTLCache();
  await from.setMany({ a: 'text', b: { no: 'text' }, c: 'text' });
  const to = new TTLCache({ storage: bytes() });
  await to.set('mine', 'text');
  const code = 'ERR_CACHE_SERIALIZATION';
  await assert.rejects(load(to, await dump(from)), { code });
  assert.deepEqual(await to.items(), [['mine', 'text']]);
});

test('a namespace is refused by dump and load, and the cache goes on', async () => {
  const cache = new TTLCache();
  const space = cache.namespace('n');
  await space.set('a', 1);
  await assert.rejects(dump(space), wrong);
  await assert.rejects(load(space, await dump(cache)), wrong);
  assert.equal(await space.get('a'), 1);
});

test('a value that cannot be carried is named with its namespace', async () => {
  const cache = new TTLCache();
  await cache.namespace('n').set('bad', () => 1);
  await assert.rejects(dump(cache), { code: 'ERR_CACHE_SERIALIZATION', key: 'n:bad' });
});

test('wraps of a cache that outlives its process need keys that do too', async () => {
  const cache = new TTLCache({ persist: persistIn(memory()) });
  assert.throws(() => withCache(cache, (id) => id), wrong);
  assert.equal(await withCache(cache, (id) => id, { keyPrefix: 'user' })(7), 7);
  assert.equal(await withCache(cache, (id) => id, { key: String })(8), 8);
  const context = { name: 'find', kind: 'method' };
  for (const options of [{}, { keyPrefix: 'user' }]) {
    assert.throws(() => cached(cache, options)(async (id) => id, context), wrong);
  }
  assert.equal(await cached(cache, { key: String })(async (id) => id, context)(9), 9);
  assert.deepEqual((await cache.keys().next()).done, false);
  await cache.close();
});
