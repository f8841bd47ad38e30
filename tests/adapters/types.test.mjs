/** The adapters fit the types that their frameworks publish. */
import test from 'node:test';

import { inRoot, run, write } from '../package/lib/project.mjs';
import { project } from './lib/apps.mjs';

const USES = `
import { ApolloServer } from '@apollo/server';
import { createCache as createManager } from 'cache-manager';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { TTLCache } from 'tidecache';
import { apolloCache } from 'tidecache/apollo';
import { responseCache as fastifyCache } from 'tidecache/fastify';
import { responseCache } from 'tidecache/hono';
import { createCache } from 'tidecache/http';
import { keyvStore } from 'tidecache/keyv';
import { unstorageDriver } from 'tidecache/unstorage';
import { createStorage, type Driver } from 'unstorage';

const cache = new TTLCache();
export const store: KeyvStoreAdapter = keyvStore(cache);
export const manager = createManager({ stores: [new Keyv({ store })] });
export const driver: Driver = unstorageDriver(cache);
export const storage = createStorage({ driver });
export const server = new ApolloServer({
  typeDefs: 'type Query { a: Int }',
  cache: apolloCache(new TTLCache<string>()),
});
const http = createCache({ shared: true });
const app = new Hono<{ Bindings: { name: string } }>();
app.use(responseCache(app, http));
app.use('/api/*', responseCache(app, http));
await fastify().register(fastifyCache, { cache: http });
`;

test('each adapter is what its framework asks for', async () => {
  const compilerOptions = {
    lib: ['ES2022', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
    module: 'NodeNext',
    noEmit: true,
    strict: true,
    target: 'ES2022',
    types: [],
    // The frameworks' declarations are theirs.
    skipLibCheck: true,
  };
  await write(project, {
    'types/uses.mts': USES,
    'types/tsconfig.json': JSON.stringify({ compilerOptions, files: ['uses.mts'] }),
  });
  const compiler = inRoot('node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '--pretty', 'false', '--project', 'types'], {
    cwd: project,
  });
});
