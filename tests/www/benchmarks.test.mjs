/** Benchmarks: a run in this browser has its numbers and their spread; the record is all there. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { visit, waitForText } from './visit.mjs';

test('a run shows each cell of each contestant with its spread', async () => {
  await visit('benchmarks', async (page) => {
    await page.getByLabel('Entries').selectOption('1000');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('7 rounds;').waitFor({ timeout: 60_000 });
    const table = page.getByRole('table', { name: 'Nanoseconds an operation' });
    const rows = await table.locator('tbody tr').allInnerTexts();
    assert.equal(rows.length, 9);
    for (const row of rows) assert.match(row, /^(?:tidecache|lru-cache).*\t\d+\t\d+ to \d+\t/);
    assert.equal(await page.locator('.bars svg').count(), 3);
  });
});

test('a run can be cancelled', async () => {
  await visit('benchmarks', async (page) => {
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await waitForText(page, '.told', /^Cancelled\.$/);
  });
});

test('every table of docs/benchmarks.md is there', async () => {
  const text = await readFile(new URL('../../docs/benchmarks.md', import.meta.url), 'utf8');
  const tables = text.match(/^\| ?-{2}/gm).length;
  await visit('benchmarks', async (page) => {
    assert.equal(await page.locator('.document table').count(), tables);
    const rows = text.match(/^\|/gm).length - 2 * tables;
    assert.equal(await page.locator('.document tbody tr').count(), rows);
  });
});
