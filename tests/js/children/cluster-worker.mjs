/** A node in a worker thread: what its parent port says, it answers. */
import { parentPort } from 'node:worker_threads';

import { load } from '../lib/package.mjs';

const { CacheNode } = await load('tidecache/cluster');

new CacheNode({ id: 'worker' }).attach(parentPort);
