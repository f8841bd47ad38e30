/** A node's options and what it answers to HTTP. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';

import { ask, FRAME_BYTES_MAX, frames, FRAMES_TYPE, PROTOCOL } from './lib/node-clients.mjs';
import { load } from './lib/package.mjs';
import { commands, Refused, replies, version } from './lib/resp.mjs';
import { settled, until } from './lib/waiting.mjs';

const { CacheNode } = await load('tidecache/cluster');

/** Returns a node that is closed with its test. */
function opened(t, options) {
  const node = new CacheNode(options);
  t.after(() => node[Symbol.asyncDispose]());
  return node;
}

const invalid = (type) => ({ name: type, code: 'ERR_CACHE_INVALID_ARGUMENT' });

test('bad options are refused with a typed error', () => {
  const wrong = [
    [{ nonsense: 1 }, 'TypeError'],
    ['a', 'TypeError'],
    [{ id: 1 }, 'TypeError'],
    [{ id: '' }, 'RangeError'],
    [{ id: 'ä'.repeat(128) }, 'RangeError'],
    [{ epoch: 0 }, 'RangeError'],
    [{ epoch: '1' }, 'TypeError'],
    [{ maxEntries: 1.5 }, 'RangeError'],
    [{ maxWeight: 100 }, 'RangeError'],
    [{ maxWeight: 4 * 2 ** 30 }, 'RangeError'],
    [{ evictionPolicy: 'arc' }, 'TypeError'],
    [{ maxTtl: Infinity }, 'RangeError'],
    [{ maxTimeout: '5 s' }, 'TypeError'],
    [{ maxDrift: '1h' }, 'RangeError'],
    [{ maxConnections: 0 }, 'RangeError'],
    [{ tokens: 'secret' }, 'TypeError'],
    [{ tokens: [] }, 'RangeError'],
    [{ tokens: [''] }, 'RangeError'],
    [{ tokens: ['sec ret'] }, 'RangeError'],
    [{ tokens: [undefined] }, 'TypeError'],
    [{ origins: 'https://a.test' }, 'TypeError'],
    [{ origins: ['https://a.test/'] }, 'RangeError'],
    [{ origins: ['*'] }, 'RangeError'],
  ];
  for (const [options, type] of wrong) {
    assert.throws(() => new CacheNode(options), invalid(type), JSON.stringify(options));
  }
});

test('a message about options never shows a token', () => {
  for (const tokens of ['secret-token', ['secret-token', 1], ['secret token'], { secret: 1 }]) {
    assert.throws(
      () => new CacheNode({ tokens }),
      ({ message }) => !/secret/.test(message),
    );
  }
});

test('what is to be known of a node before its first use', () => {
  const node = new CacheNode({ id: 'a', epoch: 3 });
  assert.deepEqual([node.id, node.epoch], ['a', 3]);
  assert.match(new CacheNode().id, /^[0-9a-f]{16}$/);
  assert.notEqual(new CacheNode().id, new CacheNode().id);
  const stats = node.getStats();
  assert.ok(Object.isFrozen(stats));
  assert.deepEqual([stats.entries, stats.commands], [0, 0]);
});

test('commands in a body are answered in their order', async (t) => {
  const node = opened(t);
  const answers = await ask(
    node,
    ['SET', 'a', '1'],
    ['GET', 'a'],
    ['GET', 'b'],
    ['NOPE'],
    ['PING'],
  );
  assert.deepEqual(answers, ['OK', '1', null, new Refused('ERR unknown command'), 'PONG']);
  const response = await node.fetch(frames(commands(['PING'])));
  assert.equal(response.headers.get('content-type'), FRAMES_TYPE);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(node.getStats().connections, 0);
});

// Frequencies are estimated: two keys of one count may be taken for one another. `adaptive` also
// tries other rules, and lets a newcomer in by chance.
for (const [evictionPolicy, least, most] of [
  ['lru', 0, 0],
  ['fifo', 0, 0],
  ['lfu', 50, 50],
  ['sieve', 50, 50],
  ['s3-fifo', 45, 50],
  ['w-tinylfu', 45, 50],
  ['adaptive', 30, 50],
]) {
  const many = `${least} to ${most} of 50`;
  test(`after a scan a node with ${evictionPolicy} holds ${many} hot keys`, async (t) => {
    const node = opened(t, { evictionPolicy, maxEntries: 400 });
    const hot = Array.from({ length: 50 }, (_, at) => `hot ${at}`);
    await ask(node, ...hot.map((key) => ['SET', key, '1']));
    for (let round = 0; round < 5; round++) await ask(node, ...hot.map((key) => ['GET', key]));
    for (let at = 0; at < 4_000; at += 500) {
      const scan = Array.from({ length: 500 }, (_, more) => ['SET', `scan ${at + more}`, '1']);
      await ask(node, ...scan);
    }
    const answers = await ask(node, ...hot.map((key) => ['GET', key]));
    const held = answers.filter((answer) => answer === '1').length;
    assert.ok(least <= held && held <= most, `${held} of ${many}`);
  });
}

