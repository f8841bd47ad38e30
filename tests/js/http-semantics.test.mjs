/** `tidecache/http` in Node: the standard's rules as a caller meets them, against a real origin. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { reply, startOrigin } from './lib/origin.mjs';
import { load } from './lib/package.mjs';
import { deferred } from './lib/tools.mjs';

const { CacheFirst, createCache, HttpSemantics } = await load('tidecache/http');

/** Returns a cached fetch on a clock of its own. */
function cached(strategy = new HttpSemantics(), options = {}) {
  let now = Date.now();
  const cache = createCache({ storage: 'memory', clock: { now: () => now }, ...options });
  const get = cache.fetch(globalThis.fetch, strategy);
  const text = async (url, init) => {
    const body = await (await get(url, init)).text();
    await cache.settled();
    return body;
  };
  return { cache, get, text, advance: (ms) => (now += ms) };
}

test('a hundred who ask at once make one request', async (t) => {
  const held = deferred();
  const origin = await startOrigin(t, async (_, response) => {
    await held.promise;
    reply(response, { 'cache-control': 'max-age=60' });
  });
  const { get, cache } = cached();
  const asking = Array.from({ length: 100 }, () => get(origin.url));
  held.resolve();
  const texts = await Promise.all(asking.map(async (one) => (await one).text()));
  assert.deepEqual(new Set(texts), new Set(['body']));
  assert.equal(origin.asked.length, 1);
  assert.equal(cache.stats().coalesced, 99);
});

test('one flight lands though its caller does not read', async (t) => {
  const body = Buffer.alloc(3 << 20, 'x');
  const held = deferred();
  const origin = await startOrigin(t, async (_, response) => {
    await held.promise;
    reply(response, { 'cache-control': 'max-age=60' }, body);
  });
  const { get } = cached();
  const [unread, other] = [get(origin.url), get(origin.url)];
  held.resolve();
  assert.equal((await (await other).arrayBuffer()).byteLength, body.length);
  assert.equal((await (await unread).arrayBuffer()).byteLength, body.length);
  assert.equal(origin.asked.length, 1);
});

test('a hundred who ask for what cannot be stored do not queue', async (t) => {
  let open = 0;
  let most = 0;
  const origin = await startOrigin(t, (_, response) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open -= 1;
      reply(response, { 'cache-control': 'no-store' });
    }, 20);
  });
  const { text } = cached();
  await Promise.all(Array.from({ length: 100 }, () => text(origin.url)));
  assert.equal(origin.asked.length, 100);
  assert.ok(most > 1);
});

test('a stale response is revalidated, and a 304 makes it fresh', async (t) => {
  const origin = await startOrigin(t, (request, response) => {
    const isHeld = request.headers['if-none-match'] === '"one"';
    const headers = { etag: '"one"', 'cache-control': 'max-age=10', 'x-turn': origin.asked.length };
    reply(response, headers, isHeld ? undefined : 'body', isHeld ? 304 : 200);
  });
  const { get, text, advance, cache } = cached();
  assert.equal(await text(origin.url), 'body');
  advance(11_000);
  const second = await get(origin.url);
  assert.deepEqual([second.status, await second.text()], [200, 'body']);
  assert.equal(second.headers.get('x-turn'), '2');
  assert.match(second.headers.get('cache-status'), /;fwd=stale;fwd-status=304/);
  assert.equal(await text(origin.url), 'body');
  assert.equal(origin.asked.length, 2);
  assert.equal(cache.stats().revalidations, 1);
});

test('stale-while-revalidate serves at once and asks beside', async (t) => {
  let count = 0;
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=1, stale-while-revalidate=60' }, `${++count}`),
  );
  const { text, advance } = cached();
  assert.equal(await text(origin.url), '1');
  advance(5_000);
  assert.equal(await text(origin.url), '1');
  assert.equal(await text(origin.url), '2');
  assert.equal(origin.asked.length, 2);
});

test('stale-if-error stands in for an origin that fails, and only then', async (t) => {
  let status = 200;
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=1' }, `${status}`, status),
  );
  const { text, advance, get } = cached(new HttpSemantics({ staleIfError: '1h' }));
  assert.equal(await text(origin.url), '200');
  advance(5_000);
  status = 503;
  const stale = await get(origin.url);
  assert.deepEqual([stale.status, await stale.text()], [200, '200']);
  status = 404;
  assert.equal(await text(origin.url), '404');
});

test('variants are kept apart by what Vary names', async (t) => {
  const origin = await startOrigin(t, (request, response) => {
    const headers = { 'cache-control': 'max-age=60', vary: 'Accept-Language' };
    reply(response, headers, request.headers['accept-language']);
  });
  const { text } = cached();
  const inLanguage = (language) => text(origin.url, { headers: { 'accept-language': language } });
  for (const language of ['de', 'en', 'de', 'en']) {
    assert.equal(await inLanguage(language), language);
  }
  assert.equal(origin.asked.length, 2);
});

