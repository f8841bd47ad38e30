/** A node that listens in Deno and in Bun, with clients of this process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { Client, FRAME_BYTES_MAX, FRAMES_TYPE, PROTOCOL } from './lib/node-clients.mjs';
import { packageFile } from './lib/package.mjs';
import { commands, Push, Refused } from './lib/resp.mjs';
import { settled } from './lib/waiting.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const listener = path.join(root, 'tests/js/children/cluster-listener.mjs');
const deno = ['run', '--no-prompt', '--no-lock', '--allow-net', '--allow-read', '--allow-env'];

const RUNTIMES = [
  ['Deno', bin('deno'), [...deno, listener]],
  ['Bun', bin('bun'), ['run', listener]],
];

/** Starts a node in another runtime and resolves with its URL; it ends with the test. */
async function listening(t, program, args) {
  const child = spawn(program, [...args, pathToFileURL(packageFile('cluster.js')).href], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill());
  const [line] = await once(child.stdout, 'data');
  const { url, webSocket } = JSON.parse(line);
  assert.ok(webSocket);
  return url;
}

/** Returns how many commands a node has answered, by its own account. */
async function answered(client) {
  const [info] = await client.ask(['INFO', 'stats']);
  return Number(/total_commands_processed:(\d+)/.exec(info)[1]);
}

for (const [name, program, args] of RUNTIMES) {
  test(`a node in ${name} answers HTTP`, async (t) => {
    const http = (await listening(t, program, args)).replace('ws:', 'http:');
    assert.deepEqual(await (await fetch(`${http}/healthz`)).json(), { status: 'ok' });
    const known = { authorization: 'Bearer secret', 'content-type': FRAMES_TYPE };
    const post = (body, headers) => fetch(`${http}/v1/frames`, { method: 'POST', headers, body });
    const asked = await post(commands(['SET', 'a', '1'], ['GET', 'a']), known);
    assert.equal(await asked.text(), '+OK\r\n$1\r\n1\r\n');
    assert.equal((await post('PING\r\n', {})).status, 401);
    assert.equal((await post(new Uint8Array(FRAME_BYTES_MAX + 1), known)).status, 413);
  });

  test(`a node in ${name} takes WebSockets, also of clients that do not read`, async (t) => {
    const url = await listening(t, program, args);
    await assert.rejects(Client.open(url, { protocols: [] }), { message: 'status 400' });
    const origin = 'https://evil.test';
    await assert.rejects(Client.open(url, { origin }), { message: 'status 403' });
    const stranger = await Client.open(url, { token: 'wrong' });
    const [refused] = await stranger.ask(['GET', 'a']);
    assert.ok(refused instanceof Refused && refused.word === 'WRONGPASS');
    const clients = [1, 2, 3].map(() => Client.open(url, { token: 'secret' }));
    const [client, slow, reader] = await Promise.all(clients);
    assert.equal(client.socket.protocol, PROTOCOL);
    for (const [message, code] of [
      ['PING\r\n', 1003],
      [new Uint8Array(FRAME_BYTES_MAX + 1), 1009],
    ]) {
      const wrong = await Client.open(url, { token: 'secret' });
      wrong.socket.send(message);
      assert.equal(await wrong.closed, code);
    }
    await reader.ask(['TC.HELLO', '1', '1', 'PUSH']);
    const value = 'x'.repeat(1 << 20);
    assert.deepEqual(await client.ask(['SET', 'a', value]), ['OK']);
    assert.ok((await reader.take(1))[0] instanceof Push);
    const before = await answered(client);
    slow.socket.pause();
    slow.socket.send(commands(...Array.from({ length: 60 }, () => ['GET', 'a'])));
    await settled(() => slow.socket.bufferedAmount);
    assert.ok((await answered(client)) - before < 30, 'it answers on, though nobody reads');
    slow.socket.resume();
    assert.ok((await slow.take(60)).every((answer) => answer === value));
  });
}
