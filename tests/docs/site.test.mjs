/**
 * The site of the documentation: it builds, no link is broken, and people can read it in a browser.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { build, site } from '../../xtask/docs/build.mjs';
import { brokenLinks } from '../../xtask/docs/links.mjs';
import { inRoot } from '../../xtask/docs/tools.mjs';
import { startChromium } from '../browser/lib/browsers.mjs';
import { serveFolder } from './serve.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const PAGES = ['index', 'start', 'guides/server', 'cluster', 'benchmarks', 'api/index'];
let browser;
let server;

before(async () => {
  const { count, checked } = await build();
  assert.ok(count > 50 && checked > 1_000, `${count} pages with ${checked} links`);
  server = await serveFolder(site);
  browser = await startChromium();
});

after(async () => {
  await browser?.close();
  server?.close();
});

test('a link, an anchor or a picture that is not there is told, and what comes from elsewhere', async () => {
  const folder = inRoot('target/docs-site/sample');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'index.html'),
    `<h1 id="there">a</h1><a href="#there">a</a><a href="#gone">b</a><a href="/other.html">c</a>
     <img src="picture.svg"><script src="https://elsewhere.example/x.js"></script>
     <a href="https://elsewhere.example/">d</a>`,
  );
  await writeFile(path.join(folder, 'own.css'), '@import "https://elsewhere.example/font.css";');
  const { complaints, checked } = await brokenLinks(folder);
  assert.equal(checked, 6);
  assert.deepEqual(complaints, [
    'index.html: #gone, no anchor',
    'index.html: /other.html is not there',
    'index.html: loads https://elsewhere.example/x.js',
    'index.html: picture.svg is not there',
    'own.css: loads https://elsewhere.example/font.css',
  ]);
});

/** Opens a page; what went wrong on it is collected in `wrong`. */
async function visit(name, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(server.url).host) wrong.push(request.url());
  });
  await page.goto(`${server.url}${name}.html`, { waitUntil: 'networkidle' });
  return { page, wrong, close: () => context.close() };
}

for (const name of PAGES) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${name} reads well in ${colorScheme}, wide and narrow`, async () => {
      for (const width of [1280, 360]) {
        const viewport = { width, height: 800 };
        const { page, wrong, close } = await visit(name, { colorScheme, viewport });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(overflow <= 0, `${overflow} pixels too wide at ${width}`);
        await page.evaluate(AXE);
        const violations = await page.evaluate(async () => {
          // What surrounds the text is the theme's; a table's first heading may be empty.
          const found = await globalThis.axe.run('#VPContent');
          const meant = found.violations.filter(({ impact }) => impact !== 'minor');
          return meant.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
        });
        assert.deepEqual(violations, []);
        assert.deepEqual(wrong, []);
        await close();
      }
    });
  }
}

test('its search finds a page, without a server', async () => {
  const { page, wrong, close } = await visit('start', {});
  await page.keyboard.press('/');
  await page.locator('#localsearch-input').fill('quorum');
  const found = page.locator('.results .result').first();
  await found.waitFor();
  assert.match(await found.innerText(), /quorum|cluster/i);
  await found.click();
  await page.waitForURL(/\.html/);
  assert.deepEqual(wrong, []);
  await close();
});