test('each body is a session of its own, which greets first', async (t) => {
  const node = opened(t, { epoch: 5 });
  const put = ['TC.PUT', 'a', version(Date.now() + 501), String(Date.now() + 9_000), '0', 'value'];
  const [refused] = await ask(node, put);
  assert.deepEqual(refused, new Refused('EPOCH 5'));
  const [hello] = await ask(node, ['TC.HELLO', '1', '5']);
  assert.deepEqual(hello.slice(0, 3), ['hello', 1, 5]);
  assert.deepEqual(hello.slice(4, 7), [86_400_000, 5_000, 500]);
  const [other] = await ask(node, ['TC.HELLO', '1', '4']);
  assert.deepEqual(other, new Refused('EPOCH 5'));
});

test('a body that ends in the middle of a command is answered up to there', async (t) => {
  const node = opened(t);
  const response = await node.fetch(frames('PING\r\n*1\r\n$4\r\nPI'));
  assert.equal(response.status, 200);
  const [pong, refused] = replies(new Uint8Array(await response.arrayBuffer()));
  assert.equal(pong, 'PONG');
  assert.match(refused.text, /ends in the middle/);
  assert.equal((await (await node.fetch(frames(''))).arrayBuffer()).byteLength, 0);
});

test('health is told to everybody', async (t) => {
  const node = opened(t, { tokens: ['secret'] });
  const headers = { origin: 'https://evil.test' };
  const response = await node.fetch(new Request('http://node.test/healthz', { headers }));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: 'ok' });
});

test('a request that is not for a node is refused with the status that says why', async (t) => {
  const node = opened(t, { tokens: ['secret'], origins: ['https://app.test'] });
  const url = 'http://node.test/v1/frames';
  const known = { authorization: 'Bearer secret' };
  const endless = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(1 << 16));
    },
  });
  const chunked = { method: 'POST', body: endless, duplex: 'half' };
  const type = { 'content-type': FRAMES_TYPE };
  const socket = { upgrade: 'websocket', 'sec-websocket-protocol': PROTOCOL };
  const cases = [
    [200, frames('PING\r\n', known)],
    [200, frames('PING\r\n', { authorization: 'bearer  secret ' })],
    [200, frames('PING\r\n', known, 'https://node.test/below/a/path/v1/frames?x=1')],
    [401, frames('PING\r\n')],
    [401, frames('PING\r\n', { authorization: 'Bearer Secret' })],
    [401, frames('PING\r\n', { authorization: 'Bearer secret secret' })],
    [401, frames('PING\r\n', { authorization: 'Basic secret' })],
    [403, frames('PING\r\n', { ...known, origin: 'https://app.test.evil.test' })],
    [403, frames('PING\r\n', { ...known, origin: 'null' })],
    [404, new Request('http://node.test/')],
    [404, frames('PING\r\n', known, 'http://node.test/v1/frames/')],
    [405, new Request(url, { method: 'PUT', headers: known, body: '' })],
    [405, new Request('http://node.test/healthz', { method: 'POST' })],
    [413, frames(new Uint8Array(FRAME_BYTES_MAX + 1), known)],
    [413, new Request(url, { ...chunked, headers: { ...known, ...type } })],
    [415, new Request(url, { method: 'POST', headers: known, body: 'PING\r\n' })],
    [426, new Request(url)],
    [400, new Request(url, { headers: { upgrade: 'websocket' } })],
    [501, new Request(url, { headers: socket })],
  ];
  for (const [status, request] of cases) {
    const response = await node.fetch(request);
    const text = await response.text();
    assert.equal(response.status, status, `${request.method} ${request.url}: ${text}`);
    assert.doesNotMatch(text + JSON.stringify([...response.headers]), /secret/i);
  }
  await assert.rejects(node.fetch('http://node.test/'), invalid('TypeError'));
});

test('pages of an allowed origin may ask, others may not even before they ask', async (t) => {
  const node = opened(t, { origins: ['https://app.test'] });
  const url = 'http://node.test/v1/frames';
  const preflight = (origin) =>
    node.fetch(new Request(url, { method: 'OPTIONS', headers: { origin } }));
  const allowed = await preflight('https://app.test');
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.test');
  assert.match(allowed.headers.get('access-control-allow-headers'), /authorization/);
  assert.equal(allowed.headers.get('vary'), 'origin');
  const refused = await preflight('http://app.test');
  assert.equal(refused.status, 403);
  assert.equal(refused.headers.get('access-control-allow-origin'), null);
  const asked = await node.fetch(frames('PING\r\n', { origin: 'https://app.test' }));
  assert.equal(asked.headers.get('access-control-allow-origin'), 'https://app.test');
});

/** Returns a node that holds a value of a megabyte as `a`. */
async function nodeWithMegabyte(t, options) {
  const node = opened(t, options);
  assert.deepEqual(await ask(node, ['SET', 'a', 'x'.repeat(1 << 20)]), ['OK']);
  return node;
}

