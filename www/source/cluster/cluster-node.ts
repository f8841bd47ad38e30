/** One node of the cluster, in a worker of the page; the worker's name is its id. */

import { CacheNode } from 'tidecache/cluster';

const node = new CacheNode({ id: self.name });

// Every client talks through a port of its own.
addEventListener('message', ({ data, ports }: MessageEvent<unknown>) => {
  if (data === 'attach') {
    node.attach(ports[0]!);
  }
});
