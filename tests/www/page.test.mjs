/**
 * The playground in Chromium, served as `cargo xtask demo` serves it. CHROME names another browser
 * than /usr/bin/chromium.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage'];

let server;
let browser;
let url;

before(async () => {
  const script = fileURLToPath(new URL('../../xtask/js/serve.mjs', import.meta.url));
  server = spawn(process.execPath, [script, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(server.stdout), 'line');
  [url] = /http:\/\/\S+/.exec(line);
  const executablePath = process.env.CHROME ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ARGUMENTS });
});

after(async () => {
  await browser?.close();
  server?.kill();
});

/** Opens the page, runs `work`, and fails on anything said in the console or asked of others. */
async function visit(work, { quiet = true, prepare, ...options } = {}) {
  const page = await browser.newPage(options);
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    if (!/^data:/.test(request.url()) && !request.url().startsWith(url)) said.push(request.url());
  });
  try {
    await prepare?.(page);
    await page.goto(url);
    await work(page);
    if (quiet) assert.deepEqual(said, []);
  } finally {
    await page.close();
  }
}

const count = async (page, name) =>
  Number((await page.textContent(`[data-count="${name}"]`)).replaceAll(',', ''));

/** Waits until a count is above a number; the page draws four times a second. */
async function waitForCount(page, name, above) {
  await page.waitForFunction(
    ([name, above]) => {
      const text = document.querySelector(`[data-count="${name}"]`).textContent;
      return Number(text.replaceAll(',', '')) > above;
    },
    [name, above],
  );
}

const lastLine = (page) => page.textContent('#log li:first-child');

/** Presses a button of the form and returns what the log says of it. */
async function press(page, name) {
  const before = await page.locator('#log li').count();
  await page.getByRole('button', { name, exact: true }).click();
  await page.waitForFunction((before) => {
    return document.querySelectorAll('#log li').length > before;
  }, before);
  return lastLine(page);
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [320, 800, 1280]) {
    test(`the page fits ${width} pixels in ${colorScheme} and the console stays empty`, async () => {
      const options = { colorScheme, viewport: { width, height: 800 } };
      await visit(async (page) => {
        await waitForCount(page, 'hits', 0);
        const content = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(content, width);
      }, options);
    });
  }
}

test('the cache fills, hits are counted and the line is drawn', async () => {
  await visit(async (page) => {
    await waitForCount(page, 'hits', 50);
    assert.ok((await count(page, 'misses')) > 0);
    assert.ok((await count(page, 'items')) <= 200);
    assert.match(await page.getAttribute('#surface', 'd'), /^M[\d.]+ [\d.]+/);
    const rate = Number(await page.textContent('#rate'));
    assert.ok(rate > 0 && rate <= 100, `${rate}`);
    assert.match(await page.textContent('#entries'), /page\/1.*\d s/);
  });
});

test('the calls by hand answer as the package does', async () => {
  await visit(async (page) => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByLabel('Key', { exact: true }).fill('constructor');
    assert.equal(await press(page, 'Get'), 'get("constructor") \u2192 undefined');
    assert.equal(await press(page, 'Set'), 'set("constructor", "hello", "10s") \u2192 true');
    assert.match(await page.textContent('#entries tr:first-child'), /^constructor/);
    assert.equal(await press(page, 'Get'), 'get("constructor") \u2192 "hello"');
    assert.equal(await press(page, 'Delete'), 'delete("constructor") \u2192 true');
    assert.equal(await press(page, 'Clear all'), 'clear() \u2192 undefined');
    await page.waitForFunction(() => {
      return document.querySelector('[data-count="items"]').textContent === '0';
    });
  });
});

test('a key set by hand says when it expires', async () => {
  await visit(async (page) => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('slider', { name: /^Life/ }).press('Home');
    assert.equal(await press(page, 'Set'), 'set("greeting", "hello", "1s") \u2192 true');
    await page.waitForFunction(() => {
      return document.querySelector('#log li').textContent === 'greeting left: expired';
    });
  });
});

test('another policy or room keeps the entries', async () => {
  await visit(async (page) => {
    await waitForCount(page, 'items', 50);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.waitForTimeout(300);
    const held = await count(page, 'items');
    await page.getByRole('radio', { name: 'FIFO' }).check();
    await page.getByRole('slider', { name: /^Room/ }).press('End');
    await page.waitForTimeout(300);
    const kept = await count(page, 'items');
    assert.ok(kept > held / 2 && kept <= held, `${held} entries, then ${kept}`);
    assert.equal(await count(page, 'hits'), 0);
  });
});

test('every control has a name and is reached by the keyboard', async () => {
  await visit(async (page) => {
    const reached = new Set();
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab');
      reached.add(await page.evaluate(() => document.activeElement.outerHTML));
    }
    const controls = await page.locator('button, input:not([type=radio]), :checked').all();
    for (const control of controls) {
      const html = await control.evaluate((element) => element.outerHTML);
      assert.ok(reached.has(html), `not reached: ${html}`);
    }
    const names = await page.evaluate(() =>
      [...document.querySelectorAll('button, input')].map(
        (control) => control.labels?.[0]?.textContent.trim() || control.textContent.trim(),
      ),
    );
    assert.ok(names.every((name) => name !== ''));
  });
});

test('who wants less motion gets a drawing a second', async () => {
  const watch = (page) =>
    page.evaluate(
      () =>
        new Promise((resolve) => {
          let drawings = 0;
          const observer = new MutationObserver(() => drawings++);
          observer.observe(document.getElementById('surface'), { attributes: true });
          setTimeout(() => resolve(drawings), 3_000);
        }),
    );
  await visit(
    async (page) => {
      const drawings = await watch(page);
      assert.ok(drawings >= 1 && drawings <= 4, `${drawings} in three seconds`);
    },
    { reducedMotion: 'reduce' },
  );
});

test('a page that may not compile WebAssembly says what is missing', async () => {
  const prepare = (page) =>
    page.route(url, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(" 'wasm-unsafe-eval'", '');
      await route.fulfill({ response, body });
    });
  await visit(
    async (page) => {
      const text = await page.getByRole('alert').textContent();
      assert.match(text, /ERR_CACHE_WASM.*wasm-unsafe-eval/);
    },
    { prepare, quiet: false },
  );
});
