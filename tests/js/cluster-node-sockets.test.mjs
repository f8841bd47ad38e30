/** A node's WebSockets: real ones, from clients that behave and from others. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { ask, bearer, Client, FRAME_BYTES_MAX, PROTOCOL } from './lib/node-clients.mjs';
import { load, project } from './lib/package.mjs';
import { forSeeds } from './lib/random.mjs';
import { command, commands, Push, Refused, version } from './lib/resp.mjs';
import { settled, until } from './lib/waiting.mjs';

const { CacheNode } = await load('tidecache/cluster');

const NO_AUTH = new Refused('NOAUTH Authentication required.');
const WRONG = new Refused('WRONGPASS invalid username-password pair or user is disabled.');
const GREETING = ['TC.HELLO', '1', '1'];

/** Returns a node that listens, and its URL; both end with the test. */
async function listening(t, options) {
  const node = new CacheNode(options);
  t.after(() => node[Symbol.asyncDispose]());
  const { url, webSocket } = await node.listen();
  assert.ok(webSocket, 'the package ws is installed');
  return { node, url };
}

/** Returns the words of a write of `key`, of the present and a counter. */
function put(key, counter = 0, value = 'value') {
  const now = Date.now();
  return ['TC.PUT', key, version(now + 499, counter), String(now + 60_000), '7', value];
}

test('a frame of commands is answered in its order, and many frames in theirs', async (t) => {
  const { url } = await listening(t);
  const client = await Client.open(url);
  assert.deepEqual(await client.ask(['SET', 'a', '1'], ['GET', 'a'], ['PING']), [
    'OK',
    '1',
    'PONG',
  ]);
  const numbers = Array.from({ length: 500 }, (_, at) => String(at));
  numbers.forEach((number) => client.send('PING', number));
  assert.deepEqual(await client.take(500), numbers);
  await client.close();
});

test('a command may be cut anywhere between frames', async (t) => {
  const { url } = await listening(t);
  const client = await Client.open(url);
  const bytes = commands(['SET', 'a', '1'], ['GET', 'a']);
  for (const byte of bytes) {
    client.socket.send(Uint8Array.of(byte));
  }
  assert.deepEqual(await client.take(2), ['OK', '1']);
});

test('a token in the second protocol opens the node and is never selected', async (t) => {
  const { url } = await listening(t, { tokens: ['old', 'secret~/+='] });
  for (const token of ['secret~/+=', 'old']) {
    const client = await Client.open(url, { token });
    assert.equal(client.socket.protocol, PROTOCOL);
    assert.deepEqual(await client.ask(['DBSIZE']), [0]);
  }
  const turned = await Client.open(url, { protocols: [bearer('old'), PROTOCOL] });
  assert.equal(turned.socket.protocol, PROTOCOL);
  assert.deepEqual(await turned.ask(['DBSIZE']), [0]);
  const headers = { authorization: 'Bearer old' };
  const program = await Client.open(url, { headers });
  assert.deepEqual(await program.ask(['DBSIZE']), [0]);
});

test('without the right token the first command is told why', async (t) => {
  const { node, url } = await listening(t, { tokens: ['secret'] });
  for (const [options, refusal] of [
    [{}, NO_AUTH],
    [{ token: 'Secret' }, WRONG],
    [{ token: '' }, WRONG],
    [{ protocols: [PROTOCOL, 'bearer.*'] }, WRONG],
    [{ headers: { authorization: 'Bearer no' } }, WRONG],
  ]) {
    const client = await Client.open(url, options).catch((error) => assert.fail(error));
    assert.deepEqual(await client.ask(GREETING, ['GET', 'a']), [refusal, refusal]);
    assert.deepEqual(await client.ask(['AUTH', 'secret'], ['GET', 'a']), ['OK', null]);
  }
  assert.equal(node.getStats().entries, 0);
});

test('an upgrade for another protocol or from a page of another origin is refused', async (t) => {
  const { url } = await listening(t, { origins: ['https://app.test'] });
  await assert.rejects(Client.open(url, { protocols: [] }), { message: 'status 400' });
  await assert.rejects(Client.open(url, { protocols: ['graphql-ws'] }), { message: 'status 400' });
  for (const origin of ['https://evil.test', 'https://app.test:8443', 'null']) {
    await assert.rejects(Client.open(url, { origin }), { message: 'status 403' });
  }
  const page = await Client.open(url, { origin: 'https://app.test' });
  assert.deepEqual(await page.ask(['PING']), ['PONG']);
});

