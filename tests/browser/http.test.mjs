/** `tidecache/http` in Chromium: a service worker in front of a real server. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startChromium } from './lib/browsers.mjs';
import { startHttpSite } from './lib/http-site.mjs';

const site = await startHttpSite('http');
const browser = await startChromium();
after(async () => {
  await browser.close();
  await site.close();
});

/** Runs `work` with a page of a profile of its own, its worker in place, and the origin anew. */
async function visit(work) {
  Object.assign(site, { version: '1', before: '', isDown: false, answer: undefined });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await open(page);
    site.asked.length = 0;
    await work(page, context);
  } finally {
    await context.close();
  }
}

/** Opens the site and waits for its worker. */
async function open(page) {
  await page.goto(site.url);
  await page.evaluate(() => globalThis.started);
}

/** Fetches in the page; resolves with what came. */
const get = (page, url, init = {}) =>
  page.evaluate(
    async ([url, init]) => {
      const response = await fetch(url, init);
      const body = init.mode === 'no-cors' ? '' : await response.text();
      const { status, type } = response;
      return { status, type, body, said: response.headers.get('cache-status') };
    },
    [url, init],
  );
const ask = (page) => page.evaluate(() => globalThis.ask('stats'));

/** Ends the worker at once, as a browser does that wants its memory. */
async function killWorkers(page) {
  const client = await page.context().newCDPSession(page);
  await client.send('ServiceWorker.enable');
  await client.send('ServiceWorker.stopAllWorkers');
  await client.detach();
}

test('without a network the page loads again, and what it has seen', () =>
  visit(async (page) => {
    const seen = await get(page, '/data/a');
    await ask(page);
    await killWorkers(page);
    site.isDown = true;
    await page.reload();
    assert.equal(await page.textContent('#version'), '1');
    await page.evaluate(() => globalThis.started);
    const again = await get(page, '/data/a');
    assert.deepEqual([again.body, again.status], [seen.body, 200]);
    assert.match(again.said, /^tidecache;hit;ttl=/);
    await assert.rejects(get(page, '/data/never'), /Failed to fetch/);
    assert.deepEqual(site.asked, ['/data/a']);
  }));

test('a new version of the worker brings its files and removes the old ones', () =>
  visit(async (page) => {
    site.version = '2';
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const changed = new Promise((resolve) =>
        navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
      );
      await registration.update();
      await changed;
    });
    await page.waitForFunction(async () => {
      const { active } = await navigator.serviceWorker.getRegistration();
      return active.state === 'activated';
    });
    site.isDown = true;
    await page.reload();
    assert.equal(await page.textContent('#version'), '2');
    const bodies = await page.evaluate(async () => {
      const cache = await caches.open('tidecache/site/precache');
      return (await cache.keys()).length;
    });
    assert.equal(bodies, 3);
  }));

test('two tabs that ask at once make one request', () =>
  visit(async (page, context) => {
    const other = await context.newPage();
    await open(other);
    site.asked.length = 0;
    const answers = [];
    site.answer = (_, response, pathname) =>
      pathname === '/data/once' &&
      new Promise((resolve) => {
        answers.push(() => {
          response.writeHead(200, { 'cache-control': 'max-age=60' });
          response.end('once');
          resolve(true);
        });
      });
    const asking = [get(page, '/data/once'), get(other, '/data/once'), get(page, '/data/once')];
    await page.waitForTimeout(100);
    for (const answer of answers) answer();
    for (const { body } of await Promise.all(asking)) assert.equal(body, 'once');
    assert.deepEqual(site.asked, ['/data/once']);
  }));

test('two pages that cache by themselves share one request by a lock', () =>
  visit(async (page, context) => {
    const other = await context.newPage();
    site.answer = async (_, response, pathname) => {
      if (pathname !== '/direct/a') return false;
      await page.waitForTimeout(150);
      response.writeHead(200, { 'cache-control': 'max-age=60' });
      response.end('direct');
      return true;
    };
    const fetchCached = async () => {
      const { createCache } = await import('/node_modules/tidecache/http.js');
      const cache = createCache({ name: 'pages' });
      const response = await cache.fetch(fetch)('/direct/a');
      return response.text();
    };
    // Without a worker, which would have a cache of its own.
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).unregister());
    await Promise.all([page, other].map((one) => one.goto(`${site.url}/blank.html`)));
    site.asked.length = 0;
    const texts = await Promise.all([page.evaluate(fetchCached), other.evaluate(fetchCached)]);
    assert.deepEqual(texts, ['direct', 'direct']);
    assert.equal(site.asked.filter((path) => path === '/direct/a').length, 1);
  }));

