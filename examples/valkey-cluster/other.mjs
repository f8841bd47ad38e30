/** Another process with the same cache: does what it is told, and says what came of it. */
import { openCache } from './open.mjs';

const { cache, client } = await openCache(process.argv[2].split(',').map(Number));

process.on('message', async ([method, ...args]) => {
  if (method === 'close') {
    await cache.close();
    client.destroy();
    process.disconnect();
    return;
  }
  process.send(await cache[method](...args));
});
process.send('ready');
