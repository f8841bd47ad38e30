/** The response cache as a middleware of a real Hono app. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/apps.mjs';

const { createCache } = await load('tidecache/http');
const { responseCache } = await load('tidecache/hono');
const { Hono } = await load('hono');

/** An app behind the cache, the calls that reach it, and a clock. */
function setUp() {
  const calls = [];
  let now = Date.now();
  const cache = createCache({ shared: true, storage: 'memory', clock: { now: () => now } });
  const app = new Hono();
  app.use(responseCache(app, cache));
  app.get('/list', (context) => {
    calls.push(context.req.header('if-none-match') ?? context.req.path);
    context.header('Cache-Control', 'max-age=60, stale-while-revalidate=600');
    context.header('ETag', '"1"');
    return context.req.header('if-none-match') === '"1"'
      ? context.body(null, 304)
      : context.json({ call: calls.length });
  });
  app.get('/env', (context) => context.text(context.env.name));
  app.get('/private', (context) => {
    calls.push('private');
    context.header('Cache-Control', 'private, max-age=60');
    return context.text('mine');
  });
  app.post('/list', (context) => context.text(`posted ${calls.push('post')}`));
  app.get('/broken', () => {
    throw new Error('broken');
  });
  return { app, cache, calls, advance: (ms) => void (now += ms) };
}

test('a fresh response is served without the handler', async () => {
  const { app, calls } = setUp();
  const first = await app.request('/list');
  assert.deepEqual(await first.json(), { call: 1 });
  assert.match(first.headers.get('cache-status'), /fwd=uri-miss/);
  const second = await app.request('/list');
  assert.deepEqual(await second.json(), { call: 1 });
  assert.match(second.headers.get('cache-status'), /hit/);
  assert.equal((await app.request('/list', { method: 'HEAD' })).status, 200);
  assert.deepEqual(calls, ['/list']);
});

test('many who ask at once wait for one call', async () => {
  const { app, calls } = setUp();
  const responses = await Promise.all(Array.from({ length: 9 }, () => app.request('/list')));
  for (const response of responses) assert.deepEqual(await response.json(), { call: 1 });
  assert.equal(calls.length, 1);
});

test('a stale response is served, and validated in the background', async () => {
  const { app, cache, calls, advance } = setUp();
  await app.request('/list');
  advance(100_000);
  const response = await app.request('/list');
  assert.deepEqual(await response.json(), { call: 1 });
  await cache.settled();
  assert.deepEqual(calls, ['/list', '"1"']);
  assert.match((await app.request('/list')).headers.get('cache-status'), /hit;ttl=\d/);
});

test('what is private, unsafe or broken goes to the app', async () => {
  const { app, calls } = setUp();
  await app.request('/private');
  await app.request('/private');
  assert.deepEqual(calls, ['private', 'private']);
  await app.request('/list');
  assert.equal(await (await app.request('/list', { method: 'POST' })).text(), 'posted 4');
  // The post has made what was stored invalid.
  assert.deepEqual(await (await app.request('/list')).json(), { call: 5 });
  assert.equal((await app.request('/broken')).status, 500);
  assert.equal((await app.request('/none')).status, 404);
});

test('the environment of the platform reaches the handler', async () => {
  const { app } = setUp();
  const response = await app.fetch(new Request('http://app/env'), { name: 'edge' });
  assert.equal(await response.text(), 'edge');
});
