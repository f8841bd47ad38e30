/** Clusters for pages: the project that they are served from, and what runs in them. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

import { makeProject } from '../../package/lib/project.mjs';
import { PACKAGE } from './site.mjs';

const BLANK = '<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," />';

/** A node in a worker whose name is its id. */
const NODE = `import { CacheNode } from '${PACKAGE}/cluster.js';
new CacheNode({ id: self.name }).attach(self);
`;

/** A client in a worker or service worker: uses the cache that it is told of, and says what came. */
const CLIENT = `import { DistributedCache } from '${PACKAGE}/cluster.js';
const use = async ({ key, ...options }) => {
  const cache = new DistributedCache(options);
  await cache.set(key, new Map([['at', new Date(0)]]));
  const value = await cache.get(key);
  const states = cache.nodes.map(({ state }) => state);
  await cache.close();
  return { value, states, scope: self.constructor.name };
};
addEventListener('message', ({ data, ports: [port] }) => {
  use(data).catch((error) => ({ error: String(error) })).then((one) => port.postMessage(one));
});
`;

/** Makes the project of that name; its pages are served from its folder. */
export function makeClusterSite(name) {
  return makeProject(name, { 'blank.html': BLANK, 'node.js': NODE, 'client.js': CLIENT });
}

/**
 * Runs in a page: three nodes in workers, 32 visitors who write and read back, each a key of its
 * own, and one worker that is terminated meanwhile. Returns what they saw.
 */
export async function loseWorker(from) {
  const { DistributedCache } = await import(`${from}/cluster.js`);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const workers = ['a', 'b', 'c'].map((name) => new Worker('/node.js', { type: 'module', name }));
  const nodes = workers.map((address, at) => ({ id: 'abc'[at], address }));
  const cache = new DistributedCache({ nodes, readQuorum: 2, writeQuorum: 2 });
  await cache.connect();
  const seen = { failures: [], before: 0, after: 0, misses: 0, wrong: 0, slowestMs: 0 };
  let phase = 'before';
  const visit = async (key) => {
    for (let at = 0; phase !== 'over'; at++) {
      const start = performance.now();
      try {
        await cache.set(key, at);
        const value = await cache.get(key);
        if (value === undefined) seen.misses++;
        else if (value !== at) seen.wrong++;
      } catch (error) {
        seen.failures.push(String(error));
      }
      seen.slowestMs = Math.max(seen.slowestMs, performance.now() - start);
      if (phase !== 'over') seen[phase]++;
    }
  };
  const visitors = Array.from({ length: 32 }, (_, visitor) => visit(`visitor ${visitor}`));
  await pause(800);
  phase = 'after';
  workers[2].terminate();
  await pause(2_000);
  phase = 'over';
  await Promise.all(visitors);
  const states = cache.nodes.map(({ id, state }) => `${id} ${state}`);
  await cache.close();
  for (const worker of workers) worker.terminate();
  return { ...seen, states };
}

/** A way to a port of this machine that can be cut. */
export class Cable {
  #server = createServer((socket) => this.#join(socket));
  #sockets = new Set();
  #to;
  #port = 0;

  constructor(to) {
    this.#to = to;
  }

  /** Resolves with the port to use instead. */
  async plug() {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = this.#server.address().port;
    return this.#port;
  }

  /** Breaks all connections, and lets none in until it is plugged again. */
  async cut() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(near) {
    const far = connect(this.#to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
