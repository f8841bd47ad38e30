/**
 * One node of the cluster under test: a process that listens, or a thread that talks through its
 * own port. It says what it has used so far when it is asked, and ends with its parent.
 */
import { parentPort, workerData } from 'node:worker_threads';

const { CacheNode } = await import(process.env.TIDECACHE_BENCH_CLUSTER);

if (parentPort === null) {
  const { port, ...options } = JSON.parse(process.argv[2]);
  const node = new CacheNode(options);
  const { url } = await node.listen({ port });
  process.on('message', () => process.send({ usage: process.cpuUsage() }));
  process.on('disconnect', () => process.exit());
  process.send({ url });
} else {
  new CacheNode(workerData).attach(parentPort);
}
