/**
 * A worker that is killed at random moments, `KILLS` times, while it fetches, stores, replaces and
 * evicts. What is served afterwards is always whole, of its own URL, and never older than it says.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';

import { Random, seeds, told } from '../js/lib/random.mjs';
import { startChromium } from './lib/browsers.mjs';
import { startHttpSite } from './lib/http-site.mjs';

const KILLS = Number(process.env.KILLS ?? 50);
const URLS = 24;
const LIFE_MS = 2_000;

const [seed] = seeds(1);
const site = await startHttpSite('http-kills');
const browser = await startChromium();
after(async () => {
  await browser.close();
  await site.close();
});

/** A body that says what it is, when it was made, and by its hash that it is whole. */
function makeBody(path, chance) {
  const text = `${path} ${Date.now()} ${'.'.repeat(chance.below(30_000))}`;
  return `${createHash('sha256').update(text).digest('hex')} ${text}`;
}

/** Fetches URLs until `until`; returns what was wrong, and how much was right. */
async function hammer([until, urls, life, seed]) {
  const outcome = { wrong: [], right: 0, hits: 0, failed: 0 };
  let state = seed;
  const next = (limit) => (state = (Math.imul(state, 1103515245) + 12345) >>> 1) % limit;
  const one = async () => {
    while (Date.now() < until) {
      const path = `/${['data', 'first'][next(2)]}/${next(urls)}`;
      try {
        const asked = Date.now();
        const response = await fetch(path);
        const body = await response.text();
        const [hash, ...words] = body.split(' ');
        const text = new TextEncoder().encode(words.join(' '));
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
        const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
        const isHit = /;hit/.test(response.headers.get('cache-status') ?? '');
        const age = asked - Number(words[1]);
        if (found !== hash || words[0] !== path)
          outcome.wrong.push(`${path}: ${body.slice(0, 90)}`);
        // A second for the origin's Date, which has no parts of one.
        else if (path.startsWith('/data') && age > life + 1_000) {
          outcome.wrong.push(`${path}: ${age} ms old`);
        } else outcome.right += 1;
        if (isHit) outcome.hits += 1;
      } catch {
        outcome.failed += 1;
      }
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  return outcome;
}

const timeout = 60_000 + KILLS * 2_000;
test(
  `${KILLS} kills leave nothing corrupt and nothing older than it says`,
  { timeout },
  async () => {
    const chance = new Random(seed);
    site.answer = (_, response, pathname) => {
      if (!/^\/(data|first)\//.test(pathname)) return false;
      response.writeHead(200, { 'cache-control': `max-age=${LIFE_MS / 1000}` });
      response.end(makeBody(pathname, chance));
      return true;
    };
    const page = await browser.newPage();
    const client = await page.context().newCDPSession(page);
    await client.send('ServiceWorker.enable');
    await page.goto(site.url);
    await page.evaluate(() => globalThis.started);
    const sum = { right: 0, hits: 0, failed: 0 };
    for (let kills = 0; kills < KILLS;) {
      const batch = Math.min(10, KILLS - kills);
      const work = page.evaluate(hammer, [Date.now() + batch * 120, URLS, LIFE_MS, seed + kills]);
      for (let at = 0; at < batch; at++) {
        await page.waitForTimeout(20 + chance.below(120));
        await client.send('ServiceWorker.stopAllWorkers');
      }
      kills += batch;
      const outcome = await work;
      assert.deepEqual(outcome.wrong, [], told(new Error(), `SEED=${seed}`).message);
      for (const name of Object.keys(sum)) sum[name] += outcome[name];
    }
    // What is stored now is whole as well: read once more, by a worker that has just started.
    await client.send('ServiceWorker.stopAllWorkers');
    const last = await page.evaluate(hammer, [Date.now() + 1_000, URLS, LIFE_MS, seed]);
    assert.deepEqual(last.wrong, []);
    assert.ok(sum.right > KILLS && sum.hits > KILLS / 2, JSON.stringify(sum));
    console.log(`# ${KILLS} kills, SEED=${seed}: ${JSON.stringify(sum)}`);
  },
);
