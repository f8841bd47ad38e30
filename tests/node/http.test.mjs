/** Entries over HTTP, who may ask, and what is refused. */
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Client, FRAMES_TYPE, PROTOCOL } from '../js/lib/node-clients.mjs';
import { commands, replies } from '../js/lib/resp.mjs';
import { Native, until, withNative } from './lib/native.mjs';

const LIMIT = { timeout: 60_000 };

/** The tokens of most tests: one for all, one to read `user:`, one to write it, one that is over. */
function configured(text = '') {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidecache-'));
  const file = path.join(folder, 'node.toml');
  const tokens = [
    `secret = 'all-s3cret'`,
    `secret = 'reader-s3cret'\nprefix = 'user:'\naccess = 'read'`,
    `secret = 'writer-s3cret'\nprefix = 'user:'\naccess = 'write'`,
    `secret = 'late-s3cret'\nexpires = 2020-01-01T00:00:00Z`,
  ];
  writeFileSync(file, `${text}\n${tokens.map((token) => `[[tokens]]\n${token}\n`).join('')}`);
  return { flags: ['--config', file] };
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });

test('an entry has a tag, an age, and conditions', LIMIT, () =>
  withNative({}, async (native) => {
    const url = '/v1/kv/user%3A1';
    assert.equal((await native.fetch(url)).status, 404);
    const put = await native.fetch(url, {
      method: 'PUT',
      body: 'value',
      headers: { 'cache-control': 'max-age=60' },
    });
    assert.equal(put.status, 204);
    const got = await native.fetch(url);
    assert.equal(await got.text(), 'value');
    const etag = got.headers.get('etag');
    assert.equal(etag, put.headers.get('etag'));
    assert.match(got.headers.get('cache-control'), /^max-age=(59|60)$/);
    const again = await native.fetch(url, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    const head = await native.fetch(url, { method: 'HEAD' });
    assert.equal(head.status, 200);
    const status = async (method, headers) =>
      (await native.fetch(url, { method, headers, body: method === 'PUT' ? 'x' : null })).status;
    assert.equal(await status('PUT', { 'if-none-match': '*' }), 412);
    assert.equal(await status('PUT', { 'if-match': '"00"' }), 412);
    assert.equal(await status('PUT', { 'if-match': etag }), 204);
    assert.equal(await status('DELETE', { 'if-match': etag }), 412);
    assert.equal(await status('DELETE', {}), 204);
    assert.equal(await status('DELETE', {}), 404);
    assert.equal(await status('PUT', { 'if-match': '*' }), 412);
    assert.equal(await status('PUT', { 'cache-control': 'max-age=0' }), 400);
    assert.equal(await status('PATCH', {}), 405);
  }),
);

test('values are at most 1 MiB and keys at most 1 KiB', LIMIT, () =>
  withNative({}, async (native) => {
    const put = async (key, bytes) =>
      (await native.fetch(`/v1/kv/${key}`, { method: 'PUT', body: new Uint8Array(bytes) })).status;
    assert.equal(await put('k', 1 << 20), 204);
    assert.equal((await (await native.fetch('/v1/kv/k')).arrayBuffer()).byteLength, 1 << 20);
    assert.equal(await put('k', (1 << 20) + 1), 413);
    assert.equal(await put('k'.repeat(1024), 1), 204);
    assert.equal(await put('k'.repeat(1025), 1), 400);
    // A body of unknown length, and one that claims to be long.
    const port = Number(new URL(native.http).port);
    const chunk = `10000\r\n${'x'.repeat(1 << 16)}\r\n`.repeat(17);
    for (const rest of [
      `transfer-encoding: chunked\r\n\r\n${chunk}`,
      'content-length: 99999999\r\n\r\n',
    ]) {
      const wire = native.connect(port).say(`PUT /v1/kv/k HTTP/1.1\r\nhost: a\r\n${rest}`);
      await until(() => wire.text.startsWith('HTTP/1.1 413 '), 'refused');
      wire.end();
    }
  }),
);

test('nothing of a request gets into the head of a response', LIMIT, () =>
  withNative({ flags: ['--origins', 'https://app.test'] }, async (native) => {
    const port = Number(new URL(native.http).port);
    const raw = async (text) => {
      const wire = native.connect(port).say(text);
      await wire.closed;
      return wire.text;
    };
    const tail = 'host: a\r\nconnection: close\r\n\r\n';
    const key = '/v1/kv/a%0d%0aset-cookie:%20evil';
    const length = 'content-length: 1\r\n';
    const put = await raw(`PUT ${key} HTTP/1.1\r\n${length}${tail}x`);
    assert.match(put, /^HTTP\/1.1 204 /);
    assert.doesNotMatch(put, /evil/);
    const origin = await raw(
      `GET ${key} HTTP/1.1\r\norigin: https://app.test\x0bset-cookie\r\n${tail}`,
    );
    assert.match(origin, /^HTTP\/1.1 40[03] /);
    const many = await raw(`GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(1000)}${tail}`);
    assert.match(many, /^HTTP\/1.1 431 /);
    const folded = await raw(`GET ${key} HTTP/1.1\r\nx: y\r\n evil: z\r\n${tail}`);
    assert.match(folded, /^HTTP\/1.1 400 /);
    const double = 'content-length: 1\r\ntransfer-encoding: chunked\r\n';
    const smuggled = await raw(
      `POST / HTTP/1.1\r\n${double}${tail}0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n`,
    );
    assert.doesNotMatch(smuggled, /tidecache_/);
  }),
);

test('tokens open what they say, and are neither told nor logged', LIMIT, () =>
  withNative(configured(), async (native) => {
    const status = async (token, method, key, body) =>
      (await native.fetch(`/v1/kv/${key}`, { method, body, headers: token && bearer(token) }))
        .status;
    for (const token of [undefined, 'wrong-s3cret', 'late-s3cret', 'all-s3cre', 'all-s3cret-']) {
      assert.equal(await status(token, 'GET', 'user:1'), 401, token);
    }
    assert.equal(await status('all-s3cret', 'PUT', 'page:1', 'x'), 204);
    assert.equal(await status('writer-s3cret', 'PUT', 'user:1', 'x'), 204);
    assert.equal(await status('writer-s3cret', 'PUT', 'page:1', 'x'), 403);
    assert.equal(await status('writer-s3cret', 'GET', 'user:1'), 403);
    assert.equal(await status('reader-s3cret', 'GET', 'user:1'), 200);
    assert.equal(await status('reader-s3cret', 'GET', 'page:1'), 403);
    assert.equal(await status('reader-s3cret', 'DELETE', 'user:1'), 403);
    const wire = native.connect();
    wire.say('GET user:1\r\n');
    await wire.heard('-NOAUTH Authentication required.\r\n');
    wire.say(
      'AUTH reader-s3cret\r\nGET user:1\r\nSET user:1 y\r\nMGET user:1 page:1\r\nFLUSHDB\r\n',
    );
    const denied = '-NOPERM this user has no permissions to access the key or command\r\n';
    assert.ok((await wire.heard(denied.repeat(3))).includes(`+OK\r\n$1\r\nx\r\n${denied}`));
    wire.end();
    assert.equal((await native.fetch('/metrics')).status, 401);
    assert.ok((await native.metrics('all-s3cret')).wrong_logins_total >= 4);
    await native.end('SIGTERM');
    assert.doesNotMatch(native.lines.join('\n'), /s3cret/);
  }),
);

test('whoever guesses tokens is told to wait', LIMIT, () =>
  withNative(configured(), async (native) => {
    const statuses = [];
    for (let at = 0; at < 25; at++) {
      const response = await native.fetch('/v1/kv/k', { headers: bearer(`guess-${at}`) });
      statuses.push(response.status);
      if (response.status === 429) assert.ok(Number(response.headers.get('retry-after')) > 0);
    }
    assert.equal(statuses[0], 401);
    assert.equal(statuses.at(-1), 429);
  }),
);

test('a ticket opens one WebSocket as far as its token does', LIMIT, () =>
  withNative(configured(), async (native) => {
    assert.equal((await native.fetch('/v1/tickets', { method: 'POST' })).status, 401);
    const headers = bearer('reader-s3cret');
    const { ticket } = await (
      await native.fetch('/v1/tickets', { method: 'POST', headers })
    ).json();
    const client = await Client.open(native.ws, { token: ticket });
    assert.equal(client.socket.protocol, PROTOCOL);
    const [read, write] = await client.ask(['GET', 'user:1'], ['SET', 'user:1', 'x']);
    assert.equal(read, null);
    assert.equal(write.word, 'NOPERM');
    await client.close();
    const again = await Client.open(native.ws, { token: ticket });
    const [refused] = await again.ask(['GET', 'user:1']);
    assert.equal(refused.word, 'WRONGPASS');
    await again.close();
    // It is no token of HTTP.
    assert.equal((await native.fetch('/v1/kv/user:1', { headers: bearer(ticket) })).status, 401);
  }),
);

test('only pages of listed origins are let in', LIMIT, () =>
  withNative({ flags: ['--origins', 'https://app.test'] }, async (native) => {
    const open = (origin) => Client.open(native.ws, { origin });
    await (await open('https://app.test')).close();
    const wrong = ['https://evil.test', 'http://app.test', 'https://app.test.evil.test', 'null'];
    for (const origin of wrong) {
      await assert.rejects(open(origin), /status 403/, origin);
      const response = await native.fetch('/v1/kv/k', { headers: { origin } });
      assert.equal(response.status, 403);
      assert.equal(response.headers.get('access-control-allow-origin'), null);
    }
    const headers = { origin: 'https://app.test', 'access-control-request-method': 'PUT' };
    const preflight = await native.fetch('/v1/kv/k', { method: 'OPTIONS', headers });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://app.test');
  }),
);

test('frames come as bodies, and replies that are long as a stream', LIMIT, () =>
  withNative({}, async (native) => {
    const post = (body, headers = {}) => {
      const all = { 'content-type': FRAMES_TYPE, ...headers };
      return native.fetch('/v1/frames', { method: 'POST', headers: all, body });
    };
    const value = 'x'.repeat(1 << 19);
    await post(commands(['SET', 'k', value]));
    const response = await post(commands(...Array.from({ length: 20 }, () => ['GET', 'k'])));
    const values = replies(new Uint8Array(await response.arrayBuffer()));
    assert.equal(values.length, 20);
    assert.ok(values.every((one) => one === value));
    const cut = await post(commands(['GET', 'k']).slice(0, -1));
    assert.match(await cut.text(), /^-ERR Protocol error: the frame ends/);
    assert.equal((await post('', { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await native.fetch('/v1/frames')).status, 426);
    assert.equal((await native.fetch('/other')).status, 404);
  }),
);

test('there is room for so many connections', LIMIT, async () => {
  const native = await Native.start({ flags: ['--max-connections', '3'] });
  try {
    const wires = [native.connect(), native.connect(), native.connect()];
    for (const wire of wires) await wire.say('PING\r\n').heard('+PONG\r\n');
    const fourth = native.connect();
    await fourth.closed;
    assert.equal(fourth.text, '-ERR max number of clients reached\r\n');
    for (const wire of wires) wire.end();
    await Promise.all(wires.map(({ closed }) => closed));
    const agent = new http.Agent();
    const { turned_away_total: count } = await native.metrics();
    assert.equal(count, 1);
    agent.destroy();
  } finally {
    await native.end();
  }
});
