/** A client in a worker thread: asks the node on its parent port, and says what it heard. */
import { parentPort, workerData } from 'node:worker_threads';

import { commands, replies } from '../lib/resp.mjs';

parentPort.on('message', ({ tidecache: frame }) => {
  if (frame !== null) {
    parentPort.postMessage({ heard: replies(frame) });
  }
});
parentPort.postMessage({ tidecache: commands(...workerData) });
