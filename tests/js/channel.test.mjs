/** Caches that hear of one another's changes: by a scheduler, and by threads. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { Worker } from 'node:worker_threads';

import { load, project } from './lib/package.mjs';
import { forSeeds, Random } from './lib/random.mjs';
import { ScheduledChannel } from './lib/scheduled-channel.mjs';
import { manualClock, turn } from './lib/tools.mjs';
import { until } from './lib/waiting.mjs';

const { TTLCache } = await load();
const { broadcast, joinBy } = await load('tidecache/channel');
const wrong = { code: 'ERR_CACHE_INVALID_ARGUMENT' };

/** Returns caches on one channel, all of them in use. */
async function tabs(channel, count, options = {}) {
  const caches = Array.from(
    { length: count },
    () => new TTLCache({ channel: joinBy(channel.join()), ...options }),
  );
  for (const cache of caches) await cache.start();
  return caches;
}

test('sets, deletes and clears are heard by the others, once', async () => {
  const channel = new ScheduledChannel();
  const [a, b, c] = await tabs(channel, 3);
  await b.set('k', 'old');
  channel.deliverAll();
  await a.set('k', 'new');
  await a.set('other', 1);
  channel.deliverAll();
  assert.deepEqual([await a.get('k'), await b.get('k')], ['new', undefined]);
  await c.delete('k');
  channel.deliverAll();
  assert.equal(await a.get('k'), undefined);
  await b.clear();
  channel.deliverAll();
  assert.equal(a.size, 0);
  await turn();
  // Whoever hears does not tell.
  assert.equal(channel.posted, 5);
  assert.equal(channel.waiting.length, 0);
});

test('the changes of one turn are one message', async () => {
  const channel = new ScheduledChannel();
  const [a] = await tabs(channel, 2);
  for (let at = 0; at < 500; at++) a.sync.set(`k${at}`, at);
  await turn();
  assert.equal(channel.posted, 1);
});

test('messages of strangers do nothing', async () => {
  const channel = new ScheduledChannel();
  const [a, b] = await tabs(channel, 2);
  const stranger = channel.join();
  await a.set('k', 1);
  const [[, real]] = channel.waiting;
  const chance = new Random(1);
  await b.set('mine', 1);
  channel.waiting.length = 0;
  const odd = ['text', null, 5, {}, new Uint8Array(0), new Uint8Array(1000)];
  const cut = Array.from({ length: real.length }, (_, at) => real.slice(0, at));
  const random = Array.from({ length: 300 }, () =>
    Uint8Array.from({ length: chance.below(99) }, () => chance.below(256)),
  );
  const forged = random.map((bytes) => Uint8Array.of(...real.slice(0, 5), ...bytes));
  for (const message of [...odd, ...cut, ...random, ...forged]) {
    stranger.post(message?.slice === undefined ? { slice: () => message } : message);
    channel.deliverAll();
  }
  assert.deepEqual([await a.get('k'), await b.get('mine')], [1, 1]);
});

test('a newcomer that wants it gets the entries of a living one', async () => {
  const channel = new ScheduledChannel();
  // The first has nothing to give.
  const [, a] = await tabs(channel, 2);
  for (let at = 0; at < 100; at++) await a.set(`k${at}`, { at });
  await a.set('bad', () => 'no data');
  const b = new TTLCache({ channel: joinBy(channel.join(), { warm: true, warmTimeout: '20s' }) });
  const got = b.get('k7');
  await turn();
  channel.deliverAll();
  assert.deepEqual(await got, { at: 7 });
  assert.equal(b.size, 100);
});

test('what changes while the state is on its way is not taken from it', async () => {
  const channel = new ScheduledChannel();
  const [a, c] = await tabs(channel, 2);
  for (const key of ['stays', 'set', 'deleted']) await a.set(key, 'old');
  channel.deliverAll();
  const b = new TTLCache({ channel: joinBy(channel.join(), { warm: true, warmTimeout: '20s' }) });
  const started = b.start();
  await turn();
  // A's state is asked for and given, and waits.
  const isState = ([, message]) => message.length > 100;
  while (!channel.waiting.some(isState)) channel.deliver(0);
  await c.set('set', 'new');
  await c.delete('deleted');
  // The newcomer hears of the changes before it gets the state.
  while (channel.waiting.length > 0) channel.deliver(channel.waiting.length - 1);
  await started;
  assert.deepEqual(
    [await b.get('stays'), await b.get('set'), await b.get('deleted')],
    ['old', undefined, undefined],
  );
});

test('nobody there is a cold start, after the time that was given', async () => {
  const channel = joinBy(new ScheduledChannel().join(), { warm: true, warmTimeout: 10 });
  const cache = new TTLCache({ channel });
  assert.equal(await cache.get('k'), undefined);
});

test('bad options are refused when they are made', () => {
  for (const none of [undefined, null, 5]) assert.throws(() => broadcast(none), wrong);
  for (const none of [undefined, null, 5, {}, { post() {} }]) {
    assert.throws(() => joinBy(none), wrong);
  }
  for (const options of [null, { warm: 1 }, { warmTimeout: 0 }, { warmth: true }]) {
    assert.throws(() => broadcast('n', options), wrong);
  }
});