test('long replies are made as they are read, and no longer than somebody reads', async (t) => {
  const node = await nodeWithMegabyte(t);
  const gets = commands(...Array.from({ length: 100 }, () => ['GET', 'a']));
  const before = node.getStats().commands;
  const response = await node.fetch(frames(gets));
  const reader = response.body.getReader();
  await reader.read();
  assert.ok(node.getStats().commands - before < 8, 'it answers on, though nobody reads');
  assert.equal(node.getStats().connections, 1);
  await reader.cancel();
  assert.equal(node.getStats().connections, 0);
  const whole = await (await node.fetch(frames(gets))).arrayBuffer();
  assert.equal(replies(new Uint8Array(whole)).length, 100);
  assert.equal(node.getStats().connections, 0);
});

test('there are only so many connections, and one that ends makes room', async (t) => {
  const node = await nodeWithMegabyte(t, { maxConnections: 1 });
  const open = await node.fetch(frames(commands(['GET', 'a'], ['GET', 'a'], ['GET', 'a'])));
  const refused = await node.fetch(frames('PING\r\n'));
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1']);
  await open.body.cancel();
  assert.equal((await node.fetch(frames('PING\r\n'))).status, 200);
  assert.equal(node.getStats().turnedAway, 1);
});

test('a node that listens answers the same over sockets', async (t) => {
  const node = opened(t);
  const { url } = await node.listen();
  const http = url.replace('ws:', 'http:');
  assert.equal(await (await fetch(`${http}/healthz`)).text(), '{"status":"ok"}');
  const head = await fetch(`${http}/healthz`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '15']);
  assert.equal((await fetch(`${http}/`)).status, 404);
  const post = (body, headers = {}) =>
    fetch(`${http}/v1/frames`, {
      method: 'POST',
      headers: { 'content-type': FRAMES_TYPE, ...headers },
      body,
    });
  assert.equal((await post('PING\r\n')).status, 200);
  assert.equal((await post(new Uint8Array(FRAME_BYTES_MAX + 1))).status, 413);
});

test('a client of HTTP that does not read is not answered further', async (t) => {
  const node = await nodeWithMegabyte(t);
  const { url } = await node.listen();
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  const body = commands(...Array.from({ length: 200 }, () => ['GET', 'a']));
  const before = node.getStats().commands;
  socket.pause();
  socket.write(
    `POST /v1/frames HTTP/1.1\r\nhost: a\r\ncontent-type: ${FRAMES_TYPE}\r\n` +
      `content-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  await settled(() => node.getStats().commands);
  assert.ok(node.getStats().commands - before < 100, 'what a socket holds, and a little more');
  assert.equal((await fetch(`${url.replace('ws:', 'http:')}/healthz`)).status, 200);
  socket.destroy();
  await until(() => node.getStats().connections === 0);
});

test('a long reply to a slow client warns of nothing', async (t) => {
  const warnings = [];
  const onWarning = ({ message }) => warnings.push(message);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const node = opened(t);
  const { url } = await node.listen();
  const ask = (...asked) =>
    fetch(`${url.replace('ws:', 'http:')}/v1/frames`, {
      method: 'POST',
      headers: { 'content-type': FRAMES_TYPE },
      body: commands(...asked),
    });
  await (await ask(['SET', 'a', 'x'.repeat(1 << 20)])).arrayBuffer();
  const reply = await ask(...Array.from({ length: 20 }, () => ['GET', 'a']));
  let length = 0;
  for await (const chunk of reply.body) {
    length += chunk.length;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.ok(length > 20 << 20);
  assert.deepEqual(warnings, []);
});

test('garbage on the port of HTTP harms nobody', async (t) => {
  const node = opened(t);
  const { url } = await node.listen();
  for (const garbage of [
    '\0\xff\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n',
    'GET',
    `GET /${'a'.repeat(1e5)}`,
  ]) {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end(garbage);
    socket.resume();
    await new Promise((resolve) => socket.on('close', resolve));
  }
  assert.equal((await fetch(`${url.replace('ws:', 'http:')}/healthz`)).status, 200);
});

test('a taken address is an error that says so', async (t) => {
  const node = opened(t);
  const { url } = await node.listen();
  const port = Number(new URL(url).port);
  await assert.rejects(node.listen({ port }), { code: 'ERR_CACHE_CONNECTION' });
  await assert.rejects(node.listen({ port: 65_536 }), invalid('RangeError'));
  await assert.rejects(node.listen({ nonsense: 1 }), invalid('TypeError'));
  await assert.rejects(node.listen({ ws: {} }), invalid('TypeError'));
});

test('a closed node answers nobody and its port is free', async () => {
  const node = new CacheNode();
  const { url } = await node.listen();
  await node[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
  await assert.rejects(fetch(`${url.replace('ws:', 'http:')}/healthz`));
  const closed = { name: 'CacheError', code: 'ERR_CACHE_CLOSED' };
  await assert.rejects(node.fetch(frames('PING\r\n')), closed);
  await assert.rejects(node.listen(), closed);
  await assert.rejects(node.start(), closed);
  await assert.rejects(node.reconfigure(9), closed);
  assert.throws(() => node.attach(new MessageChannel().port1), closed);
  assert.throws(() => node.getStats(), closed);
});
