/** `tidecache/slim`: the module is brought by `init`, from anywhere, and wrong ones do no harm. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import test, { after, before } from 'node:test';

import { loadFresh, packageFile } from './lib/package.mjs';

const bytes = new Uint8Array(readFileSync(packageFile('core.wasm')));
/** The shortest valid module there is: it exports nothing. */
const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

const server = createServer((request, response) => {
  const answers = {
    '/core.wasm': () => response.setHeader('content-type', 'application/wasm').end(bytes),
    '/plain': () => response.end(bytes),
    '/page': () => response.setHeader('content-type', 'text/html').end('<p>not found</p>'),
    '/broken': () => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 100), () => response.destroy());
    },
  };
  const answer = answers[request.url] ?? (() => response.writeHead(404).end('nothing here'));
  answer();
});
let origin;

before(
  () =>
    new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        origin = `http://127.0.0.1:${server.address().port}`;
        resolve();
      });
    }),
);
after(() => {
  server.closeAllConnections();
  server.close();
});

/** What the module can be made of, each as a user would write it. */
const SOURCES = {
  bytes: () => bytes,
  'bytes of a larger buffer': () => {
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 10);
    return larger.subarray(10, 10 + bytes.length);
  },
  'a Buffer': () => Buffer.from(bytes),
  'a DataView': () => new DataView(bytes.slice().buffer),
  'an ArrayBuffer': () => bytes.slice().buffer,
  'a Module': () => new WebAssembly.Module(bytes),
  'a URL': () => new URL(`${origin}/core.wasm`),
  'the text of a URL': () => `${origin}/core.wasm`,
  'a URL whose type is not WebAssembly': () => `${origin}/plain`,
  'a Response': () => fetch(`${origin}/core.wasm`),
  'a Response of ours': () => new Response(bytes),
};

for (const file of ['slim.js', 'slim.cjs']) {
  test(`before init, every call says to await it (${file})`, async () => {
    const { CacheError, TTLCache, init } = await loadFresh(file);
    const cache = new TTLCache();
    const asksForInit = (error) => {
      assert.ok(error instanceof CacheError);
      assert.equal(error.code, 'ERR_CACHE_WASM');
      assert.match(error.message, /await init\(source\)/);
      return true;
    };
    await assert.rejects(cache.get('a'), asksForInit);
    await assert.rejects(cache.set('a', 1), asksForInit);
    await assert.rejects(init(), asksForInit);
    assert.throws(() => cache.sync, asksForInit);
    await init(bytes);
    assert.equal(await cache.set('a', 1), true);
    assert.equal(cache.sync.get('a'), 1);
  });
}

for (const [name, source] of Object.entries(SOURCES)) {
  test(`init takes ${name}`, async () => {
    const { TTLCache, init } = await loadFresh('slim.js');
    await init(await source());
    const cache = new TTLCache({ maxSize: 2 });
    cache.sync.set('a', 1);
    await cache.setMany({ b: 2, c: 3 });
    assert.deepEqual([...cache.sync.keys()].sort(), ['b', 'c']);
  });
}

/** What no module can be made of, and what the message says of it. */
const WRONG = {
  'an address that answers 404': [() => `${origin}/absent.wasm`, /404/],
  'an address that answers a page': [() => `${origin}/page`, /does not compile/],
  'an address whose answer breaks off': [() => `${origin}/broken`, /broken/],
  'an address where nobody listens': [() => 'http://127.0.0.1:9/core.wasm', /could not be fetched/],
  'text that is no address': [() => 'core.wasm', /could not be fetched/],
  'wrong bytes': [() => new Uint8Array([1, 2, 3, 4]), /does not compile/],
  'no bytes': [() => new Uint8Array(), /does not compile/],
  'half of the bytes': [() => bytes.subarray(0, bytes.length / 2), /does not compile/],
  'a module of somebody else': [() => empty, /core\.wasm/],
  'a Module of somebody else': [() => new WebAssembly.Module(empty), /core\.wasm/],
  'the module of another version': [() => ofAnotherVersion(), /of version \d+\.\d+\.\d+/],
  'a Response that is not ok': [() => new Response('no', { status: 503 }), /503/],
  'a Response that was read': [readResponse, /./],
};

/** Returns the module as another version has it: its stamp stands at the end. */
function ofAnotherVersion() {
  const other = bytes.slice();
  other[other.length - 1] ^= 1;
  return other;
}

async function readResponse() {
  const response = new Response(bytes);
  await response.arrayBuffer();
  return response;
}

for (const [name, [source, message]] of Object.entries(WRONG)) {
  test(`${name} is ERR_CACHE_WASM, and the right module works afterwards`, async () => {
    const { CacheError, TTLCache, init } = await loadFresh('slim.js');
    const cache = new TTLCache();
    for (let attempt = 0; attempt < 2; attempt++) {
      const wrong = await source();
      await assert.rejects(init(wrong), (error) => {
        assert.ok(error instanceof CacheError, String(error.stack));
        assert.equal(error.code, 'ERR_CACHE_WASM');
        assert.match(error.message, message);
        assert.notEqual(error.cause, undefined, 'the cause is inside');
        return true;
      });
      await assert.rejects(cache.get('a'), { code: 'ERR_CACHE_WASM', message: /init\(source\)/ });
      assert.throws(() => cache.sync, { code: 'ERR_CACHE_WASM', message: /init\(source\)/ });
    }
    await init(bytes);
    await cache.set('a', 1);
    assert.equal(cache.sync.get('a'), 1);
  });
}

test('one failure after the other, and then each source works', async () => {
  const { TTLCache, init } = await loadFresh('slim.js');
  for (const [source] of Object.values(WRONG)) {
    await assert.rejects(init(await source()), { code: 'ERR_CACHE_WASM' });
  }
  await init(new URL(`${origin}/core.wasm`));
  assert.equal(await new TTLCache().set('a', 1), true);
});

test('once init has succeeded, further calls do nothing', async () => {
  const { TTLCache, init } = await loadFresh('slim.js');
  await Promise.all([init(bytes), init(bytes)]);
  const cache = new TTLCache();
  await cache.set('a', 1);
  await init();
  await init(new Uint8Array([1]));
  await init(bytes);
  assert.equal(await cache.get('a'), 1);
});

test('the default entry may be started early, by hand', async () => {
  const { TTLCache, init } = await loadFresh('index.js');
  await init(bytes);
  assert.equal(await new TTLCache().set('a', 1), true);
});
