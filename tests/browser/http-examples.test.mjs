/** examples/service-worker in Chromium, as `cargo xtask demo` serves it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';

import { inRoot } from '../package/lib/project.mjs';
import { startChromium } from './lib/browsers.mjs';

const EXAMPLE = 'examples/service-worker/';

/** Serves the playground; port 0 is a new one. */
async function startServer(port = 0) {
  const server = spawn(process.execPath, [inRoot('xtask/js/serve.mjs'), String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(server.stdout), 'line');
  const stop = () => {
    server.kill();
    return once(server, 'close');
  };
  return { url: /http:\/\/\S+/.exec(line)[0] + EXAMPLE, stop };
}

const browser = await startChromium();
after(() => browser.close());

/** Opens the page in a profile of its own, runs `work`, and fails on what the page complains of. */
async function visit(url, work, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said = [];
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    if (!/^data:/.test(request.url()) && !request.url().startsWith(new URL(url).origin)) {
      said.push(request.url());
    }
  });
  try {
    await page.goto(url);
    await shown(page);
    await work(page);
    assert.deepEqual(said, []);
  } finally {
    await context.close();
  }
}

/** Waits until every harbour and where it came from is shown. */
const shown = (page) =>
  page.waitForFunction(
    () =>
      document.querySelectorAll('#harbours svg').length === 4 &&
      document.querySelectorAll('#why tr').length === 4,
  );
const sources = (page) => page.locator('#why td:nth-child(2)').allTextContents();

test('the almanac works without a network, once it was opened', { timeout: 60_000 }, async () => {
  const server = await startServer();
  await visit(server.url, async (page) => {
    const says = (pattern) =>
      page.waitForFunction(
        (source) => new RegExp(source).test(document.querySelector('#why').textContent),
        pattern.source,
      );
    assert.deepEqual(new Set(await sources(page)), new Set(['network']));
    await page.getByRole('button', { name: 'Ask again' }).click();
    await says(/cache, fresh/);
    await page.getByRole('button', { name: 'Forget all tides' }).click();
    await says(/network/);
    await page.reload();
    await shown(page);
    await server.stop();
    await page.reload();
    await shown(page);
    for (const source of await sources(page)) assert.match(source, /^cache/);
    const areDrawn = await page.evaluate(() =>
      [...document.images].every(({ complete, naturalWidth }) => complete && naturalWidth > 0),
    );
    assert.ok(areDrawn, 'the pictures are there');
  });
});

const server = await startServer();
after(() => server.stop());
for (const colorScheme of ['light', 'dark']) {
  for (const width of [320, 800, 1280]) {
    test(`the almanac fits ${width} pixels in ${colorScheme}`, async () => {
      const measure = async (page) => {
        const content = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(content, width);
      };
      await visit(server.url, measure, { colorScheme, viewport: { width, height: 800 } });
    });
  }
}
