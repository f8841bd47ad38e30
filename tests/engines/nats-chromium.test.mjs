/** Pages in Chromium that reach three real NATS servers by themselves, and Node beside them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { build } from 'esbuild';

import { startChromium } from '../browser/lib/browsers.mjs';
import { serve } from '../browser/lib/server.mjs';
import { inRoot, makeProject } from '../package/lib/project.mjs';
import { load } from '../js/lib/package.mjs';
import { NatsServers } from './lib/nats-servers.mjs';

const { natsEngine } = await load('tidecache/nats');

const STORE = Symbol.for('tidecache.engine');
const PAGE = '<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />';
/** What the page's bundle holds: the package as it is packed, and the client. */
const SCRIPT = `
import { natsEngine } from 'tidecache/nats';
globalThis.open = (options) => {
  const store = natsEngine(options)[Symbol.for('tidecache.engine')];
  globalThis.told = [];
  Object.assign(globalThis, { store });
  return store.watch((key) => globalThis.told.push(key ?? null));
};
`;

let [servers, site, browser] = [];
before(async () => {
  const project = await makeProject('nats-chromium', { 'page.html': PAGE, 'page.mjs': SCRIPT });
  await build({
    bundle: true,
    entryPoints: [path.join(project, 'page.mjs')],
    format: 'iife',
    outfile: path.join(project, 'page.js'),
    nodePaths: [inRoot('node_modules')],
  });
  servers = await NatsServers.start({ count: 3 });
  site = await serve(project);
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  await site?.close();
  await servers?.stop();
});

/** Resolves with a page whose store is open, and which hears of changes. */
async function openPage(options) {
  const page = await browser.newPage();
  await page.goto(`${site.url}/page.html`);
  await page.addScriptTag({ url: '/page.js' });
  await page.evaluate(async (given) => {
    await globalThis.open(given);
  }, options);
  return page;
}

/** A write whose answer a dying server has swallowed is an error; it is repeated, as apps do. */
const put = (page, key, value) =>
  page.evaluate(
    async ([key, value]) => {
      const bytes = new TextEncoder().encode(value);
      const how = { flags: 0, ttlMs: 60_000 };
      for (let tries = 10; ; tries--) {
        try {
          return await globalThis.store.put(key, bytes, how, AbortSignal.timeout(3_000));
        } catch (error) {
          if (tries === 0) throw error;
        }
      }
    },
    [key, value],
  );
const read = (page, key) =>
  page.evaluate(async (key) => {
    const [held] = await globalThis.store.read([key], AbortSignal.timeout(15_000));
    return held && new TextDecoder().decode(held.bytes);
  }, key);

test('two pages and Node share a bucket, also after a server of a page has died', async (t) => {
  const client = { reconnectTimeWait: 100, reconnectJitter: 50 };
  const options = { bucket: 'pages', replicas: 3, client };
  const [one, two] = [
    await openPage({ ...options, servers: servers.urls }),
    await openPage({ ...options, servers: servers.urls }),
  ];
  const store = natsEngine({ ...options, servers: servers.urls })[STORE];
  t.after(() => store.close());

  await put(one, 'ключ', 'from a page');
  assert.equal(await read(two, 'ключ'), 'from a page');
  const [held] = await store.read(['ключ'], AbortSignal.timeout(5000));
  assert.equal(Buffer.from(held.bytes).toString(), 'from a page');
  assert.deepEqual(await two.evaluate(() => globalThis.told), ['ключ']);

  const [{ id }] = await one.evaluate(() => globalThis.store.servers());
  const victim = servers.servers.find(({ name }) => name === id);
  await victim.stop('SIGKILL');
  await put(one, 'after', 'and after a death');
  assert.equal(await read(two, 'after'), 'and after a death');
  assert.equal(await read(one, 'ключ'), 'from a page');
  for (;;) {
    await put(two, 'heard', 'v');
    if (await one.evaluate(() => globalThis.told.includes('heard'))) break;
    await pause(100);
  }
  const told = await one.evaluate(() => globalThis.told);
  assert.ok(told.includes(null), 'a page that lost its connection is told that it did');
  await victim.start();
  await victim.ready();
  assert.equal(await read(two, 'after'), 'and after a death');
});
