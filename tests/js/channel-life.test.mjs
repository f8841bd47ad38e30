/** What caches tell one another besides keys: tags, namespaces, and what voids loads. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';
import { ScheduledChannel } from './lib/scheduled-channel.mjs';
import { deferred, manualClock, turn } from './lib/tools.mjs';

const { TTLCache } = await load();
const { bytes } = await load('tidecache/bytes');
const { joinBy } = await load('tidecache/channel');
const { metricsText } = await load('tidecache/metrics');

for (const storage of ['values', 'bytes']) {
  const make = async (channel, options = {}) => {
    const own = storage === 'bytes' ? { storage: bytes() } : {};
    const cache = new TTLCache({ channel: joinBy(channel.join()), ...own, ...options });
    if (options.channel === undefined) await cache.start();
    return cache;
  };
  /** Returns two caches on one channel. */
  const pair = async (options) => {
    const channel = new ScheduledChannel();
    return { channel, a: await make(channel, options), b: await make(channel, options) };
  };

  test(`invalidated tags are heard, as one message (${storage})`, async () => {
    const { channel, a, b } = await pair();
    for (const cache of [a, b]) {
      await cache.set(`of ${cache === a}`, '1', { tags: ['x'] });
      await cache.set(`other ${cache === a}`, '2', { tags: ['y'] });
    }
    channel.deliverAll();
    const reasons = [];
    b.on('remove', ({ key, reason }) => reasons.push([key, reason]));
    const { posted } = channel;
    assert.equal(await a.invalidateTags('x', 'z'), 1);
    await turn();
    assert.equal(channel.posted, posted + 1);
    channel.deliverAll();
    assert.deepEqual(reasons, [['of false', 'invalidated']]);
    assert.deepEqual(await b.items(), [['other false', '2']]);
    await turn();
    assert.equal(channel.waiting.length, 0);
  });

  test(`what happens in a namespace is heard in that namespace (${storage})`, async () => {
    const { channel, a, b } = await pair();
    // The same one has another number there.
    b.namespace('first');
    const [here, there] = [a.namespace('n'), b.namespace('n')];
    await b.set('k', 'plain');
    await b.set('n:k', 'plain');
    await there.set('k', 'old');
    await there.set('l', 'old');
    await there.namespace('m').set('k', 'inner');
    channel.deliverAll();
    await here.set('k', 'new');
    channel.deliverAll();
    assert.deepEqual([await there.get('k'), await there.get('l')], [undefined, 'old']);
    await here.clear();
    channel.deliverAll();
    assert.equal(there.size, 0);
    assert.deepEqual([await b.get('k'), await b.get('n:k')], ['plain', 'plain']);
    assert.equal(await there.namespace('m').get('k'), 'inner');
    await a.clear();
    channel.deliverAll();
    assert.equal(b.size, 0);
    assert.equal(await there.namespace('m').get('k'), undefined);
  });

  test(`whatever writes a key is heard (${storage})`, async () => {
    const { channel, a, b } = await pair();
    const calls = {
      set: () => a.set('k', 'new'),
      setMany: () => a.setMany({ k: 'new' }),
      getOrSet: () => a.getOrSet('k', () => 'new', { fresh: true }),
      update: () => a.update('k', () => 'new'),
      compareAndSet: async () => {
        await a.set('k', 'mine');
        await a.compareAndSet('k', (await a.getEntry('k')).version, 'new');
      },
      transaction: () => a.transaction((tx) => tx.set('k', 'new')),
      delete: () => a.delete('k'),
      deleteMany: () => a.deleteMany(['k']),
      take: () => a.take('k'),
      expire: () => a.expire('k'),
      clear: () => a.clear(),
    };
    for (const [name, call] of Object.entries(calls)) {
      await b.set('k', 'old');
      channel.deliverAll();
      await call();
      await turn();
      channel.deliverAll();
      assert.equal(await b.get('k'), undefined, name);
    }
  });

  test(`a change elsewhere voids the load that is under way here (${storage})`, async () => {
    const { channel, a, b } = await pair();
    const changes = [
      () => a.set('k', 'newer'),
      () => a.delete('k'),
      () => a.invalidateTags('t'),
      () => a.clear(),
    ];
    for (const change of changes) {
      const { promise, resolve } = deferred();
      const loaded = b.getOrSet('k', () => promise, { tags: ['t'] });
      await turn();
      await change();
      await turn();
      channel.deliverAll();
      resolve('older');
      assert.equal(await loaded, 'older');
      assert.equal(await b.get('k'), undefined);
    }
  });

  test(`a newcomer gets tags, windows and namespaces too (${storage})`, async () => {
    const clock = manualClock(1e12);
    const channel = new ScheduledChannel();
    const a = await make(channel, { clock, defaultTtl: 100 });
    await a.set('k', 'plain', { tags: ['t'], staleWhileRevalidate: 100 });
    await a.namespace('n').set('k', 'own', { tags: ['t'] });
    await turn();
    channel.deliverAll();
    const warm = joinBy(channel.join(), { warm: true, warmTimeout: '20s' });
    const b = await make(channel, { clock, channel: warm });
    const got = b.namespace('n').get('k');
    await turn();
    channel.deliverAll();
    assert.equal(await got, 'own');
    clock.advance(150);
    const stale = await b.getOrSetEntry('k', () => 'new');
    assert.deepEqual(stale, { value: 'plain', status: 'stale' });
    await turn();
    assert.equal(await b.invalidateTags('t'), 0);
    assert.equal(await b.get('k'), 'new');
  });
}

test('a change in a namespace that is not used here makes none, and no tag of a strange text', async () => {
  const channel = new ScheduledChannel();
  const [a, b] = [1, 2].map(() => new TTLCache({ channel: joinBy(channel.join()) }));
  for (const cache of [a, b]) await cache.start();
  await a.namespace('n').namespace('m').set('k', 1);
  await a.namespace('n').clear();
  // Its text is no path's.
  await b.set('k', 2, { tags: ['\0'] });
  await a.invalidateTags('\0');
  await turn();
  channel.deliverAll();
  assert.deepEqual(metricsText(b).match(/namespace="[^"]+"/g), null);
  assert.equal(b.size, 0);
});

test('a text that is no key of a namespace makes its message one of strangers', async () => {
  const channel = new ScheduledChannel();
  const [a, b] = [1, 2].map(() => new TTLCache({ channel: joinBy(channel.join()) }));
  for (const cache of [a, b]) await cache.start();
  await b.set('k', 1);
  await turn();
  channel.deliverAll();
  for (const key of ['\x005:users', '\0', '\x009999999999:n.k', '\0x', '\x001:']) {
    // As long as what the key is told as: a mark, a dot and the key.
    a.sync.set(`\0${key}`, 1);
    a.sync.delete('k');
    await turn();
    for (const [, message] of channel.waiting) {
      const text = new TextDecoder('latin1').decode(message);
      const at = text.indexOf(`\0.\0${key}`);
      assert.ok(at > 0);
      const forged = new TextEncoder().encode(`${key}${key}${key}`).subarray(0, key.length + 3);
      message.set(forged, at);
    }
    channel.deliverAll();
    assert.equal(await b.get('k'), 1, key);
  }
});

test('increment is heard', async () => {
  const channel = new ScheduledChannel();
  const [a, b] = [1, 2].map(() => new TTLCache({ channel: joinBy(channel.join()) }));
  for (const cache of [a, b]) await cache.start();
  await b.increment('k', 5);
  channel.deliverAll();
  assert.equal(await a.increment('k'), 1);
  channel.deliverAll();
  assert.equal(await b.get('k'), undefined);
});
