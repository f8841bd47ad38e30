/** A node in a thread: talks through the thread's own port. */
import { parentPort, workerData } from 'node:worker_threads';

import { load } from '../lib/package.mjs';

const { CacheNode } = await load('tidecache/cluster');

new CacheNode({ id: workerData.id }).attach(parentPort);
