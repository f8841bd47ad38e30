/** The ways to a node: WebSocket, HTTP, threads and what callers bring, with real sockets. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import * as ws from 'ws';

import { warm } from './lib/cluster.mjs';
import { load, project } from './lib/package.mjs';
import { loadSource } from './lib/source.mjs';

const { CacheNode, DistributedCache } = await load('tidecache/cluster');
const { TTLCache } = await load();
const { findWebSocket } = await loadSource('cluster/web-socket.ts');
const { optionalPackage } = await loadSource('cluster/platform.ts');

/** Runs `work` with three nodes that listen, and ends them and the clients that it made. */
function withServers(options, work) {
  return async () => {
    const nodes = ['a', 'b', 'c'].map((id) => new CacheNode({ id, ...options }));
    const clients = [];
    try {
      const urls = [];
      for (const node of nodes) urls.push((await node.listen({ ws })).url);
      const connect = (more) => {
        clients.push(new DistributedCache({ nodes: urls, ...more }));
        return clients.at(-1);
      };
      await work({ nodes, urls, connect });
    } finally {
      for (const client of clients) await client.close();
      for (const node of nodes) await node[Symbol.asyncDispose]();
    }
  };
}

/** Uses a cache a little, so that its way to the nodes is known to work. */
async function use(cache) {
  await cache.set('k', new Map([['a', 1n]]));
  assert.deepEqual(await cache.get('k'), new Map([['a', 1n]]));
  const keys = Array.from({ length: 200 }, (_, at) => `key:${at}`);
  await cache.setMany(keys.map((key) => [key, key]));
  assert.deepEqual([...(await cache.getMany(keys)).values()], keys);
  assert.equal(await cache.delete('k'), true);
  assert.equal(await cache.get('k'), undefined);
}

/** Returns a WebSocket that counts how often it is made. */
function counting() {
  return class Counting extends ws.WebSocket {
    static made = 0;

    constructor(...args) {
      super(...args);
      Counting.made++;
    }
  };
}

test(
  'a client talks by WebSocket, one connection for each node',
  withServers({}, async ({ connect }) => {
    const WebSocket = counting();
    const cache = connect({ WebSocket });
    await use(cache);
    assert.equal(WebSocket.made, 3);
  }),
);

test(
  'a client talks by HTTP where the address says so',
  withServers({}, async ({ urls, connect }) => {
    const WebSocket = counting();
    const nodes = urls.map((url) => url.replace('ws:', 'http:'));
    await use(connect({ nodes, WebSocket }));
    assert.equal(WebSocket.made, 0);
  }),
);

