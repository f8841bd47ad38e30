/** `tidecache/cluster` in Chromium: nodes in workers of a page, and real nodes over the network. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import * as ws from 'ws';

import { matrix } from '../package/lib/matrix.mjs';
import { startChromium } from './lib/browsers.mjs';
import { Cable, loseWorker, makeClusterSite } from './lib/cluster.mjs';
import { serve } from './lib/server.mjs';
import { PACKAGE } from './lib/site.mjs';

const TOKEN = 'open-sesame-said-the-page';

const project = await makeClusterSite('cluster-chromium');
const load = (file) =>
  import(pathToFileURL(path.join(project, 'node_modules/tidecache', file)).href);
const { CacheNode, DistributedCache } = await load('cluster.js');
const server = await serve(project);
const stranger = await serve(project);
const browser = await startChromium();

/** Three nodes that want a token and know one site; clients of Node's, as other clients. */
const nodes = ['a', 'b', 'c'].map(
  (id) => new CacheNode({ id, tokens: [TOKEN], origins: [server.url] }),
);
const urls = [];
for (const node of nodes) urls.push((await node.listen({ ws })).url);
const others = [];

after(async () => {
  await browser.close();
  for (const other of others) await other.close();
  for (const node of nodes) await node[Symbol.asyncDispose]();
  await server.close();
  await stranger.close();
});

/** Runs `work` with a blank page of `site`. */
async function withPage(work, site = server) {
  const page = await browser.newPage();
  try {
    await page.goto(`${site.url}/blank.html`);
    await work(page);
  } finally {
    await page.close();
  }
}

/** Makes a client in a page, which stays there as `cache`. */
function makeClient(page, options, near = false) {
  return page.evaluate(
    async ([from, options, near]) => {
      const { DistributedCache } = await import(`${from}/cluster.js`);
      const { TTLCache } = await import(`${from}/index.js`);
      const more = near ? { near: new TTLCache({ maxSize: 100 }) } : {};
      globalThis.cache = new DistributedCache({ ...options, ...more });
    },
    [PACKAGE, options, near],
  );
}

/** Calls a method of the page's client; returns what comes of it, or what an error says. */
function call(page, method, ...args) {
  return page.evaluate(
    async ([from, method, args]) => {
      const { CacheConnectionError, CacheQuorumError } = await import(`${from}/cluster.js`);
      try {
        return { value: await globalThis.cache[method](...args) };
      } catch (error) {
        if (!(error instanceof CacheQuorumError && error instanceof CacheConnectionError)) {
          return { error: String(error) };
        }
        const { code, causes, cause, message } = error;
        const codes = cause.errors.map((one) => one.code);
        return { code, codes, states: causes.map(({ state }) => state), message };
      }
    },
    [PACKAGE, method, args],
  );
}

const row = matrix('cluster-chromium');
const register = (by, check) => row({ runtime: 'Chromium', version: browser.version(), by }, check);

register('a page with a node in each of three workers', () =>
  withPage(async (page) => {
    const seen = await page.evaluate(loseWorker, PACKAGE);
    assert.deepEqual(seen.failures, []);
    assert.equal(seen.wrong, 0);
    assert.deepEqual(seen.states, ['a up', 'b up', 'c suspect']);
    assert.ok(seen.before > 100 && seen.after > 100, JSON.stringify(seen));
    assert.ok(seen.misses < (seen.before + seen.after) / 100, JSON.stringify(seen));
  }),
);

register('a page, by WebSocket to three nodes in Node', () =>
  withPage(async (page) => {
    const session = await page.context().newCDPSession(page);
    const handshakes = { urls: [], offered: [], chosen: [] };
    const header = ({ headers }, name) =>
      Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
    session.on('Network.webSocketCreated', ({ url }) => handshakes.urls.push(url));
    session.on('Network.webSocketWillSendHandshakeRequest', ({ request }) =>
      handshakes.offered.push(header(request, 'sec-websocket-protocol')),
    );
    session.on('Network.webSocketHandshakeResponseReceived', ({ response }) =>
      handshakes.chosen.push(header(response, 'sec-websocket-protocol')),
    );
    await session.send('Network.enable');
    await makeClient(page, { nodes: urls, token: TOKEN });
    assert.deepEqual(await call(page, 'set', 'page', { from: 'a page' }), { value: true });
    assert.deepEqual(await call(page, 'get', 'page'), { value: { from: 'a page' } });
    await page.waitForFunction(() => globalThis.cache.nodes.every(({ state }) => state === 'up'));
    const bearer = Buffer.from(TOKEN).toString('base64url');
    assert.deepEqual(handshakes.urls.sort(), urls.map((url) => `${url}/`).sort());
    assert.deepEqual(handshakes.offered, Array(3).fill(`tidecache.resp3.v1, bearer.${bearer}`));
    assert.deepEqual(handshakes.chosen, Array(3).fill('tidecache.resp3.v1'));
  }),
);

register('a page, by fetch to three nodes in Node', () =>
  withPage(async (page) => {
    const addresses = urls.map((url) => url.replace('ws:', 'http:'));
    await makeClient(page, { nodes: addresses, token: TOKEN });
    assert.deepEqual(await call(page, 'set', 'fetch', [1, null]), { value: true });
    assert.deepEqual(await call(page, 'get', 'fetch'), { value: [1, null] });
  }),
);

