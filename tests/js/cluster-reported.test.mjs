/** What was reported of clusters, each so that it fails if it comes back. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { withCluster } from './lib/cluster.mjs';
import { load } from './lib/package.mjs';
import { turn } from './lib/tools.mjs';

const { CacheNode, DistributedCache } = await load('tidecache/cluster');
const { TTLCache } = await load();

const ALL = { consistency: 'all' };
const MEGABYTE = 2 ** 20;

/** Serves HTTP by `answer` and returns the address. */
async function serve(t, answer) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Returns a client that is closed with the test. */
function connect(t, options) {
  const client = new DistributedCache(options);
  t.after(() => client.close());
  return client;
}

/** A transport to a node of this process, whose pushes the test makes. */
function transportTo(t, node) {
  const listeners = [];
  t.after(() => node[Symbol.asyncDispose]());
  return {
    listeners,
    async request(frame) {
      const headers = { 'content-type': 'application/vnd.tidecache.resp3' };
      const request = new Request('http://node/v1/frames', {
        method: 'POST',
        headers,
        body: frame,
      });
      return new Uint8Array(await (await node.fetch(request)).arrayBuffer());
    },
    onPush: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {},
  };
}

test('an endless answer is read no further than an answer goes', async (t) => {
  let most = 0;
  const url = await serve(t, (_, response) => {
    let sent = 0;
    const chunk = Buffer.alloc(MEGABYTE);
    const more = () => {
      while (!response.destroyed && sent < 512 * MEGABYTE) {
        sent += chunk.length;
        most = Math.max(most, sent);
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    response.writeHead(200);
    more();
  });
  const cache = connect(t, { nodes: [url], timeout: '4s' });
  await assert.rejects(cache.get('k'), { code: 'ERR_CACHE_QUORUM' });
  assert.ok(most > MEGABYTE && most < 100 * MEGABYTE, `${most} bytes of one answer were taken`);
});

test('a redirection is not followed: it would carry the token to another server', async (t) => {
  const tokens = [];
  const note = ({ headers }, response) => {
    tokens.push(headers.authorization);
    response.end('no');
  };
  const other = await serve(t, note);
  let asked = 0;
  const url = await serve(t, (_, response) => {
    asked++;
    response.writeHead(303, { location: `${other}/v1/frames` }).end();
  });
  const cache = connect(t, { nodes: [url], token: 's3cr3t', timeout: '200ms' });
  await assert.rejects(cache.get('k'), { code: 'ERR_CACHE_QUORUM' });
  assert.ok(asked > 0);
  assert.deepEqual(tokens, []);
});

test('what only has a length is no answer, and nothing is reserved for it', async (t) => {
  let lengths = 0;
  const odd = {
    get length() {
      lengths++;
      return 2 ** 30;
    },
  };
  const transport = {
    request: async () => odd,
    onPush: (listener) => void listener(odd),
    async [Symbol.asyncDispose]() {},
  };
  const cache = connect(t, { nodes: [{ address: transport, id: 'a' }], timeout: '100ms' });
  await assert.rejects(cache.get('k'), { code: 'ERR_CACHE_QUORUM' });
  assert.equal(lengths, 0);
});

test('an answer may be any view of bytes, or a buffer', async (t) => {
  for (const wrap of [
    (bytes) => bytes.buffer,
    (bytes) => new DataView(bytes.buffer),
    (bytes) => Buffer.concat([Buffer.from('xx'), bytes]).subarray(2),
  ]) {
    const inner = transportTo(t, new CacheNode({ id: 'a' }));
    const address = { ...inner, request: async (frame) => wrap(await inner.request(frame)) };
    const cache = connect(t, { nodes: [{ address, id: 'a' }] });
    await cache.connect();
    assert.equal(await cache.set('k', 1), true);
    assert.equal(await cache.get('k'), 1);
  }
});

test('pushes of a transport that was left are not counted for another node', async (t) => {
  const [old, next] = [
    transportTo(t, new CacheNode({ id: 'old' })),
    transportTo(t, new CacheNode({ id: 'next', epoch: 2 })),
  ];
  const near = new TTLCache({ maxSize: 10 });
  const cache = connect(t, { nodes: [{ address: old, id: 'old' }], near });
  await cache.connect();
  assert.equal(old.listeners.length, 1);
  await cache.reconfigure([{ address: next, id: 'next' }], 2);
  // Its number among the nodes is the one that the old one had; what it says is of the future.
  const far = `>4\r\n+invalidate\r\n$1\r\nx\r\n$16\r\n${'\0'.repeat(16)}\r\n:99\r\n`;
  old.listeners[0](new TextEncoder().encode(far));
  await cache.connect();
  await cache.set('k', 1);
  while (near.size === 0) await cache.get('k', undefined, { consistency: 'one' });
  old.listeners[0](new TextEncoder().encode(far.replace(':99', ':7')));
  await turn();
  assert.equal(near.size, 1);
  next.listeners[0](new TextEncoder().encode(far));
  while (near.size === 1) await turn();
});

test(
  'callers who all give up give the right to load back at once',
  withCluster({}, async (cluster) => {
    await cluster.warm();
    const [one, other] = [cluster.client({ timeout: '5s' }), cluster.client({ timeout: '5s' })];
    await Promise.all([one.connect(), other.connect()]);
    const endless = () => new Promise(() => undefined);
    for (const [key, isEarly] of Object.entries({ early: true, late: false })) {
      const controller = new AbortController();
      const { signal } = controller;
      let isLoading = false;
      const loader = () => ((isLoading = true), endless());
      const callers = [
        one.getOrSet(key, loader, { signal }),
        one.getOrSet(key, loader, { signal }),
      ];
      while (!isEarly && !isLoading) await turn();
      controller.abort(new Error('enough'));
      for (const caller of callers) await assert.rejects(caller, { message: 'enough' });
      const start = performance.now();
      assert.equal(await other.getOrSet(key, () => 'loaded'), 'loaded');
      const tookMs = performance.now() - start;
      assert.ok(tookMs < 1_500, `${key}: ${tookMs} ms`);
      assert.equal(isLoading, !isEarly);
    }
  }),
);

test(
  'connect waits until no node that is up refuses writes for having just started',
  withCluster({}, async (cluster) => {
    const nodes = ['a', 'b'].map((id) => cluster.address(id));
    await cluster.client({ nodes, timeout: '60ms' }).connect();
    await pause(60);
    // The third starts now. Its floor is the highest, and a write passes the two that answer first.
    const clients = Array.from({ length: 20 }, () => cluster.client());
    await Promise.all(clients.map((client) => client.connect()));
    await Promise.all(clients.map((client, at) => client.set(`k${at}`, at)));
    const [cache] = clients;
    for (const at of clients.keys()) {
      assert.equal(await cache.get(`k${at}`, 'miss', ALL), at, 'every node holds it');
    }
    const start = performance.now();
    await cache.connect();
    assert.ok(performance.now() - start < 200, 'only once');
  }),
);

test(
  'connect waits for that no longer than the timeout, which is no failure',
  withCluster({}, async (cluster) => {
    const start = performance.now();
    await cluster.client({ timeout: '100ms' }).connect();
    assert.ok(performance.now() - start < 450);
  }),
);

test(
  'a node that comes and goes is told to who listens, once each time',
  withCluster({}, async (cluster) => {
    const far = cluster.silent('d');
    const ids = ['a', 'b', 'c'];
    const nodes = [...ids.map((id) => cluster.address(id)), far.node];
    const cache = cluster.client({ nodes, replicationFactor: 3 });
    assert.throws(() => cache.on('hit', () => {}), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
    assert.throws(() => cache.on('node', 1), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
    const [told, failed] = [[], []];
    const { error } = console;
    console.error = (what) => failed.push(what);
    try {
      cache.on('node', () => {
        throw new Error('mine');
      });
      const end = cache.on('node', (event) => told.push(event));
      await cache.connect();
      while (told.length < 3) await turn();
      assert.deepEqual(told.map(({ id }) => id).sort(), ids);
      assert.ok(told.every((event) => event.state === 'up' && Object.isFrozen(event)));
      far.far.postMessage({ tidecache: null });
      while (told.length < 4) await turn();
      assert.deepEqual(told[3], { id: 'd', state: 'down' });
      assert.equal(failed.length, 4);
      end();
      await cluster.nodes.get('c')[Symbol.asyncDispose]();
      while (failed.length < 5) await turn();
      assert.equal(told.length, 4);
    } finally {
      console.error = error;
    }
  }),
);

test('a page is told what may have kept it out', async (t) => {
  globalThis.location = { origin: 'https://page.example' };
  t.after(() => delete globalThis.location);
  const cache = connect(t, { nodes: ['http://127.0.0.1:9'], timeout: '100ms' });
  await assert.rejects(cache.connect(), { message: /origins lists https:\/\/page\.example/ });
});
