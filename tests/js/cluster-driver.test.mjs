/** The driver of a client against three nodes in the same thread, by ports and by transports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';

import { initSync, NodeCore } from '../../target/wasm/node/node.js';
import { loadSource } from './lib/source.mjs';
import { until } from './lib/waiting.mjs';

const needed = ['ClusterClient', 'clientModule'];
const { ClusterClient, clientModule } = await loadSource('cluster/client-host.ts', needed);
await clientModule().start();
initSync({
  module: new WebAssembly.Module(
    readFileSync(new URL('../../target/wasm/node/node.wasm', import.meta.url)),
  ),
});

const TIMEOUT = 400;
const TTL = 60_000;
const HOUR = 3_600_000;
const bytes = (text) => new TextEncoder().encode(text);
const text = (data) => new TextDecoder().decode(data);
const WAYS = ['port', 'transport'];

/** A node: a real one, and moods that break it. */
class Node {
  mood = 'answers';
  frames = 0;
  aborted = 0;
  isClosed = false;
  #held = [];
  #port;
  #core;
  #connection;
  #offset;

  constructor(offset = 0) {
    this.#offset = offset;
    const settings = {
      id: 'node',
      epoch: 1,
      maxEntries: 1000,
      maxWeightBytes: 1e7,
      policy: 0,
      maxTtlMs: 86_400_000,
      maxOpMs: 5000,
      maxDriftMs: 500,
      maxConnections: 100,
      tokens: [],
      random: [1, 2, 3, 4, 5, 6],
    };
    this.#core = new NodeCore(settings, this.#wall() - 1000);
    this.#connection = this.#core.open(this.#wall(), 1);
  }

  link(kind) {
    return kind === 'port'
      ? { kind, port: this.#channel() }
      : { kind, transport: { request: (...args) => this.#request(...args) } };
  }

  /** Changes the mood; one that speaks again says first what it owes. */
  change(mood) {
    this.mood = mood;
    for (const frame of this.#held.splice(0)) this.#take(frame);
  }

  hangUp() {
    this.#port.postMessage({ tidecache: null });
  }

  say(frame) {
    this.#port.postMessage({ tidecache: frame });
  }

  #wall() {
    return Date.now() + this.#offset;
  }

  #channel() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port2;
    port2.on('message', ({ tidecache: frame }) => {
      if (frame === null) {
        this.isClosed = true;
        port2.close();
      } else this.#take(frame);
    });
    return port1;
  }

  async #request(frame, { signal }) {
    signal.addEventListener('abort', () => (this.aborted += 1));
    if (this.mood === 'throws') throw new Error('no way');
    return this.#answer(frame) ?? new Promise(() => {});
  }

  #take(frame) {
    if (this.mood === 'silent') this.#held.push(frame);
    else this.say(this.#answer(frame));
  }

  #answer(frame) {
    this.frames += 1;
    const replies = this.#core.receive(this.#connection, this.#wall(), frame);
    switch (this.mood) {
      case 'garbage':
        return bytes('<html>\r\n');
      case 'half':
        return replies.slice(0, replies.length / 2);
      case 'talkative':
        return Uint8Array.of(...replies, ...bytes('+OK\r\n'));
      case 'refuses': {
        const count = text(frame).split('*').length - 1;
        return bytes('-NOAUTH Authentication required.\r\n'.repeat(count));
      }
      case 'silent':
        return undefined;
      default:
        return replies;
    }
  }
}

/** Runs `work` with three nodes and a client, which is closed after it. */
async function withCluster(way, work, { offset = 0 } = {}) {
  const nodes = [0, 1, 2].map(() => new Node(offset));
  const options = {
    nodes: ['a', 'b', 'c'].map((id) => ({ id, weight: 1, zone: '' })),
    epoch: 1,
    replicas: 3,
    read: 2,
    write: 2,
    readRepair: 'blocking',
    hedge: true,
    timeoutMs: TIMEOUT,
    maxTtlMs: 86_400_000,
    near: 0,
  };
  const links = nodes.map((node) => node.link(way));
  const client = new ClusterClient(options, links, undefined, () => {});
  const put = (key, value) => client.put(bytes(key), bytes(value), 7, TTL, TIMEOUT);
  const get = async (key) => {
    const hit = await client.get(bytes(key), 1, TIMEOUT);
    return hit && text(hit.value);
  };
  const states = () => client.nodes().map(({ state }) => state);
  try {
    await work({ nodes, client, put, get, states });
  } finally {
    client.close();
  }
}

