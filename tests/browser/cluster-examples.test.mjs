/**
 * examples/three-workers in Chromium: as `cargo xtask demo` serves it, and with the packed package
 * in a project of its own, built by Vite.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';

import * as vite from 'vite';

import { failingLogger } from '../package/lib/bundlers.mjs';
import { inRoot, makeProject } from '../package/lib/project.mjs';
import { startChromium } from './lib/browsers.mjs';
import { serve } from './lib/server.mjs';

const EXAMPLE = 'examples/three-workers';

const demo = spawn(process.execPath, [inRoot('xtask/js/serve.mjs'), '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(createInterface(demo.stdout), 'line');
const served = `${/http:\/\/\S+/.exec(line)[0]}${EXAMPLE}/`;
const browser = await startChromium();
after(async () => {
  await browser.close();
  demo.kill();
});

/** Opens the page, runs `work`, and fails on anything said in the console or asked of others. */
async function visit(url, work, options = {}) {
  const page = await browser.newPage(options);
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin)) said.push(request.url());
  });
  try {
    await page.goto(url);
    await work(page);
    assert.deepEqual(
      said.filter((one) => !one.startsWith('data:')),
      [],
    );
  } finally {
    await page.close();
  }
}

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const number = async (page, id) => Number((await page.textContent(`#${id}`)).replaceAll(',', ''));

/** Waits until the newest line of the log is like this. */
const logged = (page, pattern) =>
  page.waitForFunction(
    (source) => new RegExp(source).test(document.querySelector('#log li')?.textContent ?? ''),
    pattern.source,
  );

/** Waits until this is said of what a node holds. */
const holds = (page, id, text) =>
  page.waitForFunction(
    ([id, text]) => {
      const cards = [...document.querySelectorAll('#nodes li')];
      const card = cards.find((one) => one.querySelector('h3').textContent === `Node ${id}`);
      return card.querySelector('.held').textContent === text;
    },
    [id, text],
    { timeout: 2_000 },
  );

/** Does what a visitor would do to see what the page is for. */
async function tour(page) {
  await logged(page, /two of three can be reached/);
  await page.getByLabel('Value').fill('moin');
  await page.getByLabel('Value').press('Enter');
  await logged(page, /set greeting to "moin": two of three have it/);
  await press(page, 'Read by quorum');
  await logged(page, /get greeting: "moin"/);

  await press(page, 'Start');
  // A thousand is written 1,000, which Number() does not read.
  await page.waitForFunction(() => /[1-9]/.test(document.querySelector('#done').textContent));
  await press(page, 'Terminate c');
  await holds(page, 'c', 'Its worker has ended');
  await press(page, 'Read by quorum');
  await logged(page, /get greeting: "moin"/);

  await press(page, 'Start c anew');
  await logged(page, /node c is back/);
  await page.waitForFunction(() => document.querySelectorAll("[data-state='up']").length === 3);
  await press(page, 'Read by quorum');
  await logged(page, /get greeting: "moin"/);
  // As long as it is new it may let a write pass by.
  for (;;) {
    await press(page, 'Write');
    await logged(page, /set greeting/);
    const isHeld = await holds(page, 'c', 'Holds "moin"').catch(() => undefined);
    if (isHeld !== undefined) break;
  }
  await press(page, 'Stop');
  assert.ok((await number(page, 'done')) > 100);
  assert.deepEqual([await number(page, 'failed'), await number(page, 'wrong')], [0, 0]);

  await press(page, 'Terminate a');
  await press(page, 'Terminate b');
  await press(page, 'Read by quorum');
  await logged(page, /ERR_CACHE_QUORUM, \d of 2 answered: .*a timeout/);
}

test('the three workers do what the page says, as it is served', { timeout: 60_000 }, () =>
  visit(served, tour),
);

test('the three workers do so in a page that Vite has built', { timeout: 60_000 }, async () => {
  const files = {};
  for (const name of await readdir(inRoot(EXAMPLE))) {
    const text = await readFile(inRoot(EXAMPLE, name), 'utf8');
    files[name] = text.replaceAll('../../pkg/cluster.js', 'tidecache/cluster');
  }
  const project = await makeProject('three-workers', files);
  await vite.build({
    build: { outDir: 'dist' },
    configFile: false,
    customLogger: failingLogger(),
    logLevel: 'silent',
    root: project,
  });
  const server = await serve(`${project}/dist`);
  try {
    await visit(`${server.url}/index.html`, tour);
  } finally {
    await server.close();
  }
});

for (const colorScheme of ['light', 'dark']) {
  for (const width of [320, 800, 1280]) {
    test(`the three workers fit ${width} pixels in ${colorScheme}`, async () => {
      const options = { colorScheme, viewport: { width, height: 800 } };
      const measure = async (page) => {
        await logged(page, /two of three can be reached/);
        const content = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(content, width);
      };
      await visit(served, measure, options);
    });
  }
}
