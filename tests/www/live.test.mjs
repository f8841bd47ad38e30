/** The live cache: what it counts, what its controls do, and what its table lists. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { slide, visit, waitForText } from './visit.mjs';

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

test('the cache fills, hits are counted and both rates are shown', async () => {
  await visit('live', async (page) => {
    await waitForCount(page, 'evictions', 50);
    assert.ok((await count(page, 'hits')) > 0);
    assert.ok((await count(page, 'misses')) > 0);
    await waitForText(page, '.rate', /^\d+\.\d %$/);
    await waitForText(page, '.byte-rate', /^\d+\.\d %$/);
    await page.locator('.rates summary').click();
    await page.waitForFunction(() => document.querySelector('.rates tbody tr') !== null);
    await page.locator('.held summary').click();
    await page.waitForFunction(() => document.querySelector('.held tbody tr') !== null);
  });
});

test('more room holds more, another policy keeps the entries', async () => {
  await visit('live', async (page) => {
    await waitForCount(page, 'evictions', 50);
    await page.getByRole('button', { name: 'Pause' }).click();
    const held = await count(page, 'items');
    await slide(page, 'size', 45);
    await page.getByLabel('Who leaves when there is no room').selectOption('fifo');
    await waitForText(page, '[data-count="hits"]', /^0$/);
    await waitForCount(page, 'items', Math.ceil(held / 2));
    const kept = await count(page, 'items');
    assert.ok(kept > held / 2 && kept <= held, `${held} entries, then ${kept}`);
    assert.equal(await count(page, 'hits'), 0);
  });
});

test('a short life ends, and the page counts it', async () => {
  await visit('live', async (page) => {
    await slide(page, 'ttl', 0);
    await waitForCount(page, 'expirations', 5);
  });
});

test('scans lower the hit rate of LRU', async () => {
  await visit('live', async (page) => {
    await page.getByLabel('Who leaves when there is no room').selectOption('lru');
    await slide(page, 'scan', 90);
    await waitForCount(page, 'misses', 1_000);
    const rate = (await count(page, 'hits')) / (await count(page, 'misses'));
    assert.ok(rate < 0.25, `${rate}`);
  });
});

test('the table filters, sorts and deletes', async () => {
  await visit('live', async (page) => {
    const first = page.locator('.window tbody tr:first-child');
    await first.getByText('page/1', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Key' }).click();
    await page.waitForFunction(() => {
      return !['page/1', ''].includes(document.querySelector('.window tbody td').textContent);
    });
    assert.equal(await page.locator('th[aria-sort=descending]').count(), 1);
    await page.getByLabel('Only keys with').fill('page/1');
    await page.getByText(/^\d+ listed$/).waitFor();
    await page.waitForFunction(() => {
      const keys = [...document.querySelectorAll('.window tr:not([hidden]) td:first-child')];
      return keys.length > 0 && keys.every((key) => key.textContent.startsWith('page/1'));
    });
    const before = await count(page, 'items');
    const key = await first.locator('td').first().textContent();
    await page.getByRole('button', { name: `Delete ${key}`, exact: true }).click();
    await page.waitForFunction(
      (before) => document.querySelector('[data-count=items]').textContent === `${before - 1}`,
      before,
    );
  });
});

test('a million entries are listed, and the last of them can be reached', async (context) => {
  await visit('live', async (page) => {
    await page.getByLabel('Who leaves when there is no room').selectOption('lru');
    await slide(page, 'keys', 100);
    await slide(page, 'size', 100);
    await slide(page, 'ttl', 9);
    await page.getByRole('button', { name: 'Fill it' }).click();
    await page.waitForFunction(
      () => document.querySelector('[data-count=items]').textContent === '1,000,000',
      undefined,
      { timeout: 60_000 },
    );
    await page.getByText('1,000,000 listed').waitFor({ timeout: 60_000 });
    // What is measured is said and not judged: the machine has other work.
    const { tasks, slow, filling } = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const tasks = [];
          const began = performance.now();
          const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
          observer.observe({ type: 'longtask', buffered: true });
          const frames = [];
          let last = performance.now();
          const frame = (now) => {
            frames.push(now - last);
            last = now;
            if (frames.length < 300) return requestAnimationFrame(frame);
            frames.sort((left, right) => left - right);
            const longest = (some) => Math.max(0, ...some.map(({ duration }) => duration));
            const late = tasks.filter(({ startTime }) => startTime >= began);
            const early = tasks.filter(({ startTime }) => startTime < began);
            resolve({
              tasks: `${late.length} tasks over 50 ms, the longest ${longest(late)} ms`,
              filling: `${early.length} while it filled, the longest ${longest(early)} ms`,
              slow: `95 % of 300 frames within ${frames[285].toFixed(1)} ms`,
            });
          };
          requestAnimationFrame(frame);
        }),
    );
    context.diagnostic(`a million entries under load: ${tasks}; ${slow}; ${filling}`);
    const window = page.locator('.window');
    await window.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await page.waitForFunction(() => {
      const keys = [...document.querySelectorAll('.window tr:not([hidden]) td:first-child')];
      return Number(keys.at(-1)?.textContent.slice(5)) > 900_000;
    });
  });
});