test('a part is cut from the stored body, as a video asks for it', () =>
  visit(async (page) => {
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, at) => 65 + (at % 26)));
    site.answer = (_, response, pathname) => {
      if (pathname !== '/first/video') return false;
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end(body);
      return true;
    };
    await get(page, '/first/video');
    await ask(page);
    const part = await get(page, '/first/video', { headers: { range: 'bytes=260000-260025' } });
    assert.deepEqual([part.status, part.body], [206, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ']);
    assert.deepEqual(site.asked, ['/first/video']);
  }));

test('opaque responses are refused, unless their route says how many', () =>
  visit(async (page) => {
    site.answer = (_, response, pathname) => {
      if (pathname !== '/refused') return false;
      // Nor shall the browser's own cache keep it.
      response.writeHead(200, { 'cache-control': 'no-store' });
      response.end();
      return true;
    };
    const opaque = (where) => get(page, `${site.other}${where}`, { mode: 'no-cors' });
    assert.equal((await opaque('/refused')).type, 'opaque');
    assert.equal((await opaque('/refused')).type, 'opaque');
    for (const where of ['/allowed/1', '/allowed/2', '/allowed/2', '/allowed/3']) {
      assert.equal((await opaque(where)).type, 'opaque');
      await ask(page);
    }
    await opaque('/allowed/3');
    const { stats } = await ask(page);
    const counts = (path) => site.asked.filter((one) => one === path).length;
    assert.equal(counts('/refused'), 2);
    assert.deepEqual([counts('/allowed/2'), counts('/allowed/3')], [1, 1]);
    assert.ok(stats.bytes > 2_000_000 && stats.bytes < 3_500_000, `${stats.bytes}`);
  }));

test('users of one browser never see what was stored for another', () =>
  visit(async (page) => {
    site.answer = (request, response, pathname) => {
      if (pathname !== '/data/me') return false;
      response.writeHead(200, { 'cache-control': 'private, max-age=60' });
      response.end(request.headers['x-user'] ?? 'nobody');
      return true;
    };
    const as = async (user) => (await get(page, '/data/me', { headers: { 'x-user': user } })).body;
    for (const user of ['ann', 'bob', 'ann', 'bob']) assert.equal(await as(user), user);
    assert.equal((await get(page, '/data/me')).body, 'nobody');
    assert.equal(site.asked.length, 3);
  }));

test('when the browser has no room, responses go on and entries make room', () =>
  visit(async (page, context) => {
    const client = await context.newCDPSession(page);
    const body = Buffer.alloc(400_000, 'x');
    site.answer = (_, response, pathname) => {
      if (!pathname.startsWith('/first/big')) return false;
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end(body);
      return true;
    };
    const { usage } = await client.send('Storage.getUsageAndQuota', { origin: site.url });
    await client.send('Storage.overrideQuotaForOrigin', {
      origin: site.url,
      quotaSize: usage + 2_000_000,
    });
    let isQuota = false;
    for (let at = 0; at < 12; at++) {
      assert.equal((await get(page, `/first/big${at}`)).body.length, body.length);
      const { events, stats } = await ask(page);
      isQuota ||= events.some(([type]) => type === 'quota');
      assert.ok(stats.entries >= 1);
    }
    assert.ok(isQuota, 'the quota was reached');
    await client.send('Storage.overrideQuotaForOrigin', { origin: site.url });
  }));

const withoutDatabase =
  'Object.defineProperty(self, "indexedDB", { get() { throw new Error() } });';
test('without IndexedDB the records are read from the bodies', async () => {
  await visit(async (page) => {
    site.before = withoutDatabase;
    site.version = '3';
    await page.evaluate(async () => {
      for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
      for (const name of await caches.keys()) await caches.delete(name);
    });
    await open(page);
    const seen = await get(page, '/data/a');
    await ask(page);
    await killWorkers(page);
    site.isDown = true;
    await page.reload();
    await page.evaluate(() => globalThis.started);
    assert.equal((await get(page, '/data/a')).body, seen.body);
  });
});

test('records are rebuilt when IndexedDB is lost', () =>
  visit(async (page) => {
    const seen = await get(page, '/data/a');
    await ask(page);
    await killWorkers(page);
    await page.evaluate(async () => {
      for (const { name } of await indexedDB.databases()) {
        await new Promise((resolve) => {
          const request = indexedDB.deleteDatabase(name);
          request.onsuccess = request.onerror = request.onblocked = resolve;
        });
      }
    });
    await killWorkers(page);
    site.isDown = true;
    await page.reload();
    await page.evaluate(() => globalThis.started);
    assert.equal((await get(page, '/data/a')).body, seen.body);
  }));

test('the preload of a navigation is used', () =>
  visit(async (page) => {
    site.answer = (request, response, pathname) => {
      if (pathname !== '/network/page') return false;
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(`<p>${request.headers['service-worker-navigation-preload'] ?? 'none'}</p>`);
      return true;
    };
    await page.goto(`${site.url}/network/page`);
    assert.equal(await page.textContent('p'), 'true');
    assert.equal(site.asked.filter((one) => one === '/network/page').length, 1);
  }));
