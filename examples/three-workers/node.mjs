/** One node of the cluster, in a worker of the page; the worker's name is its id. */

// In a program of yours: from 'tidecache/cluster'.
import { CacheNode } from '../../pkg/cluster.js';

const node = new CacheNode({ id: self.name });

// Every client talks through a port of its own.
addEventListener('message', ({ data, ports }) => {
  if (data === 'attach') node.attach(ports[0]);
});
