/** examples/proxy as a program: what a shared cache in front of a server must not get wrong. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { inRoot } from '../package/lib/project.mjs';

const SCRIPT = inRoot('examples/proxy/proxy.mjs');
const PACKED = gzipSync('packed');

let origin;
let proxy;
let port;
const seen = [];

before(async () => {
  origin = createServer((incoming, outgoing) => {
    seen.push(incoming);
    const fresh = { 'cache-control': 'max-age=60' };
    if (incoming.url === '/gzip') {
      outgoing.writeHead(200, { ...fresh, 'content-encoding': 'gzip' }).end(PACKED);
    } else if (incoming.url === '/cookies') {
      outgoing
        .writeHead(
          200,
          [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ].flat(),
        )
        .end();
    } else if (incoming.url === '/hang-up') {
      outgoing.destroy();
    } else {
      outgoing.writeHead(200, fresh).end(incoming.url);
    }
  });
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
  proxy = spawn(process.execPath, [SCRIPT, '--origin', originUrl(), '--listen', '0']);
  const [line] = await once(proxy.stdout, 'data');
  port = Number(/:(\d+),/.exec(String(line))[1]);
});

after(() => {
  proxy.kill('SIGKILL');
  origin.closeAllConnections();
  origin.close();
});

const originUrl = () => `http://127.0.0.1:${origin.address().port}`;

/** Resolves with the proxy's answer, as Node receives it. */
async function ask(path, options = {}) {
  const outgoing = request({ host: '127.0.0.1', port, path, agent: false, ...options });
  outgoing.end(options.body);
  const [response] = await once(outgoing, 'response');
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

test('what was asked for once comes from the cache, and the answer says so', async () => {
  const first = await ask('/a');
  assert.match(first.headers['cache-status'], /^tidecache;fwd=uri-miss/);
  const second = await ask('/a');
  assert.match(second.headers['cache-status'], /^tidecache;hit/);
  assert.equal(second.headers.age, '0');
  assert.equal(String(second.body), '/a');
});

test('a compressed body goes through as it is', async () => {
  for (const way of ['from the origin', 'from the cache']) {
    const { headers, body } = await ask('/gzip', { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(headers['content-encoding'], 'gzip', way);
    assert.deepEqual(body, PACKED, way);
  }
});

test('cookies stay apart', async () => {
  assert.deepEqual((await ask('/cookies')).headers['set-cookie'], ['a=1', 'b=2']);
});

test('no path leads to another origin', async () => {
  const { body } = await ask('//other.example/b');
  assert.equal(String(body), '//other.example/b');
  assert.equal((await ask('http://other.example/c')).status, 400);
  assert.equal((await ask('*', { method: 'OPTIONS' })).status, 400);
});

test('the origin learns who asks, and nothing of the connection', async () => {
  const headers = {
    connection: 'close, x-mine',
    'x-mine': '1',
    te: 'trailers',
    host: 'shop.example',
  };
  await ask('/d', { headers });
  const { headers: got } = seen.at(-1);
  assert.equal(got['x-forwarded-host'], 'shop.example');
  assert.equal(got['x-forwarded-for'], '127.0.0.1');
  assert.match(got.via, /tidecache$/);
  assert.equal(got['x-mine'], undefined);
  assert.equal(got.te, undefined);
});

test('an origin that hangs up is a 502, and TRACE is refused', async () => {
  const { status, headers } = await ask('/hang-up');
  assert.equal(status, 502);
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal((await ask('/e', { method: 'TRACE' })).status, 501);
});

test('a POST goes through and makes what is stored invalid', async () => {
  await ask('/f');
  const { status } = await ask('/f', { method: 'POST', body: 'x' });
  assert.equal(status, 200);
  assert.match((await ask('/f')).headers['cache-status'], /fwd=uri-miss/);
});

test('wrong arguments are said, and nothing listens', async () => {
  for (const args of [[], ['--origin', 'ftp://a'], ['--origin', originUrl(), '--listen', 'x']]) {
    const child = spawn(process.execPath, [SCRIPT, ...args]);
    const [text] = await once(child.stderr, 'data');
    assert.match(String(text), /^proxy: --(origin|listen)/);
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    assert.equal(code, 1);
  }
});

test('SIGTERM lets it finish and say what it did', async () => {
  const said = once(proxy.stdout, 'data');
  proxy.kill('SIGTERM');
  const [code] = await once(proxy, 'exit');
  assert.equal(code, 0);
  assert.match(String((await said)[0]), /requests, .* % hits/);
});