/** Defines a test for each way. */
function byEachWay(name, work) {
  for (const way of WAYS) {
    test(`${name} (${way})`, () => withCluster(way, (cluster) => work({ ...cluster, way })));
  }
}

const causes = ({ causes: all }) =>
  all.map(({ node, state }) => `${node} ${state}`).sort((a, b) => (a < b ? -1 : 1));

byEachWay('what is stored is read until it is deleted', async ({ client, put, get }) => {
  assert.equal(await get('k'), undefined);
  const version = await put('k', 'value');
  const hit = await client.get(bytes('k'), 1, TIMEOUT);
  assert.equal(text(hit.value), 'value');
  assert.equal(hit.flags, 7);
  assert.equal(hit.mayFillNear, false);
  assert.deepEqual(hit.version, version);
  assert.equal(hit.expiresAtMs - hit.createdAtMs, TTL);
  assert.equal(await client.delete(bytes('k'), TIMEOUT), true);
  assert.equal(await client.delete(bytes('k'), TIMEOUT), false);
  assert.equal(await get('k'), undefined);
});

byEachWay('touch, clear, load and fill do what they say', async ({ client, put, get }) => {
  const touch = () => client.touch(bytes('a:1'), TTL, TIMEOUT);
  assert.equal(await touch(), false);
  await put('a:1', 'one');
  await put('b:1', 'two');
  assert.equal(await touch(), true);
  assert.equal(await client.clear(bytes('a'), TIMEOUT), undefined);
  assert.equal(await get('a:1'), undefined);
  assert.equal(await get('b:1'), 'two');
  const load = () => client.load(bytes('l'), TIMEOUT);
  const lease = await load();
  assert.ok(!('value' in lease));
  const fill = () => client.fill(lease, bytes('loaded'), 1, TTL, TIMEOUT);
  assert.equal(await fill(), true);
  assert.equal(text((await load()).value), 'loaded');
  await put('l', 'newer');
  assert.equal(await fill(), false, 'something newer is there');
});

test('operations of one turn share a frame to each node', () =>
  withCluster('port', async ({ client, nodes, put }) => {
    await client.connect();
    const before = nodes.map(({ frames }) => frames);
    await Promise.all(Array.from({ length: 100 }, (_, n) => put(`key ${n}`, 'value')));
    assert.deepEqual(
      nodes.map(({ frames }, at) => frames - before[at]),
      [1, 1, 1],
    );
  }));

byEachWay('a silent node is a cause, and two of them a failure', async (cluster) => {
  const { client, nodes, put, get } = cluster;
  await client.connect();
  nodes[0].change('silent');
  await put('k', 'value');
  assert.equal(await get('k'), 'value');
  nodes[1].change('silent');
  const begun = Date.now();
  await assert.rejects(put('k', 'other'), (failure) => {
    assert.deepEqual([failure.isWrite, failure.required, failure.received], [true, 2, 1]);
    assert.deepEqual(causes(failure), ['a timeout', 'b timeout']);
    return true;
  });
  assert.ok(Date.now() - begun < TIMEOUT * 2, 'it ends by its deadline');
  await assert.rejects(get('k'), { kind: 'quorum', isWrite: false });
  nodes[0].change('answers');
  nodes[1].change('answers');
  // What a transport has not answered is given up when nobody waits for it any more.
  await pause(TIMEOUT + 100);
  await put('k', 'again');
  assert.equal(await get('k'), 'again');
});

test('a request without an answer is aborted when the client closes', () =>
  withCluster('transport', async ({ client, nodes, put }) => {
    await client.connect();
    nodes[0].change('silent');
    await put('k', 'value');
    assert.equal(nodes[0].aborted, 0);
    client.close();
    assert.ok(nodes[0].aborted > 0);
    assert.equal(nodes[1].aborted, 0, 'what was answered is not aborted');
  }));

