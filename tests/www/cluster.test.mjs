/** The cluster in the page: what fails, what goes on, what comes back, and that the page says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { slide, visit, waitForText } from './visit.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const newest = (page) => page.locator('.log li').first();

/** Presses a button, and returns what the log says when it says `pattern`. */
async function act(page, name, pattern) {
  await button(page, name).click();
  await newest(page).filter({ hasText: pattern }).waitFor();
  return newest(page).textContent();
}

/** Opens a cluster of three, every key on each node. */
async function openThree(page) {
  await slide(page, 'nodes', 3);
  await page.waitForFunction(() => {
    const cells = [...document.querySelectorAll('.nodes tbody td:nth-child(2)')];
    return cells.length === 3 && cells.every(({ textContent }) => textContent === 'up');
  });
  // In its first half second a node takes no write that it might have to remember.
  await page.waitForTimeout(800);
}

/** Waits until the table says what each node holds. */
async function waitForHeld(page, wanted) {
  await page.waitForFunction((wanted) => {
    const cells = [...document.querySelectorAll('.nodes tbody td:nth-child(3)')];
    return cells.map(({ textContent }) => textContent).join() === wanted;
  }, wanted.join());
}

/** Writes once, whatever came before. */
async function writeFirst(page) {
  await button(page, 'Write').click();
  await newest(page)
    .filter({ hasText: /^write v\d+: / })
    .waitFor();
}

test('a write is on every node, and a read finds it', async () => {
  await visit('cluster', async (page) => {
    await openThree(page);
    await writeFirst(page);
    await waitForHeld(page, ['v1', 'v1', 'v1']);
    assert.match(await act(page, 'Read', /^read: /), /^read: v1, \d+ ms$/);
  });
});

test('without a node reads and writes go on, without two they fail and say why', async () => {
  await visit('cluster', async (page) => {
    await openThree(page);
    await writeFirst(page);
    await waitForHeld(page, ['v1', 'v1', 'v1']);
    await act(page, 'Kill a', /killed/);
    await waitForText(page, '.holds', /^One node is out of reach: every read still/);
    assert.match(await act(page, 'Write', /^write v2/), /: 2 of 3 have it/);
    assert.match(await act(page, 'Read', /^read: /), /^read: v2/);
    await act(page, 'Kill b', /killed/);
    assert.match(await act(page, 'Read', /^read: /), /ERR_CACHE_QUORUM, [01] of 2 answered/);
    await waitForText(page, '.failed', /^1$/);
    await waitForHeld(page, ['no memory', 'no memory', 'v2']);
  });
});

test('a node that was cut off is old, and the hint or a read brings it up to date', async () => {
  await visit('cluster', async (page) => {
    await openThree(page);
    await writeFirst(page);
    await waitForHeld(page, ['v1', 'v1', 'v1']);
    await act(page, 'Cut c', /cut off/);
    await act(page, 'Write', /^write v2: 2 of 3/);
    await waitForHeld(page, ['v2', 'v2', 'v1']);
    await act(page, 'Heal c', /reached again/);
    await act(page, 'Read', /^read: v2/);
    await waitForHeld(page, ['v2', 'v2', 'v2']);
    await waitForText(page, '.wrong', /^0$/);
  });
});

test('a paused node answers late, and goes on', async () => {
  await visit('cluster', async (page) => {
    await openThree(page);
    await writeFirst(page);
    await waitForHeld(page, ['v1', 'v1', 'v1']);
    await act(page, 'Pause b', /paused/);
    assert.match(await act(page, 'Write', /^write v2/), /2 of 3 have it/);
    await waitForHeld(page, ['v2', 'v1', 'v2']);
    await act(page, 'Go on b', /goes on/);
    await act(page, 'Read', /^read: v2/);
    await waitForHeld(page, ['v2', 'v2', 'v2']);
  });
});

test('a node that is started anew is empty, and the next read fills it', async () => {
  await visit('cluster', async (page) => {
    await openThree(page);
    await writeFirst(page);
    await waitForHeld(page, ['v1', 'v1', 'v1']);
    await act(page, 'Kill a', /killed/);
    await act(page, 'Start a', /back, empty/);
    await page.waitForFunction(async () => {
      const read = [...document.querySelectorAll('button')].find(
        ({ textContent }) => textContent === 'Read',
      );
      read.click();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const cells = [...document.querySelectorAll('.nodes tbody td:nth-child(3)')];
      return cells.every(({ textContent }) => textContent === 'v1');
    });
  });
});

test('quorums that do not meet are refused, in words', async () => {
  await visit('cluster', async (page) => {
    await slide(page, 'read', 1);
    await waitForText(page, '.holds', /^There is no such cluster: ERR_CACHE_/);
    await slide(page, 'write', 3);
    await page.getByText('Any 1 of 3 nodes').waitFor();
  });
});

test('messages travel where motion is welcome, and nowhere else', async () => {
  const watch = async (page) => {
    await button(page, 'Keep going').click();
    await page.waitForTimeout(1_500);
    return page.evaluate(async () => {
      let most = 0;
      for (let frame = 0; frame < 90; frame++) {
        most = Math.max(most, document.querySelectorAll('.message').length);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return most;
    });
  };
  assert.ok((await visit('cluster', watch)) > 0);
  assert.equal(await visit('cluster', watch, { reducedMotion: 'reduce' }), 0);
});