test('the constructor is what was given, else the platform has, else that of ws', () => {
  class Given {}
  assert.equal(findWebSocket(Given), Given);
  const own = globalThis.WebSocket;
  try {
    globalThis.WebSocket = class Platform {};
    assert.equal(findWebSocket(), globalThis.WebSocket);
    delete globalThis.WebSocket;
    assert.equal(findWebSocket().name, 'WebSocket');
    assert.equal(findWebSocket(), ws.WebSocket);
  } finally {
    if (own !== undefined) globalThis.WebSocket = own;
  }
  assert.throws(() => findWebSocket('ws'), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
});

test('an optional package is looked for from the program, then from its folder', () => {
  const { argv } = process;
  const cwd = process.cwd();
  try {
    process.argv = [argv[0], `${project}/app.mjs`];
    process.chdir('/');
    assert.equal(optionalPackage('ws-that-nobody-has'), undefined);
    assert.equal(typeof optionalPackage('tidecache')?.TTLCache, 'function');
    process.argv = [argv[0]];
    assert.equal(optionalPackage('tidecache'), undefined);
    process.chdir(project);
    assert.equal(typeof optionalPackage('tidecache')?.TTLCache, 'function');
  } finally {
    process.argv = argv;
    process.chdir(cwd);
  }
});

test(
  'a token opens the nodes, by WebSocket and by HTTP, given or asked for',
  withServers({ tokens: ['old', 's3cr3t'] }, async ({ urls, connect }) => {
    const http = urls.map((url) => url.replace('ws:', 'http:'));
    for (const nodes of [urls, http]) {
      await use(connect({ nodes, WebSocket: ws.WebSocket, token: 's3cr3t' }));
      let asked = 0;
      const token = async () => {
        asked++;
        return 's3cr3t';
      };
      await use(connect({ nodes, WebSocket: ws.WebSocket, token }));
      assert.ok(asked >= 1);
    }
  }),
);

test(
  'a wrong token is a quorum error that says so, and shows none',
  withServers({ tokens: ['s3cr3t'] }, async ({ urls, connect }) => {
    const http = urls.map((url) => url.replace('ws:', 'http:'));
    for (const nodes of [urls, http]) {
      for (const token of [undefined, 'wr0ng']) {
        const options = token === undefined ? {} : { token };
        const cache = connect({ nodes, WebSocket: ws.WebSocket, timeout: '5s', ...options });
        const start = performance.now();
        const error = await cache.get('k').then(assert.fail, (one) => one);
        await assert.rejects(cache.connect(), { code: 'ERR_CACHE_QUORUM' });
        assert.ok(performance.now() - start < 3_000, 'a refusal is told at once');
        assert.equal(error.code, 'ERR_CACHE_QUORUM', String(error));
        const states = error.causes.map(({ state }) => state);
        assert.ok(states.includes('auth'), `${nodes[0]} ${token}: ${states}`);
        assert.ok(error.cause.errors.some(({ code }) => code === 'ERR_CACHE_AUTH'));
        assert.match(error.message, /token/);
        assert.ok(!/s3cr3t|wr0ng/.test(`${error.stack} ${JSON.stringify(error)}`));
        await cache.close();
      }
    }
  }),
);

test(
  'an address at which nobody listens is a node that is down',
  withServers({}, async ({ nodes, urls, connect }) => {
    const cache = connect({ WebSocket: ws.WebSocket });
    await cache.connect();
    await nodes[2][Symbol.asyncDispose]();
    for (let at = 0; at < 20; at++) {
      await cache.set(`k${at}`, at);
      assert.equal(await cache.get(`k${at}`), at);
    }
    assert.notEqual(cache.nodes[2].state, 'up');
    const alone = [urls[0], ['127.0.0.1', 9], ['127.0.0.1', 1]];
    const far = connect({ nodes: alone, WebSocket: ws.WebSocket, timeout: '300ms' });
    const error = await far.get('k').then(assert.fail, (one) => one);
    const missing = error.causes.map(({ node }) => node);
    assert.ok(missing.includes('127.0.0.1:1') && missing.includes('127.0.0.1:9'));
    for (const { state } of error.causes)
      assert.ok(['open', 'timeout', 'pending'].includes(state), state);
  }),
);

test(
  'a node that comes back is used again',
  withServers({}, async ({ nodes, urls, connect }) => {
    const cache = connect({ WebSocket: ws.WebSocket });
    await cache.connect();
    await nodes[0][Symbol.asyncDispose]();
    await cache.set('k', 1);
    const again = new CacheNode({ id: 'a' });
    try {
      await again.listen({ port: Number(new URL(urls[0]).port), ws });
      while (cache.nodes[0].state !== 'up') {
        await cache.get('k');
        await pause(10);
      }
      // Until the largest drift of clocks has passed it may have forgotten something newer.
      do {
        await cache.set('l', 2);
      } while ((await cache.get('l', 0, { consistency: 'all' })) !== 2);
    } finally {
      await again[Symbol.asyncDispose]();
    }
  }),
);

test(
  'a near cache hears of writes by WebSocket',
  withServers({}, async ({ connect }) => {
    const near = new TTLCache({ maxSize: 10 });
    const [cache, other] = [
      connect({ near, WebSocket: ws.WebSocket }),
      connect({ WebSocket: ws.WebSocket }),
    ];
    await cache.connect();
    await other.set('k', 1);
    while (near.size === 0) await cache.get('k', 0, { consistency: 'one' });
    const { nearHits } = cache.getStats();
    assert.equal(await cache.get('k', 0, { consistency: 'one' }), 1);
    assert.equal(cache.getStats().nearHits, nearHits + 1);
    await other.set('k', 2);
    while (near.size > 0) await pause(1);
  }),
);

test('nodes in threads are reached through the workers themselves', async () => {
  const file = new URL('./children/cluster-node.mjs', import.meta.url);
  const workers = ['a', 'b', 'c'].map((id) => new Worker(file, { workerData: { id } }));
  const nodes = workers.map((address, at) => ({ address, id: 'abc'[at] }));
  const cache = new DistributedCache({ nodes, timeout: '5s' });
  try {
    await warm(cache);
    await use(cache);
    await workers[1].terminate();
    assert.equal(await cache.get('key:7'), 'key:7');
    await cache.set('k', 1, { timeout: '3s' });
  } finally {
    await cache.close();
    for (const worker of workers) await worker.terminate();
  }
});

test('a transport of the caller is asked for replies, and disposed of when the cache leaves it', async () => {
  const disposed = [];
  const transport = (node) => ({
    async request(frame, { signal }) {
      assert.ok(frame instanceof Uint8Array && signal instanceof AbortSignal);
      const request = new Request('http://node/v1/frames', {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.tidecache.resp3' },
        body: frame.slice(),
      });
      return new Uint8Array(await (await node.fetch(request)).arrayBuffer());
    },
    async [Symbol.asyncDispose]() {
      disposed.push(node.id);
    },
  });
  const nodes = ['a', 'b', 'c'].map((id) => new CacheNode({ id }));
  const cache = new DistributedCache({
    nodes: nodes.map((node) => ({ address: transport(node), id: node.id })),
  });
  await use(cache);
  for (const node of nodes) await node.reconfigure(2);
  const kept = { address: nodes.map(transport)[0], id: 'a' };
  await cache.reconfigure([kept], 2);
  assert.deepEqual(disposed.sort(), ['a', 'b', 'c'], 'none of the old ones is among the new');
  await cache.set('k', 1);
  await cache.close();
  assert.deepEqual(disposed.sort(), ['a', 'a', 'b', 'c']);
});

test(
  'whatever a token, a constructor or a transport does, a call ends in its time and says so',
  withServers({ tokens: ['s3cr3t'] }, async ({ urls, connect }) => {
    const fail = () => {
      throw new Error('theirs');
    };
    const never = () => new Promise(() => {});
    const socket = { nodes: urls, WebSocket: ws.WebSocket };
    const over = (request) => ({ nodes: [{ id: 'a', address: { request } }] });
    const wrongs = [
      { ...socket, token: fail },
      { ...socket, token: async () => fail() },
      { ...socket, token: async () => 7 },
      { ...socket, token: never },
      { ...socket, WebSocket: fail },
      { ...socket, WebSocket: class {} },
      over(fail),
      over(never),
      over(() => 7),
      over(async () => fail()),
      over(async () => undefined),
      over(async () => 'text'),
      over(async () => new Uint8Array(0)),
      over(async () => new Uint8Array([1, 2, 3])),
      over(async () => new Uint8Array(5_000_000).fill(42)),
    ];
    await Promise.all(
      wrongs.map(async (options, at) => {
        const cache = connect({ timeout: '200ms', ...options });
        const start = performance.now();
        const error = await cache.get('k').then(assert.fail, (one) => one);
        assert.equal(error.code, 'ERR_CACHE_QUORUM', `${at}: ${error}`);
        assert.ok(performance.now() - start < 2_000, String(at));
        await assert.rejects(cache.set('k', 1), { code: 'ERR_CACHE_QUORUM' }, String(at));
        await cache.close();
      }),
    );
  }),
);

test(
  'a client goes over to the nodes of another epoch, and the old ones refuse it',
  withServers({}, async ({ nodes, urls, connect }) => {
    const cache = connect({ WebSocket: ws.WebSocket, timeout: '500ms' });
    await cache.set('k', 1);
    for (const node of nodes) await node.reconfigure(2);
    const refused = await cache.get('k').then(assert.fail, (one) => one);
    assert.ok(
      refused.causes.some(({ state }) => ['epoch', 'open'].includes(state)),
      JSON.stringify(refused.causes),
    );
    await cache.reconfigure(urls.slice(0, 1), 2);
    assert.equal(cache.nodes.length, 1);
    assert.equal(await cache.get('k'), undefined, 'another epoch begins empty');
    await cache.set('k', 2);
    assert.equal(await cache.get('k'), 2);
  }),
);

test('the same epoch again gives a node another address, and disturbs nothing', async () => {
  const nodes = ['a', 'b', 'c'].map((id) => new CacheNode({ id }));
  const links = nodes.map((node) => {
    const { port1, port2 } = new MessageChannel();
    node.attach(port2);
    return { id: node.id, address: port1 };
  });
  const cache = new DistributedCache({ nodes: links, timeout: '1s' });
  try {
    await warm(cache);
    await cache.set('k', 1);
    await nodes[2][Symbol.asyncDispose]();
    nodes[2] = new CacheNode({ id: 'c' });
    const { port1, port2 } = new MessageChannel();
    nodes[2].attach(port2);
    const failures = [];
    let isOver = false;
    const load = async (key) => {
      for (let at = 0; !isOver; at++) {
        const work = async () => (await cache.set(key, at), await cache.get(key));
        await work().catch((error) => failures.push(error));
      }
    };
    const under = ['x', 'y', 'z'].map(load);
    // The order is the caller's own affair; the two that stay keep their links.
    const moved = [{ id: 'c', address: port1 }, links[1], links[0]];
    await cache.reconfigure(moved, 1);
    await warm(cache);
    isOver = true;
    await Promise.all(under);
    assert.deepEqual(failures, []);
    assert.equal(await cache.get('k'), 1);
    assert.deepEqual(
      cache.nodes.map(({ id, state }) => `${id} ${state}`),
      ['a up', 'b up', 'c up'],
    );
    await nodes[0][Symbol.asyncDispose]();
    await cache.set('k', 2);
    assert.equal(await cache.get('k'), 2, 'the new node is one of the two');
  } finally {
    await cache.close();
    for (const node of nodes) await node[Symbol.asyncDispose]();
    for (const { address } of links) address.close();
  }
});
