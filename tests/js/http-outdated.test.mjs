/** What is purged, or made invalid, while its body is on its way into the store, is not stored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { load } from './lib/package.mjs';

const { createCache } = await load('tidecache/http');
const URL_A = 'https://example.com/a';

/** Returns a cache over an origin whose bodies end when `finish` is called. */
function slowCache() {
  let asked = 0;
  let finish;
  const network = async (request) => {
    asked++;
    if (request.method !== 'GET') return new Response(null, { status: 204 });
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`body ${asked}`));
        finish = () => controller.close();
      },
    });
    return new Response(body, { headers: { 'cache-control': 'max-age=60' } });
  };
  const cache = createCache({ storage: 'memory', clock: { now: () => 0 } });
  return { cache, ask: cache.fetch(network), asked: () => asked, finish: () => finish() };
}

/** Begins a fetch, does `meanwhile`, ends the body; resolves with how often the origin was asked. */
async function interrupted(meanwhile) {
  const { cache, ask, asked, finish } = slowCache();
  const response = await ask(URL_A);
  await meanwhile(cache, ask);
  finish();
  assert.equal(await response.text(), 'body 1', 'the caller has it all the same');
  await cache.settled();
  const before = asked();
  const again = ask(URL_A);
  const late = (await again).text();
  if (asked() > before) finish();
  await late;
  return asked() - before;
}

test('a response that nobody touches meanwhile is stored', async () => {
  assert.equal(await interrupted(async () => {}), 0);
});

test('a purge reaches what is being stored', async () => {
  assert.equal(await interrupted((cache) => cache.purge({ url: URL_A })), 1);
  assert.equal(await interrupted((cache) => cache.purge({ prefix: 'https://example.com/' })), 1);
  assert.equal(await interrupted((cache) => cache.clear()), 1);
  assert.equal(await interrupted((cache) => cache.clearPartition('')), 1);
});

test('a POST makes invalid what is being stored', async () => {
  const post = (_, ask) => ask(URL_A, { method: 'POST', body: 'x' });
  assert.equal(await interrupted(post), 1);
});
