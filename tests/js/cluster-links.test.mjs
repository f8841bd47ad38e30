/** The links of a client, one by one: real sockets and servers that do what real ones should not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { WebSocket, WebSocketServer } from 'ws';

import { initSync as initNode, NodeCore } from '../../target/wasm/node/node.js';
import { loadSource } from './lib/source.mjs';
import { until } from './lib/waiting.mjs';

const needed = ['ClusterClient', 'clientModule'];
const { ClusterClient, clientModule } = await loadSource('cluster/client-host.ts', needed);
await clientModule().start();
initNode({
  module: new WebAssembly.Module(
    readFileSync(new URL('../../target/wasm/node/node.wasm', import.meta.url)),
  ),
});

const PROTOCOL = 'tidecache.resp3.v1';
const TIMEOUT = 500;
const bytes = (text) => new TextEncoder().encode(text);
const settings = {
  id: 'a',
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

/** Returns a node that has been there for a while. */
const newCore = () => new NodeCore(settings, Date.now() - 1000);

/** Returns a client of one node. */
function newClient(link, token) {
  const options = {
    nodes: [{ id: 'a', weight: 1, zone: '' }],
    epoch: 1,
    replicas: 1,
    read: 1,
    write: 1,
    readRepair: 'blocking',
    hedge: true,
    timeoutMs: TIMEOUT,
    maxTtlMs: 86_400_000,
    near: 0,
  };
  return new ClusterClient(options, [link], token, () => {});
}

const put = (client, key, value = bytes('value')) =>
  client.put(bytes(key), value, 0, 60_000, TIMEOUT);
const get = (client, key) => client.get(bytes(key), 1, TIMEOUT);

