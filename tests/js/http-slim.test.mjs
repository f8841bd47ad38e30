/** `tidecache/http/slim`: the module comes by `init`; until then the network answers. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { load, loadFresh, packageFile } from './lib/package.mjs';

const URL_A = 'http://origin.test/a';
const wasm = await readFile(packageFile('http.wasm'));

/** A cache of a fresh entry, its network, and what it told. */
async function start(options = {}) {
  const http = await loadFresh('http-slim.js');
  const events = [];
  const cache = http.createCache({ on: (event) => events.push(event), ...options });
  const network = { asked: 0, isDown: false };
  const fetched = cache.fetch(async () => {
    network.asked += 1;
    if (network.isDown) throw new TypeError('the network is down');
    return new Response('body', { headers: { 'cache-control': 'max-age=600' } });
  });
  const get = async () => {
    const response = await fetched(URL_A);
    return [await response.text(), response.headers.get('cache-status')];
  };
  return { cache, events, get, http, network };
}

test('before the module the network answers, and after it the cache', async () => {
  const { events, get, http, network } = await start();
  assert.deepEqual(await get(), ['body', null]);
  assert.deepEqual(await get(), ['body', null]);
  assert.equal(network.asked, 2);
  assert.deepEqual(
    events.map(({ error }) => error.code),
    ['ERR_CACHE_WASM', 'ERR_CACHE_WASM'],
  );
  await http.init(wasm);
  await http.init();
  await get();
  assert.match((await get())[1], /;hit;/);
  assert.equal(network.asked, 3);
});

test('while the module is on its way nobody waits for it, unless the network fails', async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'tidecache-slim-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const storage = { directory };
  const { createCache } = await load('tidecache/http');
  const before = createCache({ storage });
  const headers = { 'cache-control': 'max-age=600' };
  await (await before.fetch(async () => new Response('stored', { headers }))(URL_A)).text();
  await before.close();

  const { events, get, http, network } = await start({ storage });
  let bring;
  const arrived = new Promise((resolve) => (bring = resolve));
  const starting = http.init(
    new Response(
      new ReadableStream({
        pull: async (stream) => {
          await arrived;
          stream.enqueue(wasm);
          stream.close();
        },
      }),
    ),
  );
  assert.deepEqual(await get(), ['body', null]);
  network.isDown = true;
  const offline = get();
  assert.equal(await Promise.race([offline.catch(() => 'failed'), starting, 'waits']), 'waits');
  bring();
  assert.equal((await offline)[0], 'stored');
  await starting;
  assert.deepEqual(
    events.filter(({ type }) => type === 'error'),
    [],
  );
});

test('what is no such module is refused with a typed error, and the next one is taken', async () => {
  const { get, http, network } = await start();
  const core = await readFile(packageFile('core.wasm'));
  const refused = { code: 'ERR_CACHE_WASM' };
  for (const source of [new Uint8Array(8), new Response('no', { status: 404 }), core]) {
    await assert.rejects(http.init(source), refused);
  }
  await assert.rejects(http.init(7), { code: 'ERR_CACHE_INVALID_ARGUMENT' });
  await assert.rejects(http.init(), refused);
  const failing = http.init(new Response('no', { status: 500 }));
  network.isDown = true;
  await assert.rejects(get(), /the network is down/);
  await assert.rejects(failing, refused);
  network.isDown = false;
  await http.init(Promise.resolve(new WebAssembly.Module(wasm)));
  await get();
  assert.match((await get())[1], /;hit;/);
});

test('the other entries may start their own module early', async () => {
  const http = await loadFresh('http.js');
  await http.init();
  const cached = http.createCache().fetch(async () => new Response('x'));
  assert.equal(await (await cached(URL_A)).text(), 'x');
});
