/** Which policy: the runs, their numbers, and what can be taken along. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { slide, visit, waitForText } from './visit.mjs';

const ended = (page) =>
  page.waitForFunction(() => /^(?:Take|Stay)/.test(document.querySelector('.verdict').textContent));

/** Returns the table: a row a size, the share of misses by the policy's label. */
async function numbers(page) {
  return page.evaluate(() => {
    const [heads, ...rows] = [...document.querySelectorAll('policies-panel tr')].map((row) =>
      [...row.cells].map(({ textContent }) => textContent),
    );
    return rows.map((row) =>
      Object.fromEntries(row.map((text, at) => [heads[at], Number(text.replace(/[ %,]/g, ''))])),
    );
  });
}

test('a loop of ten keys has the misses that can be counted by hand', async () => {
  await visit('policies', async (page) => {
    const lines = ['key', ...Array.from({ length: 1_000 }, (_, at) => `"k${at % 10}",x`)];
    const file = { name: 'loop.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) };
    await page.getByLabel('A file').setInputFiles(file);
    await ended(page);
    await waitForText(page, '.told', /^loop\.csv: 1,000 requests, 10 keys\.$/);
    const rows = await numbers(page);
    assert.deepEqual(
      rows.map(({ room }) => room),
      [1, 2, 3, 5, 8],
    );
    // In a loop that is longer than the cache, LRU and FIFO always miss.
    assert.ok(rows.every(({ LRU, FIFO }) => LRU === 100 && FIFO === 100));
    // Who knows the future keeps a key and misses the nine others, after the first round.
    assert.equal(rows[0].Belady, 90.1);
    for (const row of rows) {
      const least = Math.min(
        ...Object.entries(row)
          .filter(([name]) => name !== 'room')
          .map(([, share]) => share),
      );
      assert.equal(row.Belady, least);
    }
  });
});

test('numbers of 32 bits are the same trace as their text', async () => {
  await visit('policies', async (page) => {
    const ids = Uint32Array.from({ length: 2_000 }, (_, at) => (at * at) % 97);
    const files = [
      { name: 'a.u32', mimeType: 'application/octet-stream', buffer: Buffer.from(ids.buffer) },
      { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from([...ids].join('\n')) },
    ];
    const found = [];
    for (const file of files) {
      await page.getByLabel('A file').setInputFiles(file);
      await page.waitForFunction(
        (name) => document.querySelector('.told').textContent.startsWith(name),
        file.name,
      );
      await ended(page);
      found.push(await numbers(page));
    }
    // Two policies draw at random; the exact ones have to agree.
    const exact = (rows) =>
      rows.map(({ room, Belady, LRU, FIFO, SIEVE }) => [room, Belady, LRU, FIFO, SIEVE]);
    assert.deepEqual(exact(found[0]), exact(found[1]));
  });
});

test('a workload runs, and its numbers can be taken along', async () => {
  await visit('policies', async (page) => {
    await slide(page, 'keys', 20);
    await slide(page, 'requests', 0);
    await page.getByRole('button', { name: 'Run' }).click();
    await ended(page);
    assert.equal((await numbers(page)).length, 8);
    const save = async (name) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name }).click(),
      ]);
      return readFile(await download.path(), 'utf8');
    };
    assert.match(await save('Save as CSV'), /^size,opt,adaptive,w-tinylfu,.*\n\d+,0\.\d/);
    assert.match(await save('Save as SVG'), /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    await page.getByRole('button', { name: 'Copy the address' }).click();
    await page.waitForFunction(() => location.hash.includes('?kind=zipf&keys=20'));
    await page.reload();
    await page.locator('policies-panel').waitFor();
    assert.equal(await page.locator('[name=keys]').inputValue(), '20');
  });
});

test('a run can be cancelled, and says so', async () => {
  await visit('policies', async (page) => {
    await slide(page, 'requests', 100);
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await waitForText(page, '.told', /^Cancelled\.$/);
    await page.waitForTimeout(500);
    await waitForText(page, '.verdict', /^Nothing has run to its end/);
  });
});
