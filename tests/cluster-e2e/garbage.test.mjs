/** Nodes that answer nonsense, clients that say it, and lines on which it appears. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

import { WebSocketServer } from 'ws';

import { Client, FRAME_BYTES_MAX, FRAMES_TYPE, PROTOCOL } from '../js/lib/node-clients.mjs';
import { Random } from '../js/lib/random.mjs';
import { commands } from '../js/lib/resp.mjs';
import { e2e, until } from './lib/world.mjs';

const noise = (random, length) => Uint8Array.from({ length }, () => random.below(256));

/** Uses a cache; every operation succeeds. */
async function use(cache, prefix, count = 20) {
  for (let at = 0; at < count; at++) {
    await cache.set(`${prefix}:${at}`, { at });
    assert.deepEqual(await cache.get(`${prefix}:${at}`), { at }, prefix);
  }
}

/** What an evil node says to every message. */
const ANSWERS = {
  noise: (random) => noise(random, 1 + random.below(3_000)),
  text: () => 'PONG\r\n',
  nothing: () => new Uint8Array(0),
  'an oversized frame': () => Buffer.alloc(5 << 20, 'x'),
  'an array without end': () => '*2147483647\r\n',
  'a string without end': () => Buffer.from('$999999999999999999\r\n'),
  nesting: () => Buffer.from('*1\r\n'.repeat(20_000)),
  'too many replies': () => Buffer.from('+OK\r\n'.repeat(1_000)),
  'pushes nobody knows': () => Buffer.from('>2\r\n+news\r\n+today\r\n'.repeat(50)),
  'a hello of nonsense': () => Buffer.from('*10\r\n+hello\r\n' + ':-1\r\n'.repeat(9)),
};

e2e('a client survives a node that answers garbage', { ids: ['a', 'b'] }, async (world, t) => {
  const random = new Random(world.seed);
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => PROTOCOL,
  });
  world.ends(() => {
    server.clients.forEach((client) => client.terminate());
    server.close();
  });
  await once(server, 'listening');
  let answer;
  let said = 0;
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('message', () => {
      said++;
      socket.send(answer(random));
    });
  });
  const { port } = server.address();
  const address = { id: 'c', address: `ws://127.0.0.1:${port}` };
  for (const [what, one] of Object.entries(ANSWERS)) {
    [answer, said] = [one, 0];
    const cache = world.client({ nodes: [...world.addresses(), address], timeout: '2s' });
    await use(cache, what);
    assert.ok(said > 0, `it was not asked for ${what}`);
    const state = cache.nodes.find(({ id }) => id === 'c').state;
    assert.notEqual(state, 'up', what);
    await cache.close();
  }
  t.diagnostic(`${Object.keys(ANSWERS).length} kinds of garbage`);
});

e2e('a client survives a port at which no node is', { ids: ['a', 'b'] }, async (world) => {
  const random = new Random(world.seed);
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(noise(random, random.below(2_000)));
    if (random.happens(0.5)) socket.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.ends(() => server.close());
  for (const scheme of ['ws', 'http']) {
    const address = { id: 'c', address: `${scheme}://127.0.0.1:${server.address().port}` };
    const cache = world.client({ nodes: [...world.addresses(), address], timeout: '2s' });
    await use(cache, scheme);
    assert.notEqual(cache.nodes.find(({ id }) => id === 'c').state, 'up');
    await cache.close();
  }
});

/** Returns a frame of a WebSocket; from a client, whose mask is zero. */
function frame(payload, isMasked) {
  const mask = isMasked ? Buffer.alloc(4) : Buffer.alloc(0);
  const head = Buffer.from([0x82, (isMasked ? 0x80 : 0) | 126, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, mask, payload]);
}

e2e('garbage on the line costs the connection, which is replaced', {}, async (world, t) => {
  const random = new Random(world.seed);
  const proxy = await world.proxy('c');
  const cache = world.client({ nodes: world.addresses({ c: proxy }), timeout: '2s' });
  await use(cache, 'before');
  for (const to of ['client', 'node']) {
    for (const kind of ['bytes', 'frame', 'huge']) {
      const before = proxy.count;
      const bytes = {
        bytes: () => noise(random, 500).map((byte, at) => (at === 0 ? 0xff : byte)),
        frame: () => frame(Buffer.from('!garbage\r\n*-7\r\n'), to === 'node'),
        // The length of 2⁶² bytes.
        huge: () => Uint8Array.of(0x82, to === 'node' ? 0xff : 0x7f, 0x40, ...Array(11).fill(0)),
      };
      proxy.inject(to, bytes[kind]());
      await use(cache, `${to}:${kind}`, 5);
      await until(() => proxy.count > before, `replaced after ${kind} to the ${to}`);
      const isUp = () => cache.nodes.every(({ state }) => state === 'up');
      await until(isUp, `up after ${kind} to the ${to}`);
    }
  }
  t.diagnostic(`${proxy.count} connections`);
});

/** Resolves with the status that a node answers a body with, 0 if it hangs up. */
async function post(url, headers, body) {
  const target = `${url.replace('ws:', 'http:')}/v1/frames`;
  const request = http.request(target, { method: 'POST', headers, agent: false });
  request.end(body);
  const answered = once(request, 'response').then(([response]) => {
    response.resume();
    return response.statusCode;
  });
  return answered.catch(() => 0);
}

e2e('a node survives clients that say garbage or too much', { ids: ['a'] }, async (world, t) => {
  const random = new Random(world.seed);
  const { url, port } = world.nodes.get('a');
  const cache = world.client({ timeout: '2s' });
  await use(cache, 'before');
  const { rssBytes: before } = await world.ask('a');
  const type = { 'content-type': FRAMES_TYPE };
  for (let round = 0; round < 10; round++) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(noise(random, 2_000));
    for (const [message, codes] of [
      [noise(random, 1 + random.below(5_000)), [1000, 1003]],
      [Buffer.alloc(FRAME_BYTES_MAX + 1), [1009]],
      ['text', [1003]],
      [Buffer.from('*1000000\r\n'), [1000]],
      [Buffer.from('*2\r\n$3\r\nGET\r\n$2000000\r\n'), [1000]],
      [Buffer.from('*1\r\n'.repeat(10_000)), [1000]],
    ]) {
      const client = await Client.open(url);
      client.socket.send(message);
      // Noise may be the beginning of something, or a line that is no command.
      if (message.length > 5_000 || codes.length === 1) {
        assert.ok(codes.includes(await client.closed), `${message.slice(0, 20)}`);
      } else {
        await client.close();
      }
    }
    assert.equal(await post(url, type, Buffer.alloc(FRAME_BYTES_MAX + 1)), 413);
    assert.equal(await post(url, {}, commands(['PING'])), 415);
    assert.equal(await post(url, type, noise(random, 1_000)), 200);
  }
  await use(cache, 'after');
  const { stats, rssBytes } = await world.ask('a');
  const grown = Math.round((rssBytes - before) / 2 ** 20);
  t.diagnostic(`memory has grown by ${grown} MiB`);
  assert.ok(grown < 150, `${grown} MiB more`);
  await until(async () => (await world.ask('a')).stats.connections <= 2, 'let go of the others');
  assert.equal(stats.entries, 40);
});
