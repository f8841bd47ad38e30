/** The files of `tidecache/http` on a disk that is full, or that may not be written. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

import { Disk } from './lib/disk.mjs';
import { load } from './lib/package.mjs';

const { CacheOnly, createCache } = await load('tidecache/http');

const ORIGIN = 'http://origin.test/';
const bodyOf = (name) => name.padEnd(5_000, name);
const failure = (code) => Object.assign(new Error(`${code}: the disk says so`), { code });

/** A cache over a disk of which `decide` says what becomes of a call. */
async function start(t, decide, options = {}) {
  const root = await mkdtemp(path.join(tmpdir(), 'tidecache-disk-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const directory = path.join(root, 'cache');
  const disk = new Disk(directory, decide);
  t.after(() => disk.restore());
  const events = [];
  const open = () =>
    createCache({ storage: { directory }, on: (event) => events.push(event), ...options });
  const cache = open();
  const asked = [];
  const fetched = cache.fetch(async ({ url }) => {
    asked.push(url.slice(ORIGIN.length));
    return new Response(bodyOf(url.slice(ORIGIN.length)), {
      headers: { 'cache-control': 'max-age=600' },
    });
  });
  const get = async (name) => {
    const body = await (await fetched(ORIGIN + name)).text();
    assert.equal(body, bodyOf(name), 'the response is whole, whatever the disk does');
    await cache.settled();
  };
  const bodies = () =>
    readdir(path.join(directory, encodeURIComponent('tidecache/default'), 'bodies'));
  /** Resolves with what a process that starts now finds of these. */
  const found = async (...names) => {
    const read = open().fetch(() => assert.fail('not asked'), new CacheOnly());
    const all = await Promise.all(names.map((name) => read(ORIGIN + name)));
    return names.filter((_, at) => all[at].status === 200);
  };
  const told = (type) => events.filter((event) => event.type === type);
  return { asked, bodies, cache, found, get, told };
}

test('a full disk makes room, and tries once more', async (t) => {
  let isFull = false;
  const decide = (_, name) => {
    if (name === 'rm') isFull = false;
    return isFull && name === 'write' ? failure('ENOSPC') : undefined;
  };
  const { asked, bodies, found, get, told } = await start(t, decide);
  for (const name of ['a', 'b', 'c']) await get(name);
  isFull = true;
  await get('d');
  assert.deepEqual(
    told('quota').map(({ error }) => error.code),
    ['ENOSPC'],
  );
  assert.ok(told('evicted').length > 0);
  assert.deepEqual(told('error'), []);
  await get('d');
  assert.deepEqual(asked, ['a', 'b', 'c', 'd'], 'it was stored after all');
  assert.deepEqual(await found('d'), ['d']);
  assert.equal((await bodies()).length, 4 - told('evicted').length);
});

test('a disk that stays full stores nothing, and fails nobody', async (t) => {
  let isFull = false;
  const decide = (_, name) =>
    isFull && ['write', 'appendFile', 'writeFile'].includes(name) ? failure('ENOSPC') : undefined;
  const { asked, cache, get, told } = await start(t, decide);
  await get('a');
  isFull = true;
  for (const name of ['b', 'c', 'b']) await get(name);
  assert.deepEqual(asked, ['a', 'b', 'c', 'b']);
  assert.ok(told('quota').length > 0);
  assert.ok(told('error').some(({ error }) => error.code === 'ENOSPC'));
  assert.ok(told('refused').some(({ reason }) => /no room/.test(reason)));
  isFull = false;
  await get('c');
  await get('c');
  assert.deepEqual(asked, ['a', 'b', 'c', 'b', 'c'], 'it stores again once there is room');
  assert.equal(cache.stats().entries > 0, true);
});

test('a record that is not written is an entry that is not there', async (t) => {
  let fails = false;
  const decide = (_, name) => (fails && name === 'appendFile' ? failure('ENOSPC') : undefined);
  const { bodies, found, get, told } = await start(t, decide);
  await get('a');
  fails = true;
  await get('b');
  assert.ok(told('error').some(({ error }) => error.code === 'ENOSPC'));
  fails = false;
  await get('c');
  assert.equal((await bodies()).length, 2);
  assert.deepEqual(await found('a', 'b', 'c'), ['a', 'c']);
});

for (const code of ['EACCES', 'EROFS', 'EMFILE']) {
  test(`${code} for a body is told, and the response goes on`, async (t) => {
    const decide = (_, name) => (name === 'open' ? failure(code) : undefined);
    const { asked, get, told } = await start(t, decide);
    await get('a');
    await get('a');
    assert.deepEqual(asked, ['a', 'a']);
    assert.ok(told('error').every(({ error }) => error.code === code));
    assert.equal(told('error').length, 2);
    assert.equal(told('refused').length, 2);
  });
}

test('a folder that may not be made is told, and memory takes its place', async (t) => {
  const decide = (_, name) => (name === 'mkdir' ? failure('EACCES') : undefined);
  const { asked, get, told } = await start(t, decide);
  await get('a');
  await get('a');
  assert.deepEqual(asked, ['a']);
  assert.deepEqual(
    told('error').map(({ error }) => error.code),
    ['EACCES'],
  );
});