/** Runs `work` with a WebSocket server, which `onSocket` serves or else a node. */
function withSocketServer(onSocket, work) {
  return async () => {
    const core = newCore();
    const http = createServer();
    const server = new WebSocketServer({ server: http, handleProtocols: () => PROTOCOL });
    const seen = { offered: [], sockets: [] };
    server.on('connection', (socket, request) => {
      seen.offered.push(request.headers['sec-websocket-protocol']);
      seen.sockets.push(socket);
      socket.binaryType = 'arraybuffer';
      if (onSocket?.(socket, seen.sockets.length) === true) return;
      const connection = core.open(Date.now(), 1);
      socket.on('message', (data) => {
        socket.send(core.receive(connection, Date.now(), new Uint8Array(data)));
      });
      socket.on('close', () => core.close(connection));
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const url = `ws://127.0.0.1:${http.address().port}`;
    const clients = [];
    const connect = (token) => {
      clients.push(newClient({ kind: 'websocket', url, WebSocket }, token));
      return clients.at(-1);
    };
    try {
      await work({ ...seen, connect, http });
    } finally {
      for (const client of clients) client.close();
      for (const socket of seen.sockets) socket.terminate();
      http.close();
    }
  };
}

test(
  'a socket offers the protocol and the token, which is asked for at each attempt',
  withSocketServer(undefined, async ({ connect, offered, sockets }) => {
    let asked = 0;
    const client = connect(async () => `töken ${(asked += 1)}`);
    await put(client, 'k');
    assert.equal(offered[0], `${PROTOCOL},bearer.${Buffer.from('töken 1').toString('base64url')}`);
    sockets[0].terminate();
    await until(() => sockets.length === 2);
    await client.connect();
    assert.equal(offered[1], `${PROTOCOL},bearer.${Buffer.from('töken 2').toString('base64url')}`);
    assert.deepEqual((await get(client, 'k')).value, bytes('value'));
    const stranger = connect();
    await put(stranger, 'k');
    assert.equal(offered[2], PROTOCOL);
  }),
);

test(
  'a token that is not to be had is asked for again, and no socket is opened without it',
  withSocketServer(undefined, async ({ connect, sockets }) => {
    const answers = [
      () => {
        throw new Error('none');
      },
      () => Promise.reject(new Error('none')),
      () => Promise.resolve('token'),
    ];
    let asked = 0;
    const client = connect(() => answers[asked++]());
    await client.connect();
    assert.deepEqual([asked, sockets.length], [3, 1]);
  }),
);

for (const [what, spoil] of [
  ['text', (socket) => socket.send('+OK\r\n')],
  ['no messages', (socket) => socket.send(bytes('<html>'))],
  ['half a message', (socket) => socket.send(bytes('*3\r\n+held\r\n'))],
  ['a reply that nobody waits for', (socket) => socket.send(bytes('+OK\r\n+OK\r\n+OK\r\n'))],
  ['nothing', (socket) => socket.send(new Uint8Array())],
  ['the end', (socket) => socket.close()],
]) {
  test(
    `a server that sends ${what} is left and connected to anew; no Promise is lost`,
    withSocketServer(
      (socket, count) => {
        if (count > 1) return false;
        socket.on('message', () => spoil(socket));
        return true;
      },
      async ({ connect, sockets }) => {
        const client = connect();
        const all = Array.from({ length: 50 }, (_, n) => get(client, `k${n}`));
        const settled = await Promise.allSettled(all);
        assert.equal(settled.length, 50);
        await client.connect();
        assert.equal(sockets.length, 2);
        await put(client, 'k');
        await until(() => sockets[0].readyState === WebSocket.CLOSED);
      },
    ),
  );
}

test(
  'a link that is lost fails what is under way at once and is there again',
  withSocketServer(undefined, async ({ connect, sockets }) => {
    const client = connect();
    await put(client, 'k');
    for (let round = 1; round <= 5; round += 1) {
      const begun = performance.now();
      const under = Array.from({ length: 20 }, () => get(client, 'k'));
      sockets.at(-1).terminate();
      const settled = await Promise.allSettled(under);
      assert.ok(performance.now() - begun < TIMEOUT);
      for (const { reason } of settled.filter(({ status }) => status === 'rejected')) {
        assert.equal(reason.kind, 'quorum');
        assert.equal(reason.causes[0].state, 'open');
      }
      await until(() => sockets.length === round + 1);
      await client.connect();
      assert.deepEqual((await get(client, 'k')).value, bytes('value'));
    }
  }),
);

test(
  'a server that closes for its policy is a node that does not know the client',
  withSocketServer(
    (socket) => {
      socket.close(1008);
      return true;
    },
    async ({ connect }) => {
      await assert.rejects(connect('wrong').connect(), (failure) => {
        assert.equal(failure.causes[0].state, 'auth');
        return true;
      });
    },
  ),
);

test('an address at which nobody listens fails in time, and closing ends all attempts', async () => {
  const client = newClient({ kind: 'websocket', url: 'ws://127.0.0.1:1', WebSocket });
  const begun = performance.now();
  await assert.rejects(get(client, 'k'), (failure) => {
    assert.equal(failure.causes[0].state, 'open');
    return failure.kind === 'quorum';
  });
  assert.ok(performance.now() - begun < 2 * TIMEOUT);
  const connecting = assert.rejects(client.connect(), { kind: 'closed' });
  await client.close();
  await connecting;
  client.close();
});

test('a constructor that throws and a URL that is none are nodes that are down', async () => {
  class Refusing {
    constructor() {
      throw new Error('no sockets here');
    }
  }
  for (const link of [
    { kind: 'websocket', url: 'ws://127.0.0.1:1', WebSocket: Refusing },
    { kind: 'websocket', url: 'not a URL', WebSocket },
    { kind: 'fetch', url: 'not a URL' },
  ]) {
    const client = newClient(link);
    await assert.rejects(get(client, 'k'), { kind: 'quorum' });
    await client.close();
    client.close();
  }
});

/** Runs `work` with an HTTP server that answers as `answer(core, body)` says. */
function withHttpServer(answer, work) {
  return async () => {
    const core = newCore();
    const seen = [];
    const server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      seen.push({ url: request.url, headers: request.headers, method: request.method });
      const [status, bytes] = await answer(core, new Uint8Array(body), seen.length);
      response.writeHead(status).end(bytes);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${server.address().port}`;
    const clients = [];
    const connect = (token) => {
      clients.push(newClient({ kind: 'fetch', url }, token));
      return clients.at(-1);
    };
    try {
      await work({ connect, seen });
    } finally {
      for (const client of clients) client.close();
      server.closeAllConnections();
      server.close();
    }
  };
}

/** Answers each body in a session of its own. */
const right = (core, body) => {
  const connection = core.open(Date.now(), 1);
  const replies = core.receive(connection, Date.now(), body);
  core.close(connection);
  return [200, replies];
};

test(
  'a body of its own is a session of its own: each begins with a greeting',
  withHttpServer(right, async ({ connect, seen }) => {
    const client = connect('secret');
    await Promise.all(Array.from({ length: 50 }, (_, n) => put(client, `k${n}`)));
    assert.deepEqual((await get(client, 'k7')).value, bytes('value'));
    assert.equal(seen.length, 3, 'a greeting, all writes, a read');
    for (const { url, headers, method } of seen) {
      assert.equal(`${method} ${url}`, 'POST /v1/frames');
      assert.equal(headers['content-type'], 'application/vnd.tidecache.resp3');
      assert.equal(headers.authorization, 'Bearer secret');
    }
  }),
);

for (const [status, state] of [
  [401, 'auth'],
  [403, 'auth'],
  [404, 'open'],
  [500, 'open'],
]) {
  test(
    `status ${status} is a node that is not there${state === 'auth' ? ' for this client' : ''}`,
    withHttpServer(
      () => [status, 'no'],
      async ({ connect }) => {
        let asked = 0;
        const client = connect(async () => `token ${(asked += 1)}`);
        await assert.rejects(client.connect(), (failure) => {
          assert.equal(failure.causes[0].state === 'auth', state === 'auth');
          return true;
        });
        // Each attempt asks for the token; a refusal is told at once, and asked for again.
        while (asked < 2) await pause(10);
      },
    ),
  );
}

test(
  'a busy node is busy, and is asked again',
  withHttpServer(
    (core, body, count) => (count === 2 ? [503, 'busy'] : right(core, body)),
    async ({ connect }) => {
      const client = connect();
      await client.connect();
      await assert.rejects(get(client, 'k'), (failure) => {
        assert.equal(failure.causes[0].state, 'busy');
        return true;
      });
      await put(client, 'k');
    },
  ),
);

test(
  'few requests are under way at a time, and what comes meanwhile shares the next',
  withHttpServer(
    async (core, body) => {
      await pause(20);
      return right(core, body);
    },
    async ({ connect, seen }) => {
      const client = connect();
      await client.connect();
      const before = seen.length;
      const puts = [];
      for (let n = 0; n < 40; n += 1) {
        puts.push(put(client, `k${n}`));
        await null;
        await null;
      }
      await Promise.all(puts);
      assert.ok(seen.length - before <= 8, `${seen.length - before} requests`);
    },
  ),
);

test(
  'a node with more than a megabyte in its buffer is busy, until that has left',
  withSocketServer(undefined, async ({ connect, sockets }) => {
    const client = connect();
    await client.connect();
    sockets[0].pause();
    const puts = [];
    const isBusy = () => client.stats().busy > 0;
    // The system takes some megabytes before anything stays in the buffer.
    for (let n = 0; n < 100 && !isBusy(); n += 1) {
      puts.push(
        put(client, `k${n}`, new Uint8Array(1 << 20)).catch(({ causes }) => causes[0].state),
      );
      await pause(1);
    }
    assert.equal(await puts.at(-1), 'busy');
    sockets[0].resume();
    await Promise.all(puts);
    await pause(50);
    await put(client, 'k');
  }),
);
