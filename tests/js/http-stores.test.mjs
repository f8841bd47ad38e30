/** Limits, purging and precaching of `tidecache/http`, in memory and in files. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { reply, startOrigin } from './lib/origin.mjs';
import { load } from './lib/package.mjs';
import { Random, seeds } from './lib/random.mjs';

const { CacheFirst, createCache, HttpSemantics } = await load('tidecache/http');

/** Returns a folder that goes with its test. */
async function folder(t) {
  const made = await mkdtemp(path.join(tmpdir(), 'tidecache-http-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** Returns the number of bytes of files below the bodies of a cache. */
const bodiesOf = async (directory) =>
  readdir(path.join(directory, encodeURIComponent('tidecache/default'), 'bodies'));

test('ten thousand responses never weigh more than maxBytes', async () => {
  const maxBytes = 400_000;
  const chance = new Random(seeds(1)[0]);
  // No server: ten thousand requests are about the index, not about sockets.
  const network = async (request) => {
    const size = Math.floor(chance.next() ** 4 * 20_000);
    const headers = { 'cache-control': 'max-age=600', date: new Date().toUTCString() };
    return new Response(request.url.padEnd(size, '.'), { headers });
  };
  const cache = createCache({ storage: 'memory', maxBytes });
  const get = cache.fetch(network);
  let most = 0;
  for (let at = 0; at < 10_000; at += 10) {
    const ask = async () => {
      const url = `http://origin.test/${Math.floor(chance.next() ** 2 * 4_000)}`;
      const text = await (await get(url)).text();
      assert.ok(text.startsWith(url));
    };
    await Promise.all(Array.from({ length: 10 }, ask));
    most = Math.max(most, cache.stats().bytes);
    assert.ok(cache.stats().bytes <= maxBytes);
  }
  const { hits, evictions } = cache.stats();
  const seen = JSON.stringify({ hits, evictions, most });
  assert.ok(hits > 500 && evictions > 500 && most > maxBytes * 0.9, seen);
});

test('the oldest entries make room where maxEntries is reached', async () => {
  const network = async () => new Response('x', { headers: { 'cache-control': 'max-age=60' } });
  const cache = createCache({ storage: 'memory', maxEntries: 3, evictionPolicy: 'lru' });
  const get = cache.fetch(network, new CacheFirst());
  for (let at = 0; at < 5; at++) {
    await (await get(`http://origin.test/${at}`)).text();
    await cache.settled();
  }
  assert.deepEqual([cache.stats().entries, cache.stats().evictions], [3, 2]);
});

test('a response that is longer than maxBytes passes and is not stored', async (t) => {
  const origin = await startOrigin(t, (request, response) => {
    const headers = { 'cache-control': 'max-age=60' };
    const isTold = request.url === '/told';
    reply(response, { ...headers, ...(isTold && { 'content-length': 5_000 }) }, 'x'.repeat(5_000));
  });
  const cache = createCache({ storage: 'memory', maxBytes: 4_000 });
  const get = cache.fetch(fetch);
  for (const path of ['/told', '/streamed']) {
    assert.equal((await (await get(origin.url + path)).text()).length, 5_000);
    await cache.settled();
  }
  assert.deepEqual([cache.stats().entries, cache.stats().refused], [0, 2]);
});

test('purge removes by URL, prefix and tag', async (t) => {
  const origin = await startOrigin(t, (_, response, { pathname }) =>
    reply(response, { 'cache-control': 'max-age=60', 'cache-tag': `all, ${pathname.slice(1)}` }),
  );
  const cache = createCache({ storage: 'memory' });
  const fill = () => cache.warm(['/a', '/b', '/b/c', '/d'].map((one) => origin.url + one));
  assert.equal(await fill(), 4);
  assert.equal(await cache.purge({ url: `${origin.url}/a` }), 1);
  assert.equal(await cache.purge({ prefix: `${origin.url}/b` }), 2);
  assert.equal(await cache.purge({ tag: 'b' }), 0);
  assert.equal(await cache.purge({ tag: 'd' }), 1);
  await fill();
  assert.equal(await cache.purge({ tag: 'all' }), 4);
  assert.equal(cache.stats().bytes, 0);
  const tagged = new HttpSemantics({ tags: ['mine'] });
  await cache.warm([`${origin.url}/a`], tagged);
  assert.equal(await cache.purge({ tag: 'mine' }), 1);
});

test('a precache fetches each version once, serves it, and prunes the others', async (t) => {
  let text = 'one';
  const origin = await startOrigin(t, (_, response, { pathname }) =>
    reply(response, { 'cache-control': 'no-cache' }, text, pathname === '/gone' ? 404 : 200),
  );
  const directory = await folder(t);
  const url = `${origin.url}/index.html`;
  const open = () => createCache({ storage: { directory } });
  const old = open();
  assert.deepEqual(await old.precache([{ url, revision: '1' }]), { updated: 1, kept: 0 });
  assert.deepEqual(await old.precache([{ url, revision: '1' }]), { updated: 0, kept: 1 });
  const visit = async (cache, path) =>
    (await cache.handler()(new Request(origin.url + path))).text();
  assert.equal(await visit(old, '/?utm_source=x#top'), 'one');
  text = 'two';
  const next = open();
  assert.deepEqual(await next.precache([{ url, revision: '2' }]), { updated: 1, kept: 0 });
  assert.deepEqual([await visit(old, '/'), await visit(next, '/')], ['one', 'two']);
  assert.equal(await next.prunePrecache(), 1);
  assert.equal(await visit(next, '/index.html'), 'two');
  assert.equal(origin.asked.length, 2);
  const bad = next.precache([{ url: `${origin.url}/gone`, revision: null }]);
  await assert.rejects(bad, /gone was not stored \(status 404\)/);
});

test('files are there after a restart, and what belongs to nobody is swept', async (t) => {
  const origin = await startOrigin(t, (_, response, { pathname }) =>
    reply(response, { 'cache-control': 'max-age=60' }, pathname.padEnd(200_000, '.')),
  );
  const directory = await folder(t);
  const open = () => createCache({ storage: { directory } });
  const before = open();
  await before.warm(['/a', '/b', '/c'].map((one) => origin.url + one));
  const [lost] = await bodiesOf(directory);
  await before.close();
  const inside = path.join(directory, encodeURIComponent('tidecache/default'));
  await rm(path.join(inside, 'bodies', lost));
  await writeFile(path.join(inside, 'bodies/orphan'), 'half');
  const journal = path.join(inside, 'journal.ndjson');
  await writeFile(journal, `${await readFile(journal, 'utf8')}{"put":{"id":"torn`);
  const after = open();
  const get = after.fetch(fetch);
  for (const one of ['/a', '/b', '/c']) {
    const body = await (await get(origin.url + one)).text();
    assert.equal(body, one.padEnd(200_000, '.'));
  }
  await after.settled();
  assert.equal(origin.asked.length, 4, 'only the lost one was asked for again');
  const names = await bodiesOf(directory);
  assert.ok(names.length === 3 && !names.includes('orphan'));
});

test('a file that goes or shrinks beside us is a miss, not a wrong body', async (t) => {
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=60' }, 'whole body'),
  );
  const directory = await folder(t);
  const cache = createCache({ storage: { directory } });
  const get = cache.fetch(fetch);
  const bodies = path.join(directory, encodeURIComponent('tidecache/default'), 'bodies');
  for (const harm of [(file) => rm(file), (file) => writeFile(file, 'who')]) {
    await cache.warm([origin.url]);
    for (const name of await bodiesOf(directory)) await harm(path.join(bodies, name));
    assert.equal(await (await get(origin.url)).text(), 'whole body');
    await cache.settled();
  }
});

test('a part of a file is read alone', async (t) => {
  const body = Buffer.alloc(500_000).map((_, at) => at % 251);
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=60' }, body),
  );
  const cache = createCache({ storage: { directory: await folder(t) } });
  await cache.warm([origin.url]);
  const get = cache.fetch(fetch);
  const part = await get(origin.url, { headers: { range: 'bytes=100000-299999' } });
  assert.equal(part.status, 206);
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), body.subarray(100_000, 300_000));
});

test('a folder that cannot be made leaves a cache in memory, and an event', async (t) => {
  const origin = await startOrigin(t, (_, response) =>
    reply(response, { 'cache-control': 'max-age=60' }),
  );
  const directory = path.join(await folder(t), 'file');
  await writeFile(directory, '');
  const errors = [];
  const on = ({ type, error }) => type === 'error' && errors.push(error.code);
  const cache = createCache({ storage: { directory }, on });
  assert.equal(await cache.warm([origin.url]), 1);
  assert.deepEqual(errors, ['ENOTDIR']);
});
