/** A real Next.js app, built and started, whose cache handler is ours. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { load, project } from './lib/apps.mjs';
import { run, write } from '../package/lib/project.mjs';

const { TTLCache } = await load('tidecache');
const { nextCacheHandler } = await load('tidecache/next');

/** What the handler is asked goes to standard output, a line a call. */
const HANDLER = `
import { TTLCache } from 'tidecache';
import { nextCacheHandler } from 'tidecache/next';

class CacheHandler extends nextCacheHandler(new TTLCache({ defaultTtl: '1d', maxSize: 1_000 })) {
  async get(key, context) {
    const entry = await super.get(key, context);
    console.log('handler', entry === null ? 'miss' : 'hit', key);
    return entry;
  }
}
export { CacheHandler as default };
`;
const APP = {
  'package.json': '{ "name": "app", "private": true, "type": "module" }',
  'next.config.mjs': `export default {
  cacheHandler: new URL('./handler.mjs', import.meta.url).pathname,
  cacheMaxMemorySize: 0,
};\n`,
  'handler.mjs': HANDLER,
  'app/layout.js': `export default ({ children }) => <html><body>{children}</body></html>;\n`,
  'app/page.js': `export const revalidate = 3600;
export default () => <p>made {Date.now()}</p>;\n`,
  'app/tagged/route.js': `import { unstable_cache } from 'next/cache';
const made = unstable_cache(async () => Math.random(), ['made'], { tags: ['made'] });
export const dynamic = 'force-dynamic';
export const GET = async () => Response.json(await made());\n`,
  'app/expire/route.js': `import { revalidatePath, revalidateTag } from 'next/cache';
export const dynamic = 'force-dynamic';
export const GET = async () => {
  revalidateTag('made', { expire: 0 });
  revalidatePath('/');
  return Response.json('done');
};\n`,
};

const folder = path.join(project, 'next');
const next = path.join(project, 'node_modules/next/dist/bin/next');
const env = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
let server;
let said = '';
let url;

before(async () => {
  await rm(folder, { recursive: true, force: true });
  await write(folder, APP);
  await run(process.execPath, [next, 'build'], { cwd: folder, env, timeoutMs: 300_000 });
  const words = [next, 'start', '--port', '0', '--hostname', '127.0.0.1'];
  server = spawn(process.execPath, words, { cwd: folder, env: { ...process.env, ...env } });
  url = await new Promise((resolve, reject) => {
    const read = (bytes) => {
      said += bytes;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found !== null && said.includes('Ready')) resolve(found[0]);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('exit', () => reject(new Error(said)));
  });
});

after(() => {
  server?.removeAllListeners('exit');
  server?.kill();
});

const text = async (at) => (await fetch(url + at)).text();
const madeAt = async () => Number(/made[^\d]*(\d+)/.exec(await text('/'))[1]);

test('a page is kept, and made anew when its path is revalidated', async () => {
  const first = await madeAt();
  const second = await madeAt();
  assert.equal(await madeAt(), second);
  assert.ok(second >= first);
  assert.match(said, /handler hit .*index/);
  await text('/expire');
  assert.ok((await madeAt()) > second);
});

test('a cached function is kept, and called again when its tag is revalidated', async () => {
  const value = await text('/tagged');
  assert.equal(await text('/tagged'), value);
  await text('/expire');
  const other = await text('/tagged');
  assert.notEqual(other, value);
  assert.equal(await text('/tagged'), other);
});

test('a handler forgets what it is told to, and what is older than its tags', async () => {
  const Handler = nextCacheHandler(new TTLCache());
  const [one, other] = [new Handler({}), new Handler({})];
  assert.equal(await one.get('a'), null);
  const page = { kind: 'APP_PAGE', headers: { 'x-next-cache-tags': 'x,y' } };
  await one.set('a', page, { cacheControl: { revalidate: 60 } });
  await one.set('b', { kind: 'FETCH' }, { tags: ['z'] });
  const found = await other.get('a', { softTags: ['w'] });
  assert.equal(found.value, page);
  assert.deepEqual(found.cacheControl, { revalidate: 60 });
  await other.revalidateTag('y');
  assert.equal(await one.get('a'), null);
  assert.notEqual(await one.get('b'), null);
  await other.revalidateTag(['w', 'z']);
  assert.equal(await one.get('b'), null);
  await one.set('c', { kind: 'FETCH' });
  await one.set('c', null);
  assert.equal(await one.get('c'), null);
});
