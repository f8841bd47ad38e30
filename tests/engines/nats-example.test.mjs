/** The example on NATS to its end, and its page in Chromium beside the program. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { startChromium } from '../browser/lib/browsers.mjs';
import { inRoot } from '../package/lib/project.mjs';

test('the page of the example shares its cache with the program', async (t) => {
  const child = spawn(process.execPath, [inRoot('examples/nats/main.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^open (http:\S+)$/.exec(line)?.[1];
    if (url !== undefined) break;
  }
  assert.ok(url, 'the program has said where the page is');
  const browser = await startChromium();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(() => /Z$/.test(document.getElementById('clock').textContent));
  await page.getByLabel('Note').fill('from the page');
  await page.getByRole('button').click();
  await page.waitForFunction(
    () => document.getElementById('stored').textContent === 'from the page',
  );
  const second = await browser.newPage();
  await second.goto(url);
  await second.waitForFunction(
    () => document.getElementById('stored').textContent === 'from the page',
  );
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
});
