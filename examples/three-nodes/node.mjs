/**
 * One node of the cluster, a process of its own:
 *
 *     CACHE_TOKEN=secret node examples/three-nodes/node.mjs ID PORT
 */
import process from 'node:process';

// In a program of yours: from 'tidecache/cluster'. To listen for WebSockets Node takes `ws`, too.
import { CacheNode } from '../../pkg/cluster.js';

const [id, port = '0'] = process.argv.slice(2);
const node = new CacheNode({ id, tokens: [process.env.CACHE_TOKEN] });
const { url } = await node.listen({ port: Number(port) });

if (process.send === undefined) {
  console.log(`node ${id} listens at ${url}; Ctrl-C ends it`);
} else {
  // Started by main.mjs: says where it is, and ends with it.
  process.send(url);
  process.on('disconnect', () => process.exit());
}
