/** `tidecache/cluster` in Firefox: nodes in workers of a page, and real nodes over the network. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';

import * as ws from 'ws';

import { matrix } from '../package/lib/matrix.mjs';
import { startFirefox } from './lib/browsers.mjs';
import { loseWorker, makeClusterSite } from './lib/cluster.mjs';
import { serve } from './lib/server.mjs';
import { PACKAGE } from './lib/site.mjs';

const project = await makeClusterSite('cluster-firefox');
const entry = path.join(project, 'node_modules/tidecache/cluster.js');
const { CacheNode } = await import(pathToFileURL(entry).href);
const server = await serve(project);
const browser = await startFirefox();
const options = { tokens: ['secret'], origins: [server.url] };
const nodes = ['a', 'b', 'c'].map((id) => new CacheNode({ id, ...options }));
after(async () => {
  await browser.close();
  for (const node of nodes) await node[Symbol.asyncDispose]();
  await server.close();
});

/** Runs `work` in a blank page. */
async function inPage(work, ...args) {
  const page = await browser.newPage();
  try {
    await page.goto(`${server.url}/blank.html`);
    return await page.evaluate(work, ...args);
  } finally {
    await page.close();
  }
}

const version = (await browser.version()).split('/').at(-1);
const row = matrix('cluster-firefox');
const register = (by, check) => row({ runtime: 'Firefox', version, by }, check);

register('a page with a node in each of three workers', async () => {
  const seen = await inPage(loseWorker, PACKAGE);
  assert.deepEqual(seen.failures, []);
  assert.equal(seen.wrong, 0);
  assert.deepEqual(seen.states, ['a up', 'b up', 'c suspect']);
  assert.ok(seen.before > 100 && seen.after > 100, JSON.stringify(seen));
  assert.ok(seen.misses < (seen.before + seen.after) / 100, JSON.stringify(seen));
});

register('a page, by WebSocket to three nodes in Node', async () => {
  const urls = await Promise.all(nodes.map(async (node) => (await node.listen({ ws })).url));
  const use = async (from, options) => {
    const { DistributedCache } = await import(`${from}/cluster.js`);
    const cache = new DistributedCache(options);
    await cache.set('page', new Map([['n', 1n]]));
    const value = (await cache.get('page')).get('n');
    await cache.close();
    const stranger = new DistributedCache({ ...options, token: 'wrong', timeout: '300ms' });
    const states = await stranger.get('page').catch(({ causes }) => causes.map((it) => it.state));
    await stranger.close();
    return [String(value), states.includes('auth')];
  };
  assert.deepEqual(await inPage(use, PACKAGE, { nodes: urls, token: 'secret' }), ['1', true]);
});
