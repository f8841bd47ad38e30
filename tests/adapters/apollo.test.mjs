/** A real Apollo server with its response cache and persisted queries over our cache. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { load, project } from './lib/apps.mjs';
import { write } from '../package/lib/project.mjs';

await write(project, {
  'plugin.mjs': "export { default as plugin } from '@apollo/server-plugin-response-cache';\n",
});
const { TTLCache } = await load('tidecache');
const { apolloCache } = await load('tidecache/apollo');
const { ApolloServer } = await load('@apollo/server');
const { startStandaloneServer } = await load('@apollo/server/standalone');
const { plugin } = await load('./plugin.mjs');

const typeDefs = `
  type Query {
    now: Int @cacheControl(maxAge: 60)
    always: Int
  }
  directive @cacheControl(maxAge: Int) on FIELD_DEFINITION | OBJECT
`;

test('Apollo keeps responses and persisted queries in the cache', async () => {
  let [now, calls] = [1_000_000, 0];
  const cache = new TTLCache({ maxSize: 100, clock: { now: () => now } });
  const count = () => ++calls;
  const server = new ApolloServer({
    typeDefs,
    resolvers: { Query: { now: count, always: count } },
    cache: apolloCache(cache),
    plugins: [plugin()],
  });
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
  const ask = async (body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  };
  try {
    assert.deepEqual((await ask({ query: '{ now }' })).data, { now: 1 });
    assert.deepEqual((await ask({ query: '{ now }' })).data, { now: 1 });
    assert.deepEqual((await ask({ query: '{ always }' })).data, { always: 2 });
    assert.deepEqual((await ask({ query: '{ always }' })).data, { always: 3 });
    now += 61_000;
    assert.deepEqual((await ask({ query: '{ now }' })).data, { now: 4 });

    const query = '{ always now }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const [error] = (await ask({ extensions })).errors;
    assert.equal(error.extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
    assert.ok((await ask({ query, extensions })).data.always > 4);
    assert.ok((await ask({ extensions })).data.always > 4);
  } finally {
    await server.stop();
  }
});

test('TTLs of every kind mean what Apollo says', async () => {
  let now = 1_000_000;
  const cache = apolloCache(new TTLCache({ defaultTtl: '1h', clock: { now: () => now } }));
  await cache.set('seconds', 'a', { ttl: 10 });
  await cache.set('default', 'b');
  await cache.set('for ever', 'c', { ttl: null });
  await cache.set('never', 'd');
  await cache.set('never', 'd', { ttl: 0 });
  const held = () => Promise.all(['seconds', 'default', 'for ever', 'never'].map(cache.get));
  assert.deepEqual(await held(), ['a', 'b', 'c', undefined]);
  now += 10_000;
  assert.deepEqual(await held(), [undefined, 'b', 'c', undefined]);
  now += 3_600_000;
  assert.deepEqual(await held(), [undefined, undefined, 'c', undefined]);
  assert.equal(await cache.delete('for ever'), true);
});
