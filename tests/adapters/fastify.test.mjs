/** The response cache as a plugin of a real Fastify app, asked through sockets. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { load, project } from './lib/apps.mjs';
import { write } from '../package/lib/project.mjs';

await write(project, { 'fastify.mjs': "export { default as fastify } from 'fastify';\n" });
const { createCache } = await load('tidecache/http');
const { responseCache } = await load('tidecache/fastify');
const { fastify } = await load('./fastify.mjs');

const apps = [];
after(() => Promise.all(apps.map((app) => app.close())));

/** An app behind the cache, listening; how to ask it; the calls that reach it. */
async function setUp() {
  const calls = [];
  let now = Date.now();
  const cache = createCache({ shared: true, storage: 'memory', clock: { now: () => now } });
  const app = fastify();
  apps.push(app);
  await app.register(responseCache, { cache });
  app.get('/list', (request, reply) => {
    calls.push(request.headers['if-none-match'] ?? request.url);
    reply.header('cache-control', 'max-age=60, stale-while-revalidate=600').header('etag', '"1"');
    reply.header('vary', 'accept-language');
    if (request.headers['if-none-match'] === '"1"') return reply.code(304).send();
    return { call: calls.length, language: request.headers['accept-language'] ?? '' };
  });
  app.get('/bytes', (_, reply) => {
    calls.push('bytes');
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    reply.header('cache-control', 'max-age=60').type('application/octet-stream').send(bytes);
  });
  app.get('/cookies', (_, reply) => {
    calls.push('cookies');
    reply.header('set-cookie', ['a=1', 'b=2']).send('cookies');
  });
  app.post('/list', (request) => ({ posted: request.body }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const ask = (path, init) => fetch(url + path, init);
  return { ask, cache, calls, advance: (ms) => void (now += ms) };
}

test('a fresh response is served without the handler', async () => {
  const { ask, calls } = await setUp();
  const headers = { 'accept-language': 'en' };
  assert.deepEqual(await (await ask('/list?a=1', { headers })).json(), { call: 1, language: 'en' });
  const second = await ask('/list?a=1', { headers });
  assert.deepEqual(await second.json(), { call: 1, language: 'en' });
  assert.match(second.headers.get('cache-status'), /hit/);
  assert.match(second.headers.get('content-type'), /application\/json/);
  assert.deepEqual(calls, ['/list?a=1']);
  const french = await ask('/list?a=1', { headers: { 'accept-language': 'fr' } });
  assert.equal((await french.json()).language, 'fr');
});

test('bytes come as they were, whole and in part', async () => {
  const { ask, calls } = await setUp();
  for (let time = 0; time < 2; time++) {
    const bytes = new Uint8Array(await (await ask('/bytes')).arrayBuffer());
    assert.deepEqual(
      bytes,
      Uint8Array.from({ length: 256 }, (_, at) => at),
    );
  }
  const part = await ask('/bytes', { headers: { range: 'bytes=3-5' } });
  assert.equal(part.status, 206);
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), new Uint8Array([3, 4, 5]));
  assert.deepEqual(calls, ['bytes']);
  // The app's own.
  const head = await ask('/bytes', { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '256');
});

test('a stale response is served, and validated in the background', async () => {
  const { ask, cache, calls, advance } = await setUp();
  await (await ask('/list')).json();
  advance(100_000);
  assert.equal((await (await ask('/list')).json()).call, 1);
  await cache.settled();
  assert.deepEqual(calls, ['/list', '"1"']);
});

test('what may not be kept goes to the app as it came', async () => {
  const { ask, calls } = await setUp();
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[1]' };
  assert.deepEqual(await (await ask('/list', post)).json(), { posted: [1] });
  for (let time = 0; time < 2; time++) {
    const response = await ask('/cookies');
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
  }
  assert.deepEqual(calls, ['cookies', 'cookies']);
  assert.equal((await ask('/none')).status, 404);
});

test('the mark of the cache cannot be guessed by a client', async () => {
  const { ask, calls } = await setUp();
  await ask('/list');
  await ask('/list', { headers: { 'tidecache-inject': 'true' } });
  assert.equal(calls.length, 1);
});