const clients = {
  'a module worker': async () => new Worker('/client.js', { type: 'module' }),
  'a module service worker': async () => {
    const { serviceWorker } = navigator;
    const registration = await serviceWorker.register('/client.js', { type: 'module' });
    return registration.installing ?? registration.waiting ?? registration.active;
  },
};
for (const [kind, start] of Object.entries(clients)) {
  register(`${kind}, by WebSocket to three nodes in Node`, () =>
    withPage(async (page) => {
      const answer = await page.evaluate(
        async ([start, options]) => {
          const worker = await new Function(`return (${start})();`)();
          const { port1, port2 } = new MessageChannel();
          worker.postMessage(options, [port2]);
          const { data } = await new Promise((resolve) => (port1.onmessage = resolve));
          const at = data.value?.get('at');
          return { ...data, value: at instanceof Date ? Number(at) : String(at) };
        },
        [String(start), { nodes: urls, token: TOKEN, key: kind }],
      );
      assert.equal(answer.error, undefined);
      assert.equal(answer.value, 0);
      assert.match(answer.scope, kind.includes('service') ? /^ServiceWorker/ : /^Dedicated/);
      assert.ok(answer.states.filter((state) => state === 'up').length >= 2);
    }),
  );
}

for (const [what, protocol] of [
  ['WebSocket', 'ws:'],
  ['fetch', 'http:'],
]) {
  const addresses = urls.map((url) => url.replace('ws:', protocol));

  test(`a page with a wrong token is refused, by ${what}, and told so`, () =>
    withPage(async (page) => {
      await makeClient(page, { nodes: addresses, token: 'wrong' });
      for (const [method, ...args] of [['get', 'k'], ['set', 'k', 1], ['connect']]) {
        const { code, codes, states, message } = await call(page, method, ...args);
        assert.equal(code, 'ERR_CACHE_QUORUM', method);
        assert.ok(states.includes('auth') && codes.includes('ERR_CACHE_AUTH'), `${states}`);
        assert.ok(!message.includes('wrong'), message);
      }
    }));

  test(`a page of another origin is refused, by ${what}, whatever its token`, () =>
    withPage(async (page) => {
      await makeClient(page, { nodes: addresses, token: TOKEN });
      for (const [method, ...args] of [['get', 'k'], ['set', 'k', 1], ['connect']]) {
        const { code, codes, states } = await call(page, method, ...args);
        assert.equal(code, 'ERR_CACHE_QUORUM', method);
        // A browser says nothing more of it than that there is no link.
        assert.ok(states.includes('open') && !states.includes('auth'), `${method}: ${states}`);
        assert.deepEqual(new Set(codes), new Set(['ERR_CACHE_CONNECTION']), method);
      }
    }, stranger));
}

const LIMIT = { timeout: 60_000 };

test('a near copy is dropped when another client writes, deletes and clears', LIMIT, () =>
  withPage(async (page) => {
    const other = new DistributedCache({ nodes: urls, token: TOKEN, WebSocket: ws.WebSocket });
    others.push(other);
    await other.set('near', 1);
    await makeClient(page, { nodes: urls, token: TOKEN }, true);
    const read = async () =>
      (await call(page, 'get', 'near', 'none', { consistency: 'one' })).value;
    const nearHits = async () => (await call(page, 'getStats')).value.nearHits;
    /** Reads until the value is there, and then until it comes from the copy. */
    const settle = async (value) => {
      while ((await read()) !== value);
      for (const before = await nearHits(); (await nearHits()) === before;) {
        assert.equal(await read(), value);
      }
    };
    await settle(1);
    await other.set('near', 2);
    await settle(2);
    await other.delete('near');
    while ((await read()) !== 'none');
    await other.set('near', 3);
    await settle(3);
    await other.clear();
    while ((await read()) !== 'none');
  }),
);

test('a page whose links break says so, and uses them again when they are back', LIMIT, () =>
  withPage(async (page) => {
    const cables = urls.map((url) => new Cable(Number(new URL(url).port)));
    const ports = [];
    for (const cable of cables) ports.push(await cable.plug());
    const addresses = ports.map((port, at) => ({
      id: new URL(urls[at]).host,
      address: `ws://127.0.0.1:${port}`,
    }));
    const states = () => page.evaluate(() => globalThis.cache.nodes.map(({ state }) => state));
    const allAre = (state) =>
      page.waitForFunction(
        (state) => globalThis.cache.nodes.every((node) => node.state === state),
        state,
      );
    try {
      await makeClient(page, { nodes: addresses, token: TOKEN });
      await call(page, 'set', 'link', 'held');
      await allAre('up');

      await cables[0].cut();
      assert.deepEqual(await call(page, 'get', 'link'), { value: 'held' });
      assert.deepEqual(await call(page, 'set', 'link', 'newer'), { value: true });
      await page.waitForFunction(() => globalThis.cache.nodes[0].state === 'down');
      assert.deepEqual((await states()).slice(1), ['up', 'up']);

      await cables[1].cut();
      await cables[2].cut();
      await allAre('down');
      const { code, states: causes } = await call(page, 'get', 'link');
      assert.deepEqual([code, new Set(causes)], ['ERR_CACHE_QUORUM', new Set(['open'])]);

      for (const cable of cables) await cable.plug();
      await allAre('up');
      assert.deepEqual(await call(page, 'get', 'link'), { value: 'newer' });
      assert.deepEqual(await call(page, 'set', 'link', 'newest'), { value: true });
    } finally {
      await page.evaluate(() => globalThis.cache.close());
      for (const cable of cables) await cable.cut();
    }
  }),
);
