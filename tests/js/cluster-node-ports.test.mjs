/** A node behind ports and workers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { MessageChannel as NodeChannel, Worker } from 'node:worker_threads';

import { load, project } from './lib/package.mjs';
import { commands, Push, Refused, replies, version } from './lib/resp.mjs';
import { settled, until } from './lib/waiting.mjs';

const { CacheNode } = await load('tidecache/cluster');

const GREETING = ['TC.HELLO', '1', '1'];

/** Returns a node that is closed with its test. */
function opened(t, options) {
  const node = new CacheNode(options);
  t.after(() => node[Symbol.asyncDispose]());
  return node;
}

/** The other end of a port that is attached to a node. */
class Talker {
  heard = [];
  isClosed = false;

  constructor(t, port) {
    this.port = port;
    const take = ({ tidecache: frame }) => {
      if (frame === null) {
        this.isClosed = true;
      } else {
        assert.ok(frame instanceof Uint8Array);
        this.heard.push(...replies(frame));
      }
    };
    port.on('message', take);
    t.after(() => (port.terminate ?? port.close).call(port));
  }

  /** Sends commands and resolves with as many values as they are. */
  async ask(...list) {
    this.port.postMessage({ tidecache: commands(...list) });
    return this.take(list.length);
  }

  /** Resolves with the next values. */
  async take(count) {
    await until(() => this.heard.length >= count);
    return this.heard.splice(0, count);
  }
}

test('a node answers through a MessagePort, from the first message on', async (t) => {
  const node = opened(t);
  const { port1, port2 } = new NodeChannel();
  const talker = new Talker(t, port2);
  port2.postMessage({ tidecache: commands(['SET', 'a', '1']) });
  node.attach(port1);
  node.attach(port1);
  assert.deepEqual(await talker.take(1), ['OK']);
  assert.deepEqual(await talker.ask(['GET', 'a'], ['PING']), ['1', 'PONG']);
  assert.equal(node.getStats().connections, 1, 'attached once');
});

test('who holds a port needs no token', async (t) => {
  const node = opened(t, { tokens: ['secret'] });
  const { port1, port2 } = new NodeChannel();
  node.attach(port1);
  assert.deepEqual(await new Talker(t, port2).ask(['DBSIZE']), [0]);
});

test('messages of others are passed over, and no commands end the link', async (t) => {
  const node = opened(t);
  const { port1, port2 } = new NodeChannel();
  node.attach(port1);
  const talker = new Talker(t, port2);
  const others = [null, undefined, 1, 'PING\r\n', [], {}, { tidecache: 'PING\r\n' }, new Map()];
  for (const other of [...others, { tidecache: undefined }, { tidecache: {} }, new Uint8Array(9)]) {
    port2.postMessage(other);
  }
  assert.deepEqual(await talker.ask(['PING']), ['PONG']);
  port2.postMessage({ tidecache: new TextEncoder().encode('*1\r\n:1\r\n') });
  const [refused] = await talker.take(1);
  assert.match(refused.text, /Protocol error/);
  await until(() => talker.isClosed);
  assert.equal(node.getStats().connections, 0);
});

test('either end closes the link, after which the port may be attached again', async (t) => {
  const node = opened(t);
  const { port1, port2 } = new NodeChannel();
  node.attach(port1);
  const talker = new Talker(t, port2);
  assert.equal((await talker.ask(GREETING))[0][0], 'hello');
  port2.postMessage({ tidecache: null });
  await until(() => node.getStats().connections === 0);
  node.attach(port1);
  assert.deepEqual(await talker.ask(['TC.GET', 'a']), [new Refused('EPOCH 1')], 'a new session');
  await node[Symbol.asyncDispose]();
  await until(() => talker.isClosed);
});

test('a port whose other end is gone is forgotten', async (t) => {
  const node = opened(t);
  const { port1, port2 } = new NodeChannel();
  node.attach(port1);
  await new Talker(t, port2).ask(['PING']);
  port2.close();
  await until(() => node.getStats().connections === 0);
});

test('writes are pushed through ports', async (t) => {
  const node = opened(t);
  const channels = [new NodeChannel(), new NodeChannel()];
  const [writer, reader] = channels.map(({ port1, port2 }) => {
    node.attach(port1);
    return new Talker(t, port2);
  });
  await reader.ask([...GREETING, 'PUSH']);
  await writer.ask(GREETING);
  const now = Date.now();
  const put = ['TC.PUT', 'a', version(now + 499, 3), String(now + 9_000), '0', 'value'];
  assert.deepEqual(await writer.ask(put), ['OK']);
  const [push] = await reader.take(1);
  assert.ok(push instanceof Push);
  assert.deepEqual([push.values[0], push.values[1], push.values[3]], ['invalidate', 'a', 1]);
  await settled(() => writer.heard.length);
  assert.equal(writer.heard.length, 0);
});

test('a node in a worker thread answers its parent', async (t) => {
  const worker = new Worker(new URL('children/cluster-worker.mjs', import.meta.url), {
    env: { ...process.env, TIDECACHE_PROJECT: project },
  });
  const talker = new Talker(t, worker);
  const value = 'x'.repeat(1 << 20);
  assert.deepEqual(await talker.ask(['SET', 'a', value], ['GET', 'a']), ['OK', value]);
});

test('a node in the parent answers a worker, until that ends', async (t) => {
  const node = opened(t);
  const worker = new Worker(new URL('children/cluster-talker.mjs', import.meta.url), {
    workerData: [
      ['SET', 'a', '1'],
      ['GET', 'a'],
    ],
  });
  t.after(() => worker.terminate());
  node.attach(worker);
  const heard = await new Promise((resolve) => {
    worker.on('message', (message) => 'heard' in message && resolve(message.heard));
  });
  assert.deepEqual(heard, ['OK', '1']);
  const gone = once(worker, 'exit');
  await worker.terminate();
  await gone;
  await until(() => node.getStats().connections === 0);
});

test('what is no port is refused', (t) => {
  const node = opened(t);
  for (const wrong of [undefined, null, 'port', {}, { postMessage() {} }, globalThis]) {
    assert.throws(() => node.attach(wrong), {
      name: 'TypeError',
      code: 'ERR_CACHE_INVALID_ARGUMENT',
    });
  }
});
