/** `UndiciStore` under undici's own interceptor: undici asks, the store keeps by bytes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { Agent, interceptors, request } from 'undici';

import { load } from './lib/package.mjs';

const { UndiciStore } = await load('tidecache/http');

let origin;
let asked = [];

before(async () => {
  origin = createServer((incoming, outgoing) => {
    asked.push(incoming.url);
    const { searchParams } = new URL(incoming.url, 'http://localhost');
    const headers = { 'cache-control': searchParams.get('cc') ?? 'max-age=60' };
    if (searchParams.has('vary')) headers.vary = searchParams.get('vary');
    if (searchParams.has('etag')) headers.etag = '"a"';
    if (incoming.headers['if-none-match'] === '"a"') {
      outgoing.writeHead(304, headers).end();
      return;
    }
    outgoing.writeHead(200, headers);
    outgoing.end('x'.repeat(Number(searchParams.get('bytes') ?? 10)));
  });
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
});

after(() => {
  origin.closeAllConnections();
  origin.close();
});

/** Returns a store and a function that asks through it, for the body's length. */
function client(options) {
  const store = new UndiciStore(options);
  const dispatcher = new Agent().compose(interceptors.cache({ store }));
  const base = `http://127.0.0.1:${origin.address().port}`;
  const ask = async (path, headers = {}) => {
    const { body } = await request(`${base}${path}`, { dispatcher, headers });
    return (await body.text()).length;
  };
  asked = [];
  return { store, ask, close: () => dispatcher.close() };
}

test('a fresh response is served from the store', async () => {
  const { store, ask, close } = client();
  assert.equal(await ask('/a'), 10);
  assert.equal(await ask('/a'), 10);
  assert.deepEqual(asked, ['/a']);
  assert.equal(store.count, 1);
  assert.ok(store.size > 10, 'fields count too');
  await close();
});

test('a stale response is validated, and its body served', async () => {
  const { ask, close } = client();
  assert.equal(await ask('/b?cc=no-cache&etag'), 10);
  // The origin's 304 has no body.
  assert.equal(await ask('/b?cc=no-cache&etag'), 10);
  assert.equal(asked.length, 2);
  await close();
});

test('variants are told apart; case and white space make none', async () => {
  const { ask, close } = client();
  const vary = '/c?vary=accept-language';
  await ask(vary, { 'accept-language': 'en, de' });
  await ask(vary, { 'accept-language': 'fr' });
  await ask(vary, { 'accept-language': 'EN,de' });
  assert.equal(asked.length, 2);
  await close();
});

test('an unsafe request takes all variants of its URL away', async () => {
  const { store, ask, close } = client();
  await ask('/d?vary=a', { a: '1' });
  await ask('/d?vary=a', { a: '2' });
  assert.equal(store.count, 2);
  store.delete({ origin: `http://127.0.0.1:${origin.address().port}`, method: 'GET', path: '/d' });
  assert.equal(store.count, 2, 'another path');
  const base = `http://127.0.0.1:${origin.address().port}`;
  const dispatcher = new Agent().compose(interceptors.cache({ store }));
  const { body } = await request(`${base}/d?vary=a`, { dispatcher, method: 'POST' });
  await body.dump();
  assert.equal(store.count, 0);
  assert.equal(store.size, 0);
  await Promise.all([close(), dispatcher.close()]);
});

test('the limit in bytes holds after each response', async () => {
  const { store, ask, close } = client({ maxBytes: '20kB', maxEntryBytes: '5kB' });
  for (let at = 0; at < 200; at++) {
    await ask(`/e/${at}?bytes=${1 + ((at * 997) % 4_000)}`);
    assert.ok(store.size <= 20_000, `${store.size} bytes after ${at}`);
  }
  assert.ok(store.count > 3);
  await close();
});

test('a body that is too long is passed on and not kept', async () => {
  const { store, ask, close } = client({ maxBytes: '100kB', maxEntryBytes: '1kB' });
  assert.equal(await ask('/f?bytes=1000'), 1_000);
  assert.equal(await ask('/g?bytes=1001'), 1_001);
  assert.equal(store.count, 1);
  await close();
});

test('what may not be kept any longer is a miss', async () => {
  let now = Date.now();
  const { store, ask, close } = client({ clock: { now: () => now } });
  await ask('/h');
  now += 365 * 86_400_000;
  await ask('/h');
  assert.equal(asked.length, 2);
  assert.equal(store.count, 1);
  await close();
});

test('options that are none are refused', () => {
  assert.throws(() => new UndiciStore({ maxBytes: 'much' }), TypeError);
  assert.throws(() => new UndiciStore({ maxEntryBytes: 0 }), RangeError);
  assert.throws(() => new UndiciStore({ evictionPolicy: 'mru' }), TypeError);
  assert.throws(() => new UndiciStore({ maxSize: 1 }), TypeError);
});