test('a part is cut from a whole body, and never stored as one', async (t) => {
  const origin = await startOrigin(t, (request, response) => {
    const isPart = request.headers.range !== undefined;
    const headers = { 'cache-control': 'max-age=60', etag: '"v"' };
    const range = { ...headers, 'content-range': 'bytes 2-3/10' };
    reply(response, isPart ? range : headers, isPart ? '23' : '0123456789', isPart ? 206 : 200);
  });
  const { get, text } = cached();
  const part = (range, more = {}) => get(origin.url, { headers: { range, ...more } });
  assert.equal((await part('bytes=2-3')).status, 206);
  assert.equal(await text(origin.url), '0123456789');
  const cut = await part('bytes=2-3');
  assert.deepEqual([cut.status, await cut.text()], [206, '23']);
  assert.equal(cut.headers.get('content-range'), 'bytes 2-3/10');
  assert.equal(cut.headers.get('content-length'), '2');
  assert.equal(await (await part('bytes=-3')).text(), '789');
  assert.equal(await (await part('bytes=7-')).text(), '789');
  assert.equal((await part('bytes=10-')).status, 416);
  assert.equal((await part('bytes=2-3', { 'if-range': '"other"' })).status, 200);
  assert.equal(origin.asked.length, 2);
});

test('a successful POST makes the response to GET invalid, a failed one does not', async (t) => {
  let count = 0;
  const origin = await startOrigin(t, (request, response) => {
    const isBad = request.url === '/a' && request.headers['x-fail'] === '1';
    reply(response, { 'cache-control': 'max-age=60' }, `${++count}`, isBad ? 500 : 200);
  });
  const { text } = cached();
  const url = `${origin.url}/a`;
  assert.equal(await text(url), '1');
  await text(url, { method: 'POST', headers: { 'x-fail': '1' } });
  assert.equal(await text(url), '1');
  await text(url, { method: 'POST' });
  assert.equal(await text(url), '4');
});

test('HEAD is answered from a stored GET', async (t) => {
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=60', 'x-a': 'b' }),
  );
  const { text, get } = cached();
  await text(origin.url);
  const head = await get(origin.url, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('x-a'), await head.text()], [200, 'b', '']);
  assert.deepEqual(origin.asked, ['GET /']);
});

test("a client's own condition is answered with 304", async (t) => {
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=60', etag: '"v"' }),
  );
  const { text, get } = cached();
  await text(origin.url);
  const answer = await get(origin.url, { headers: { 'if-none-match': '"v"' } });
  assert.equal(answer.status, 304);
  assert.equal(origin.asked.length, 1);
});

test('a request that says only-if-cached never reaches the origin', async (t) => {
  const origin = await startOrigin(t, (_, response) => reply(response));
  const { get } = cached();
  const answer = await get(origin.url, { headers: { 'cache-control': 'only-if-cached' } });
  assert.equal(answer.status, 504);
  assert.equal(origin.asked.length, 0);
});

test("the cache modes of fetch do what fetch's own cache does", async (t) => {
  let count = 0;
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=60' }, `${++count}`),
  );
  const { text, advance } = cached();
  assert.equal(await text(origin.url), '1');
  assert.equal(await text(origin.url, { cache: 'no-store' }), '2');
  assert.equal(await text(origin.url), '1');
  assert.equal(await text(origin.url, { cache: 'no-cache' }), '3');
  assert.equal(await text(origin.url), '3');
  assert.equal(await text(origin.url, { cache: 'reload' }), '4');
  advance(100_000);
  assert.equal(await text(origin.url, { cache: 'force-cache' }), '4');
});

test('a body that is cut short is never stored', async (t) => {
  let isWhole = false;
  const origin = await startOrigin(t, (_, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60' });
    response.write('half');
    if (isWhole) response.end(' and half');
    else setImmediate(() => response.destroy());
  });
  const { cache, get, text } = cached();
  await assert.rejects((await get(origin.url)).text());
  await cache.settled();
  assert.equal(cache.stats().entries, 0);
  isWhole = true;
  assert.equal(await text(origin.url), 'half and half');
  assert.equal(await text(origin.url), 'half and half');
  assert.equal(origin.asked.length, 2);
});

test('a caller who aborts or cancels leaves nothing half stored', async (t) => {
  const origin = await startOrigin(t, (_, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=60' });
    response.write('x');
  });
  const { cache, get } = cached();
  const abort = new AbortController();
  const aborted = await get(`${origin.url}/a`, { signal: abort.signal });
  abort.abort();
  await assert.rejects(aborted.text(), { name: 'AbortError' });
  const cancelled = await get(`${origin.url}/b`);
  await cancelled.body.cancel();
  await cache.settled();
  assert.deepEqual([cache.stats().entries, cache.stats().errors], [0, 0]);
});

test('users never see what was stored for another', async (t) => {
  const origin = await startOrigin(t, (request, response) =>
    reply(response, { 'cache-control': 'private, max-age=60' }, request.headers.authorization),
  );
  const partition = (request) => request.headers.get('authorization') ?? undefined;
  const { cache, text } = cached(new HttpSemantics(), { partition });
  const as = (user) => text(origin.url, { headers: { authorization: user } });
  for (const user of ['ann', 'bob', 'ann', 'bob']) assert.equal(await as(user), user);
  assert.equal(origin.asked.length, 2);
  assert.equal(await cache.clearPartition('ann'), 1);
  await as('bob');
  await as('ann');
  assert.equal(origin.asked.length, 3);
});

test('a shared cache keeps nothing private, by the rules or by a strategy', async (t) => {
  const origin = await startOrigin(t, (_, response, { pathname }) =>
    reply(response, { 'cache-control': pathname === '/p' ? 'private, max-age=60' : 'max-age=60' }),
  );
  for (const strategy of [new HttpSemantics(), new CacheFirst({ cacheName: 'first' })]) {
    const { cache, text } = cached(strategy, { shared: true });
    await text(`${origin.url}/p`);
    await text(`${origin.url}/authorised`, { headers: { authorization: 'ann' } });
    assert.equal(cache.stats().entries, 0);
  }
});