/** The latest change of each key, by a hybrid clock as simple as can be. */
class Model {
  constructor(count) {
    this.clocks = Array.from({ length: count }, () => 0);
    this.own = Array.from({ length: count }, () => new Map());
    this.known = Array.from({ length: count }, () => new Map());
  }

  change(who, key, value, time) {
    const version = (this.clocks[who] = Math.max(this.clocks[who] + 1, time * 1024));
    this.own[who].delete(key);
    if (value !== undefined) this.own[who].set(key, value);
    this.known[who].set(key, version);
    return { key, version };
  }

  hear(who, { key, version }) {
    this.clocks[who] = Math.max(this.clocks[who], version);
    if (version < (this.known[who].get(key) ?? 0)) return;
    this.known[who].set(key, version);
    this.own[who].delete(key);
  }
}

test('any order, loss and repetition give what the model gives', () =>
  forSeeds(60, async (chance) => {
    const channel = new ScheduledChannel();
    const clock = manualClock();
    const caches = await tabs(channel, 3, { clock, defaultTtl: Infinity });
    const model = new Model(3);
    const isLossy = chance.happens(0.5);
    /** What the model knows of each message that waits, by the message's place. */
    const notes = new Map();
    let lost = 0;
    for (let step = 0; step < 200; step++) {
      if (chance.happens(0.3)) clock.advance(chance.below(2));
      if (chance.happens(0.4)) {
        const who = chance.below(3);
        const key = `k${chance.below(4)}`;
        const value = chance.happens(0.7) ? `${who}/${step}` : undefined;
        const before = channel.waiting.length;
        const note = model.change(who, key, value, clock.now());
        await (value === undefined ? caches[who].delete(key) : caches[who].set(key, value));
        await turn();
        const others = [0, 1, 2].filter((other) => other !== who);
        channel.waiting
          .slice(before)
          .forEach((delivery, at) => notes.set(delivery, { note, to: others[at] }));
      } else if (channel.waiting.length > 0) {
        const at = chance.below(channel.waiting.length);
        const delivery = channel.waiting[at];
        const { note, to } = notes.get(delivery);
        if (isLossy && chance.happens(0.1)) {
          channel.waiting.splice(at, 1);
          lost += 1;
          continue;
        }
        model.hear(to, note);
        const twice = chance.happens(0.1);
        channel.deliver(at, twice);
        if (twice) notes.set(channel.waiting.at(-1), { note, to });
      }
      caches.forEach((cache, who) => {
        assert.deepEqual(new Map(cache.sync.entries()), model.own[who], `step ${step}`);
      });
    }
    while (channel.waiting.length > 0) {
      const at = chance.below(channel.waiting.length);
      channel.deliver(at);
    }
    if (lost === 0) {
      // Everybody who holds a key holds the same value of it.
      for (let key = 0; key < 4; key++) {
        const held = caches.map((cache) => cache.sync.get(`k${key}`));
        assert.ok(new Set(held.filter((value) => value !== undefined)).size <= 1, `k${key}`);
      }
    }
  }));

const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { TTLCache } = require(workerData + '/node_modules/tidecache');
const { broadcast } = require(workerData + '/node_modules/tidecache/channel.cjs');
const cache = new TTLCache({ channel: broadcast('threads') });
parentPort.on('message', async ([method, ...args]) => {
  parentPort.postMessage((await cache[method](...args)) ?? null);
});
`;

test('threads hear of one another', async (t) => {
  const worker = new Worker(THREAD, { eval: true, workerData: project });
  t.after(() => worker.terminate());
  const ask = async (...call) => {
    worker.postMessage(call);
    return (await once(worker, 'message'))[0];
  };
  const cache = new TTLCache({ channel: broadcast('threads') });
  await cache.start();
  await ask('set', 'k', 'first');
  await cache.set('k', 'mine');
  // Until it has heard of that: two sets in one millisecond may remove the key in both.
  while ((await ask('get', 'k')) !== null);
  await ask('set', 'k', 'theirs');
  await until(() => !cache.sync.has('k'));
  assert.equal(await ask('get', 'k'), 'theirs');
  await cache.clear();
  while ((await ask('get', 'k')) !== null);
  await cache.close();
});

test('a channel keeps no process alive', async () => {
  const script = `
    import { TTLCache } from '${project}/node_modules/tidecache/index.js';
    import { broadcast } from '${project}/node_modules/tidecache/channel.js';
    const cache = new TTLCache({ channel: broadcast('alone') });
    await cache.set('k', 1);
    console.log(await cache.get('k'));
  `;
  const args = ['--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
});

test('a channel that fails is an error event, and no call fails', async () => {
  const errors = [];
  const channel = {
    post() {
      throw new Error('no post');
    },
    onMessage: () => () => {},
  };
  const cache = new TTLCache({ channel: joinBy(channel) });
  cache.on('error', ({ error }) => errors.push(error.cause.message));
  await cache.set('k', 1);
  await turn();
  assert.deepEqual(errors, ['no post']);
  await cache.close();
});
