/** What the package says in Chromium when it cannot have its module, and that it recovers. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { EXPECTED } from '../package/lib/contract.mjs';
import { makeProject } from '../package/lib/project.mjs';
import { moduleScript } from '../package/lib/scripts.mjs';
import { startChromium } from './lib/browsers.mjs';
import { serve } from './lib/server.mjs';

const FROM = '/node_modules/tidecache';
const BLANK = '<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />';
const POLICIES = {
  '/strict.html': "default-src 'self'; img-src data:",
  '/allowed.html': "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'",
  '/blank.html': undefined,
};

const project = await makeProject('policy', {
  'contract.js': moduleScript({ from: `${FROM}/index.js`, after: 'export { outcome };' }),
});
const server = await serve(project, (pathname) => {
  if (!(pathname in POLICIES)) return undefined;
  const policy = POLICIES[pathname];
  const headers = policy === undefined ? {} : { 'content-security-policy': policy };
  return { body: BLANK, headers };
});
const browser = await startChromium();
after(async () => {
  await browser.close();
  await server.close();
});

/** Runs `work` in a new page at `pathname`, which imports the package from where it is served. */
async function inPage(pathname, work) {
  const page = await browser.newPage();
  try {
    await page.goto(server.url + pathname);
    return await page.evaluate(work, FROM);
  } finally {
    await page.close();
  }
}

test('a page whose policy forbids WebAssembly gets a typed error that names the cure', async () => {
  const errors = await inPage('/strict.html', async (from) => {
    const { CacheError, TTLCache } = await import(`${from}/index.js`);
    const cache = new TTLCache();
    const uses = [() => cache.get('a'), () => cache.set('a', 1), () => cache.sync.get('a')];
    const failures = [];
    for (const use of uses) {
      try {
        failures.push(String(await use()));
      } catch (error) {
        const { code, message, cause } = error;
        failures.push([error instanceof CacheError, code, message, cause?.name]);
      }
    }
    return failures;
  });
  assert.equal(errors.length, 3);
  for (const [isTyped, code, message, cause] of errors) {
    assert.deepEqual([isTyped, code, cause], [true, 'ERR_CACHE_WASM', 'CompileError']);
    assert.match(message, /'wasm-unsafe-eval'/);
  }
});

test("a policy with 'wasm-unsafe-eval' is all that it takes", async () => {
  const outcome = await inPage('/allowed.html', async () => (await import('/contract.js')).outcome);
  assert.deepEqual(outcome, EXPECTED);
});

test('the slim entry says what it lacks, what it was given, and takes the right module', async () => {
  const seen = await inPage('/blank.html', async (from) => {
    const { CacheError, init, TTLCache } = await import(`${from}/slim.js`);
    const cache = new TTLCache();
    const attempts = [
      () => cache.get('a'),
      () => init(`${from}/missing.wasm`),
      () => init('/blank.html'),
      () => init('http://127.0.0.1:1/unreachable.wasm'),
      () => init(new Uint8Array([0, 97, 115, 109])),
      () => init(new URL(`${from}/core.wasm`, location.href)),
      () => init(`${from}/missing.wasm`),
      async () => {
        await cache.set('a', 1);
        return cache.get('a');
      },
    ];
    const results = [];
    for (const attempt of attempts) {
      try {
        results.push((await attempt()) ?? 'done');
      } catch (error) {
        results.push([error instanceof CacheError, error.code, error.message]);
      }
    }
    return results;
  });
  const [nothing, missing, page, unreachable, damaged, ...good] = seen;
  for (const failure of [nothing, missing, page, unreachable, damaged]) {
    assert.deepEqual(failure.slice(0, 2), [true, 'ERR_CACHE_WASM'], String(failure));
  }
  assert.match(nothing[2], /init\(source\)/);
  assert.match(missing[2], /missing\.wasm answered 404/);
  assert.match(unreachable[2], /unreachable\.wasm could not be fetched/);
  // Once there is a module, another init does nothing, whatever it is given.
  assert.deepEqual(good, ['done', 'done', 1]);
});

test('the slim entry takes a Response, bytes and a compiled module', async () => {
  const values = [];
  for (const kind of ['response', 'bytes', 'module']) {
    const page = await browser.newPage();
    await page.goto(`${server.url}/blank.html`);
    const value = await page.evaluate(
      async ([from, kind]) => {
        const { init, TTLCache } = await import(`${from}/slim.js`);
        const response = await fetch(`${from}/core.wasm`);
        const sources = {
          response: () => response,
          bytes: () => response.arrayBuffer(),
          module: async () => WebAssembly.compile(await response.arrayBuffer()),
        };
        await init(await sources[kind]());
        const cache = new TTLCache();
        await cache.set('kind', kind);
        return cache.sync.get('kind');
      },
      [FROM, kind],
    );
    values.push(value);
    await page.close();
  }
  assert.deepEqual(values, ['response', 'bytes', 'module']);
});
