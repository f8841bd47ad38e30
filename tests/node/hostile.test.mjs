/** Strangers, and clients that are slow, broken or mean: none of them keeps the node from others. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { Client } from '../js/lib/node-clients.mjs';
import { until, withNative } from './lib/native.mjs';

const LIMIT = { timeout: 60_000 };

test('what is no RESP, too long, too deep or too much ends its connection', LIMIT, () =>
  withNative({}, async (native) => {
    const cases = [
      'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
      '*2\r\n$3\r\nGET\r\n$1048577\r\n',
      '*1025\r\n',
      '*1\r\n*1\r\n$4\r\nPING\r\n',
      '*1\r\n$-5\r\n',
      '*1\r\n$4\r\nPINGPING\r\n',
      '"open\r\n',
      'x'.repeat(70_000),
    ];
    for (const bytes of cases) {
      const wire = native.connect().say(bytes);
      await wire.closed;
      assert.match(wire.text, /-ERR Protocol error: [^\r]+\r\n$/, bytes.slice(0, 40));
    }
    await native.connect().say('PING\r\n').heard('+PONG\r\n');
  }),
);

test('keys and values are bytes, valid UTF-8 or not', LIMIT, () =>
  withNative({}, async (native) => {
    const key = Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a]);
    const command = Buffer.concat([
      Buffer.from('*3\r\n$3\r\nSET\r\n$5\r\n'),
      key,
      Buffer.from('\r\n$2\r\n'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('\r\n*2\r\n$3\r\nGET\r\n$5\r\n'),
      key,
      Buffer.from('\r\n'),
    ]);
    const text = await native.connect().say(command).heard('$2\r\n\xc3(\r\n');
    assert.ok(text.startsWith('+OK\r\n'));
  }),
);

test('JSON that nests deep is refused', LIMIT, () =>
  withNative({}, async (native) => {
    const body = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const response = await native.fetch('/', { method: 'POST', body });
    assert.equal(response.status, 400);
  }),
);

test('a stranger has five seconds to log in', LIMIT, () =>
  withNative({ env: { TIDECACHE_TOKENS: 'r1ght-s3cret' } }, async (native) => {
    const start = performance.now();
    const silent = native.connect();
    const slow = native.connect(Number(new URL(native.http).port)).say('GET / HT');
    const known = native.connect().say('AUTH r1ght-s3cret\r\n');
    const socket = await Client.open(native.ws);
    await Promise.all([silent.closed, slow.closed, socket.closed]);
    const ms = performance.now() - start;
    assert.ok(ms > 4_000 && ms < 20_000, `${ms} ms`);
    await known.say('PING\r\n').heard('+PONG\r\n');
  }),
);

test('frames over the limit and text end a WebSocket with the code for it', LIMIT, () =>
  withNative({}, async (native) => {
    for (const [data, code] of [
      [Buffer.alloc((1 << 20) + 4097), 1009],
      ['text', 1003],
    ]) {
      const client = await Client.open(native.ws);
      client.socket.send(data);
      assert.equal(await client.closed, code);
    }
  }),
);

test('ten thousand idle connections are open, and others are served', { timeout: 120_000 }, () =>
  withNative({}, async (native) => {
    const program = fileURLToPath(new URL('children/idle.mjs', import.meta.url));
    const child = fork(program, [String(native.respPort), '10000']);
    try {
      assert.deepEqual(await once(child, 'message'), ['open', undefined]);
      await until(async () => (await native.metrics()).sockets > 10_000, 'took all of them in');
      await native.connect().say('PING\r\n').heard('+PONG\r\n');
    } finally {
      child.kill('SIGKILL');
    }
    await until(async () => (await native.metrics()).sockets < 100, 'let them all go');
  }),
);
