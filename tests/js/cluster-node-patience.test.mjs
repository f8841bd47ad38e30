/** How long a node waits for its clients: with real sockets where that takes seconds. */
import assert from 'node:assert/strict';
import test, { describe } from 'node:test';

import sinon from 'sinon';

import { Client } from './lib/node-clients.mjs';
import { load } from './lib/package.mjs';
import { commands } from './lib/resp.mjs';
import { loadSource } from './lib/source.mjs';
import { until } from './lib/waiting.mjs';

const { CacheNode } = await load('tidecache/cluster');

/** Returns a node that listens, and its URL; both end with the test. */
async function listening(t, options) {
  const node = new CacheNode(options);
  t.after(() => node[Symbol.asyncDispose]());
  return { node, url: (await node.listen()).url };
}

describe('with real sockets', { concurrency: true }, () => {
  test('a stranger who does not log in is given up after five seconds', async (t) => {
    const { url } = await listening(t, { tokens: ['secret'] });
    const [stranger, known] = [await Client.open(url), await Client.open(url, { token: 'secret' })];
    const begin = performance.now();
    const timer = setInterval(() => stranger.send('PING'), 500);
    assert.equal(await stranger.closed, 1008);
    clearInterval(timer);
    const seconds = (performance.now() - begin) / 1000;
    assert.ok(seconds > 4.5 && seconds < 8, `it took ${seconds} s`);
    assert.deepEqual(await known.ask(['PING']), ['PONG']);
  });

  test('who reads nothing for ten seconds is given up', async (t) => {
    const { node, url } = await listening(t);
    const [slow, other] = [await Client.open(url), await Client.open(url)];
    assert.deepEqual(await other.ask(['SET', 'a', 'x'.repeat(1 << 20)]), ['OK']);
    slow.socket.pause();
    slow.socket.send(commands(...Array.from({ length: 60 }, () => ['GET', 'a'])));
    const begin = performance.now();
    await until(() => node.getStats().connections === 1);
    const seconds = (performance.now() - begin) / 1000;
    assert.ok(seconds > 9 && seconds < 15, `it took ${seconds} s`);
    slow.socket.terminate();
  });
});

/** Returns a connection without a node, and what its carrier was told, in virtual time. */
async function linkInVirtualTime(t, isRemote) {
  const { Link } = await loadSource('cluster/node-link.ts');
  const clock = sinon.useFakeTimers();
  t.after(() => clock.restore());
  const told = [];
  const carrier = {
    isRemote,
    send: () => undefined,
    unsent: () => 0,
    close: (code) => told.push(code),
    ping: () => told.push('ping'),
  };
  const home = { core: undefined, forget: () => undefined, pushSoon: () => undefined };
  const link = new Link(home, carrier);
  const wait = (ms) => {
    clock.tick(ms);
    link.check();
  };
  return { link, told, wait };
}

test('a silent peer is asked whether it is there, and given up after a minute', async (t) => {
  const { link, told, wait } = await linkInVirtualTime(t, true);
  wait(19_000);
  assert.deepEqual(told, []);
  wait(2_000);
  assert.deepEqual(told, ['ping']);
  link.note();
  wait(59_000);
  link.receive(Uint8Array.of(1));
  wait(59_000);
  assert.deepEqual(told, ['ping', 'ping', 'ping']);
  wait(2_000);
  wait(60_000);
  assert.deepEqual(told, ['ping', 'ping', 'ping', 1001]);
});

test('a port may be silent for ever', async (t) => {
  const { told, wait } = await linkInVirtualTime(t, false);
  wait(100 * 60_000);
  assert.deepEqual(told, []);
});
