/** Explain a response: the verdicts of a cache that was really asked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { slide, visit, waitForText } from './visit.mjs';

const says = (page, pattern) => page.locator('.verdict').filter({ hasText: pattern }).waitFor();

test('a response is fresh, then served stale, then asked about, as time moves', async () => {
  await visit('response', async (page) => {
    await slide(page, 'later', 10);
    await says(page, /^Served from the cache, fresh/);
    await waitForText(page, '.status', /^200\nCache-Status: tidecache;hit;ttl=59\d/);
    // 725 seconds: over ten minutes, within the five that follow.
    await page.locator('[name=later]').evaluate((field) => {
      field.step = 'any';
      field.value = String((100 * Math.log(725)) / Math.log(31_536_000));
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await says(page, /^Served from the cache, stale/);
    await slide(page, 'later', 60);
    await says(page, /asked whether it still holds, and it does/);
    await waitForText(page, '.asked', /if-none-match: "tide-7"/);
    const rows = await page.locator('response-panel tbody tr').allTextContents();
    assert.deepEqual(rows.slice(0, 3), [
      'fresh0 seconds10 minutes',
      'stale-while-revalidate10 minutes15 minutes',
      'stale-if-error10 minutes1 day',
    ]);
  });
});

test('an origin that is down is stood in for within its window only', async () => {
  await visit('response', async (page) => {
    await slide(page, 'later', 60);
    await page.getByLabel('The origin is down by then').check();
    await says(page, /^Served from the cache, stale/);
    await page.getByLabel('Response', { exact: true }).fill('200 OK\nCache-Control: no-store');
    await says(page, /the request fails/);
    await waitForText(page, '.status', /^no answer$/);
  });
});

test('why something is not stored is said with the section', async () => {
  await visit('response', async (page) => {
    await page.getByLabel('Begin with').selectOption('Must not be stored');
    await says(page, /^Sent to the origin/);
    await waitForText(page, '.reasons', /refused: .*no-store.*\d\.\d/);
  });
});

test('a line that is no header is named', async () => {
  await visit('response', async (page) => {
    await page.getByLabel('Response', { exact: true }).fill('200 OK\nwhat is this');
    await page.getByText('a header line is "Name: value", not "what is this"').waitFor();
  });
});