test('what is no frame of commands ends its connection and no other', async (t) => {
  const { node, url } = await listening(t);
  const other = await Client.open(url);
  for (const [message, code] of [
    ['PING\r\n', 1003],
    [new Uint8Array(FRAME_BYTES_MAX + 1), 1009],
    [Buffer.from('*1\r\n:1\r\n'), 1000],
    [Buffer.from('"unbalanced\r\n'), 1000],
    [Buffer.from('*1\r\n$99999999\r\n'), 1000],
    [Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'), 1000],
    [command(['QUIT']), 1000],
  ]) {
    const client = await Client.open(url);
    client.socket.send(message);
    assert.equal(await client.closed, code, `for ${String(message).slice(0, 20)}`);
    assert.deepEqual(await other.ask(['PING']), ['PONG']);
  }
  await until(() => node.getStats().connections === 1);
});

test('noise from many connections harms nobody', async (t) => {
  const { node, url } = await listening(t);
  const whole = commands(['SET', 'a', '1'], GREETING, put('a'), ['MGET', 'a', 'b'], ['INFO']);
  await forSeeds(40, async (random) => {
    const client = await Client.open(url);
    for (let round = 0; round < 25; round++) {
      const noise = Uint8Array.from(whole, (byte) =>
        random.happens(0.02) ? random.below(256) : byte,
      );
      client.socket.send(noise.subarray(random.below(20)));
    }
    client.socket.close();
    await client.closed;
  });
  assert.deepEqual(await ask(node, ['PING']), ['PONG']);
  await until(() => node.getStats().connections === 0);
});

test('a client that does not read is not answered further, and loses nothing', async (t) => {
  const { node, url } = await listening(t);
  const [slow, other] = [await Client.open(url), await Client.open(url)];
  const value = 'x'.repeat(1 << 20);
  assert.deepEqual(await other.ask(['SET', 'a', value]), ['OK']);
  const before = node.getStats().commands;
  slow.socket.pause();
  const count = 60;
  slow.socket.send(commands(...Array.from({ length: count }, () => ['GET', 'a'])));
  await settled(() => node.getStats().commands);
  const answered = node.getStats().commands - before;
  assert.ok(answered < count / 2, `${answered} answers of a megabyte wait for nobody`);
  assert.deepEqual(await other.ask(['PING']), ['PONG'], 'the others are served meanwhile');
  slow.socket.resume();
  const answers = await slow.take(count);
  assert.ok(answers.every((answer) => answer === value));
});

test('a client that sends on and does not read is held back by its own socket', async (t) => {
  const { node, url } = await listening(t);
  const [slow, other] = [await Client.open(url), await Client.open(url)];
  assert.deepEqual(await other.ask(['SET', 'a', 'x'.repeat(1 << 20)]), ['OK']);
  slow.socket.pause();
  for (let at = 0; at < 60; at++) {
    slow.send('GET', 'a');
  }
  const filler = command(['PING', 'y'.repeat(1 << 20)]);
  for (let at = 0; at < 40; at++) {
    slow.socket.send(filler);
  }
  await settled(() => slow.socket.bufferedAmount);
  assert.ok(slow.socket.bufferedAmount > 10 << 20, 'it is not read from either');
  assert.deepEqual(await other.ask(['PING']), ['PONG']);
  assert.equal(node.getStats().connections, 2);
  slow.socket.terminate();
  await until(() => node.getStats().connections === 1);
});

test('every write is pushed to who asked for it, but not to the writer', async (t) => {
  const { url } = await listening(t);
  const [writer, reader, silent] = await Promise.all([1, 2, 3].map(() => Client.open(url)));
  await writer.ask([...GREETING, 'PUSH']);
  await reader.ask([...GREETING, 'PUSH']);
  await silent.ask(GREETING);
  assert.deepEqual(await writer.ask(put('a', 1), put('b', 2)), ['OK', 'OK']);
  const pushes = await reader.take(2);
  assert.ok(pushes.every((push) => push instanceof Push));
  const shown = pushes.map(({ values: [kind, key, , seq] }) => [kind, key, seq]);
  assert.deepEqual(shown, [
    ['invalidate', 'a', 1],
    ['invalidate', 'b', 2],
  ]);
  assert.deepEqual(await silent.ask(['DEL', 'a']), [1]);
  const [{ values }] = await reader.take(1);
  assert.deepEqual([values[1], values[3]], ['a', 3]);
  await settled(() => writer.heard.length + silent.heard.length);
  assert.deepEqual([writer.heard.length, silent.heard.length], [1, 0], 'the deletion, and nothing');
});

test('pushes that a slow subscriber has no room for are left out, and it can tell', async (t) => {
  const { node, url } = await listening(t);
  const [writer, slow] = [await Client.open(url), await Client.open(url)];
  await slow.ask([...GREETING, 'PUSH']);
  slow.socket.pause();
  const key = 'k'.repeat(1000);
  while (node.getStats().pushesSkipped === 0) {
    await writer.ask(...Array.from({ length: 100 }, () => ['SET', key, '1']));
  }
  slow.socket.resume();
  await settled(() => slow.heard.length);
  await writer.ask(['SET', 'last', '1']);
  await until(() => slow.heard.at(-1).values[1] === 'last');
  const numbers = slow.heard.map(({ values }) => values[3]);
  const { pushes, pushesSkipped } = node.getStats();
  // One more says nothing but its number, so that the gap is known before the next write.
  assert.deepEqual([numbers.length, numbers.at(-1)], [pushes + 1, pushes + 1 + pushesSkipped]);
  const gaps = numbers.filter((number, at) => at > 0 && number !== numbers[at - 1] + 1);
  assert.equal(gaps.length, 1, 'all that is missing is missing in one place');
});

test('a new epoch ends the connections of the old one and starts empty', async (t) => {
  const { node, url } = await listening(t);
  const old = await Client.open(url);
  await old.ask(GREETING, put('a'), ['SET', 'b', '1']);
  await node.reconfigure(2);
  assert.equal(await old.closed, 1001);
  const client = await Client.open(url);
  const answers = await client.ask(GREETING, ['GET', 'b'], ['TC.HELLO', '1', '2'], ['TC.GET', 'a']);
  assert.deepEqual(answers.slice(0, 2), [new Refused('EPOCH 2'), null]);
  assert.deepEqual([answers[2][2], answers[3][0]], [2, 'forgot']);
  assert.deepEqual(await client.ask(['SET', 'b', '2']), ['OK']);
  await assert.rejects(node.reconfigure(2), { name: 'RangeError' });
  assert.equal(node.epoch, 2);
});

test('a node that is closed says goodbye and frees its port', async (t) => {
  const { node, url } = await listening(t);
  const [client, deaf] = [await Client.open(url), await Client.open(url)];
  deaf.socket.pause();
  await node[Symbol.asyncDispose]();
  assert.equal(await client.closed, 1001);
  deaf.socket.terminate();
  await assert.rejects(fetch(url.replace('ws:', 'http:')));
});

test('a node that is closed while it begins to listen does not go on listening', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const node = new CacheNode();
    await node.start();
    const listening = node.listen().catch(({ code }) => ({ code }));
    for (let turn = 0; turn < turns; turn++) await null;
    await node[Symbol.asyncDispose]();
    assert.deepEqual(await listening, { code: 'ERR_CACHE_CLOSED' });
  }
});

test('without the package ws a node answers HTTP and says so', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidecache-'));
  t.after(() => rm(folder, { recursive: true }));
  const entry = pathToFileURL(path.join(project, 'tidecache-cluster.mjs')).href;
  const ws = pathToFileURL(path.join(process.cwd(), 'node_modules/ws/wrapper.mjs')).href;
  const program = path.join(folder, 'program.mjs');
  await writeFile(
    program,
    `import { CacheNode } from '${entry}';
     import * as ws from '${ws}';
     const node = new CacheNode();
     const found = await node.listen();
     const health = await fetch(found.url + '/healthz');
     const given = await node.listen({ ws });
     console.log(JSON.stringify([found, health.status, given]));
     await node[Symbol.asyncDispose]();`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: folder });
  const [found, health, given] = JSON.parse(stdout);
  assert.deepEqual([found.webSocket, health, given.webSocket], [false, 200, true]);
  assert.match(found.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.match(given.url, /^ws:\/\/127\.0\.0\.1:\d+$/);
});
