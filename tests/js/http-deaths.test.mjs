/**
 * The files of `tidecache/http`, when their process dies at any of its calls to the disk: before
 * each one, and in the middle of each that writes. Not by chance: every call of every step.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { Disk } from './lib/disk.mjs';
import { load } from './lib/package.mjs';

const { CacheOnly, createCache } = await load('tidecache/http');

const ORIGIN = 'http://origin.test/';
const WRITING = ['appendFile', 'write', 'writeFile'];
/** Long enough for a body that is half there to be told from a whole one. */
const bodyOf = (name, version) => `${name}${version}`.padEnd(3_000, `${version}`);

/** What a cache holds: for each URL the version of its body and of its head, or nothing. */
const STEPS = [
  { does: 'stores', run: (get) => get('a', 1), after: { a: 'a1 1' } },
  { does: 'stores another', run: (get) => get('b', 1), after: { a: 'a1 1', b: 'b1 1' } },
  {
    does: 'replaces',
    run: (get) => get('a', 2, { cache: 'reload' }),
    after: { a: 'a2 2', b: 'b1 1' },
  },
  {
    does: 'updates a head by a 304',
    run: (get) => get('b', 304, { cache: 'no-cache' }),
    after: { a: 'a2 2', b: 'b1 304' },
  },
  // Two fit: which one goes is the policy's; after a death it may be another.
  {
    does: 'evicts',
    run: (get) => get('c', 1),
    after: { b: 'b1 304', c: 'c1 1' },
    mayLack: ['a', 'b'],
  },
  { does: 'purges', run: (_, cache) => cache.purge({ tag: 'c' }), after: { b: 'b1 304' } },
  { does: 'clears', run: (_, cache) => cache.clear(), after: {} },
];

/** Opens the cache over a folder; `get` asks for a URL and is answered with that version. */
function open(directory) {
  const errors = [];
  const cache = createCache({
    storage: { directory },
    maxEntries: 2,
    evictionPolicy: 'lru',
    on: ({ type, reason }) => type === 'error' && errors.push(reason),
  });
  let version = 0;
  const headers = () => ({ 'cache-control': 'max-age=600', etag: '"e"', 'x-head': `${version}` });
  const fetched = cache.fetch(async ({ url }) => {
    const name = url.slice(ORIGIN.length);
    if (version === 304) return new Response(null, { status: 304, headers: headers() });
    const tagged = { ...headers(), 'cache-tag': name };
    return new Response(bodyOf(name, version), { headers: tagged });
  });
  const get = async (name, answered, init) => {
    version = answered;
    await (await fetched(ORIGIN + name, init)).text();
    await cache.settled();
  };
  return { cache, get, errors };
}

/** Resolves with what a process that starts now serves, after checking that nothing else is there. */
async function look(directory) {
  const { cache, errors } = open(directory);
  const get = cache.fetch(() => assert.fail('the network is not asked'), new CacheOnly());
  const held = {};
  for (const name of ['a', 'b', 'c']) {
    const response = await get(ORIGIN + name);
    if (response.status === 504) continue;
    const body = await response.text();
    assert.equal(body, bodyOf(name, Number(body[1])), 'the body is whole');
    held[name] = `${body.slice(0, 2)} ${response.headers.get('x-head')}`;
  }
  await cache.close();
  assert.deepEqual(errors, []);
  const bodies = path.join(directory, encodeURIComponent('tidecache/default'), 'bodies');
  assert.equal((await readdir(bodies)).length, Object.keys(held).length, 'no body is nobody’s');
  return held;
}

/** Whether what is held is the state before a step or the one after it, URL by URL. */
function assertOldOrNew(held, before, { after, mayLack = [] }, where) {
  for (const name of ['a', 'b', 'c']) {
    const allowed = [before[name], after[name], ...(mayLack.includes(name) ? [undefined] : [])];
    assert.ok(allowed.includes(held[name]), `${name} is ${held[name]}: ${where}`);
  }
}

/** Runs the steps until the disk dies or they are done; resolves with the step it died in. */
async function live(directory, disk) {
  const { cache, get } = open(directory);
  for (const [at, step] of STEPS.entries()) {
    const work = (async () => {
      await step.run(get, cache);
      await cache.settled();
    })();
    await Promise.race([work, disk.died]);
    if (disk.isDead) return at;
  }
  await cache.close();
  return STEPS.length;
}

for (const way of ['die', 'half']) {
  const when = way === 'die' ? 'before each call' : 'in the middle of each write';
  test(`a death ${when} leaves the old or the new`, { timeout: 120_000 }, async (t) => {
    const root = await mkdtemp(path.join(tmpdir(), 'tidecache-deaths-'));
    t.after(() => rm(root, { recursive: true, force: true }));
    const diedIn = new Set();
    let deaths = 0;
    for (let fatal = 1; ; fatal++) {
      const directory = path.join(root, `${fatal}`);
      let counted = 0;
      const disk = new Disk(directory, (_, name) => {
        if (way === 'die' || WRITING.includes(name)) counted += 1;
        return counted === fatal ? way : undefined;
      });
      let at;
      try {
        at = await live(directory, disk);
      } finally {
        await disk.restore();
      }
      if (at === STEPS.length) break;
      deaths += 1;
      diedIn.add(STEPS[at].does);
      const where = `call ${fatal}, ${disk.calls.at(-1)}, while it ${STEPS[at].does}`;
      // The dead process may still hold the folder: its successor has a copy.
      const copy = `${directory}-copy`;
      await cp(directory, copy, { recursive: true, force: true }).catch(() => undefined);
      const held = await look(copy);
      assertOldOrNew(held, STEPS[at - 1]?.after ?? {}, STEPS[at], where);
      // The same once more: the restart itself has changed nothing.
      assert.deepEqual(await look(copy), held, where);
      const next = open(copy);
      await next.get('a', 7, { cache: 'reload' });
      await next.cache.close();
      assert.equal((await look(copy)).a, 'a7 7', where);
    }
    assert.deepEqual(
      [...diedIn],
      STEPS.map(({ does }) => does),
      'it died in every step',
    );
    assert.ok(deaths >= (way === 'die' ? 25 : 10), `${deaths} deaths`);
    console.log(`# ${deaths} deaths ${when}`);
  });
}
