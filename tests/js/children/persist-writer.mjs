/** Counts up in a file until it is killed: `node persist-writer.mjs FILE`. Prints what is held. */
import { load } from '../lib/package.mjs';

const { TTLCache } = await load();
const { file } = await load('tidecache/persist');
const [, , name, mode] = process.argv;
const errors = [];
const cache = new TTLCache({ persist: file(name, { delay: 5 }) });
cache.on('error', ({ error }) => errors.push(String(error)));
const start = (await cache.get('count')) ?? 0;
process.stdout.write(`${JSON.stringify({ start, size: cache.size, errors })}\n`);
const filling = 'x'.repeat(20_000);
if (mode === 'once') {
  // The process ends by itself, with nothing written yet.
  await cache.set('count', start + 1);
} else {
  for (let count = start + 1; ; count++) {
    // Always in this order: a state has all three of one count, or the first ones of the next.
    await cache.set('first', { count, filling });
    await cache.set('second', { count });
    await cache.set('count', count);
    if (count % 50 === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      process.stdout.write(`${JSON.stringify({ count, at: Date.now() })}\n`);
    }
  }
}
