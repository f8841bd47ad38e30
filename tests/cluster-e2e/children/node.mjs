/** A node in a process of its own: says where it listens, and ends with who started it. */
import process from 'node:process';

import { load } from '../../js/lib/package.mjs';

const { CacheNode } = await load('tidecache/cluster');

const { port, ...options } = JSON.parse(process.argv[2]);
const node = new CacheNode(options);
process.on('disconnect', () => process.exit());
process.on('message', () => {
  process.send({ stats: node.getStats(), rssBytes: process.memoryUsage().rss });
});
process.send(await node.listen({ port }));