for (const mood of ['garbage', 'half', 'talkative']) {
  byEachWay(`an answer that is ${mood} fails its node and nothing else`, async (cluster) => {
    const { nodes, put, get, states, way } = cluster;
    await put('k', 'value');
    nodes[2].change(mood);
    for (let n = 0; n < 10; n += 1) {
      await put('k', String(n));
      assert.equal(await get('k'), String(n));
    }
    // What a frame of its own is answered says nothing of the next one.
    if (way === 'port') assert.equal(states()[2], 'down');
  });
}

byEachWay('nodes that do not know the client say so in the causes', async (cluster) => {
  const { client, nodes, put } = cluster;
  nodes[0].change('refuses');
  nodes[1].change('refuses');
  // Two refusals are enough: the third node need not have been heard by then.
  const isRefused = (failure) => {
    assert.deepEqual(
      causes(failure).filter((cause) => !cause.endsWith('pending')),
      ['a auth', 'b auth'],
    );
    return true;
  };
  await assert.rejects(client.connect(), isRefused);
  await assert.rejects(put('k', 'value'), isRefused);
  assert.ok(nodes[0].frames < 20, 'greeted again after pauses, not in a loop');
});

test('a transport that fails is tried again, and no Promise is lost', () =>
  withCluster('transport', async ({ nodes, put, states }) => {
    await put('k', 'value');
    for (let round = 0; round < 6; round += 1) {
      nodes[round % 3].change('throws');
      await Promise.all(Array.from({ length: 20 }, (_, n) => put(`key ${n}`, 'value')));
      nodes[round % 3].change('answers');
      await until(() => states().every((state) => state === 'up'));
    }
  }));

test('a port that is hung up stays down', () =>
  withCluster('port', async ({ client, nodes, put, get, states }) => {
    await client.connect();
    nodes[1].hangUp();
    await until(() => states()[1] === 'down');
    await put('k', 'value');
    nodes[2].hangUp();
    await until(() => states()[2] === 'down');
    await assert.rejects(get('k'), (failure) => {
      assert.deepEqual(causes(failure).slice(-2), ['b open', 'c open']);
      return true;
    });
  }));

byEachWay('closing rejects what is under way and hangs up', async (cluster) => {
  const { client, nodes, put, get, way } = cluster;
  await client.connect();
  for (const node of nodes) node.change('silent');
  const closed = { kind: 'closed' };
  const rejection = assert.rejects(get('k'), closed);
  client.close();
  client.close();
  await rejection;
  await assert.rejects(put('k', 'value'), closed);
  if (way === 'port') await until(() => nodes.every(({ isClosed }) => isClosed));
});

for (const offset of [HOUR, -HOUR]) {
  test(`a client whose clock is off by ${offset} ms writes and reads`, () =>
    withCluster(
      'port',
      async ({ client, put }) => {
        await put('k', 'value');
        const hit = await client.get(bytes('k'), 1, TIMEOUT);
        const off = hit.expiresAtMs - (Date.now() + offset + TTL);
        assert.ok(Math.abs(off) < 2000, `stamped by the nodes' clock: ${off}`);
      },
      { offset },
    ));
}

test('what is too long is refused before it is sent', () =>
  withCluster('port', async ({ client, nodes }) => {
    await client.connect();
    const { frames } = nodes[0];
    const put = (key, value, ttl = TTL, timeout = TIMEOUT) =>
      client.put(new Uint8Array(key), new Uint8Array(value), 0, ttl, timeout);
    await assert.rejects(put(1025, 0), { kind: 'tooLarge', limit: 1024 });
    await assert.rejects(put(1, 2 ** 20 + 1), { kind: 'tooLarge', limit: 2 ** 20 });
    await assert.rejects(put(1, 0, Infinity), { kind: 'ttl', maxTtlMs: 86_400_000 });
    await assert.rejects(put(1, 0, TTL, 60_000), { kind: 'timeout', maxOpMs: 5000 });
    assert.equal(nodes[0].frames, frames);
    await put(1024, 2 ** 20, TTL, 2000);
  }));
