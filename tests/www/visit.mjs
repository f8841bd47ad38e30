/**
 * The playground in Chromium, served as `cargo xtask demo` serves it. CHROME names another browser
 * than /usr/bin/chromium.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Longest that a test waits for what it expects to see. */
const WAIT_MS = 15_000;

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

/** Ends the server, as when the network is gone. */
export async function endServer() {
  server.kill();
  await once(server, 'exit');
}

/**
 * Opens the page at a panel's address, runs `work`, and fails on anything said in the console or
 * asked of others.
 */
export async function visit(address, work, { quiet = true, prepare, ...options } = {}) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(WAIT_MS);
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    const asked = request.url();
    if (!/^(?:data|blob):/.test(asked) && !asked.startsWith(url)) said.push(asked);
  });
  try {
    await prepare?.(page);
    await page.goto(`${url}#/${address}`);
    await page.locator('main > *').waitFor();
    const result = await work(page);
    if (quiet) assert.deepEqual(said, []);
    return result;
  } finally {
    await page.close();
  }
}

/** Asserts that axe finds nothing on the page as it is. */
export async function assertAccessible(page) {
  // The page's own policy lets no script in; the debugger's door does.
  const violations = await page.evaluate(async (source) => {
    if (window.axe === undefined) (0, eval)(source);
    const { violations } = await window.axe.run(document);
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 160))]);
  }, AXE);
  assert.deepEqual(violations, []);
}

/** Reaches every control of the page by the Tab key; a group of radio buttons is one stop. */
export async function assertKeyboardReachesAll(page) {
  await page.evaluate(() => {
    const selector = 'a[href], button:enabled, input:enabled, select, textarea, summary';
    const controls = [...document.querySelectorAll(selector)].filter(
      (control) => control.checkVisibility() && control.tabIndex >= 0,
    );
    window.waiting = new Set(
      controls.filter((control) => control.type !== 'radio' || control.checked),
    );
    document.addEventListener('focusin', ({ target }) => window.waiting.delete(target));
    window.presses = window.waiting.size + 10;
  });
  const presses = await page.evaluate(() => window.presses);
  for (let pressed = 0; pressed < presses; pressed++) await page.keyboard.press('Tab');
  const missed = await page.evaluate(() =>
    [...window.waiting].filter((control) => control.isConnected).map(({ outerHTML }) => outerHTML),
  );
  assert.deepEqual(missed, []);
}

/** Sets a slider by its name as a person does, and tells the page. */
export async function slide(page, name, value) {
  await page.locator(`input[name="${name}"]`).fill(String(value));
}

/** Resolves when the text of the element fits `pattern`; rejects if that takes too long. */
export async function waitForText(page, selector, pattern) {
  const fits = ([selector, source]) =>
    new RegExp(source).test(document.querySelector(selector)?.textContent ?? '');
  await page.waitForFunction(fits, [selector, pattern.source]);
}
