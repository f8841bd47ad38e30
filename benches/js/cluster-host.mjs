/** Real nodes for one run: processes with sockets, or threads with ports, and proxies before them. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/**
 * A node that has begun empty takes no older write until the largest drift of clocks has passed: a
 * write before that may be on two nodes of three only, which a read of one notices.
 */
const SETTLE_MS = 600;

const NODE = new URL('cluster-node.mjs', import.meta.url);
const PROXY = new URL('cluster-proxy.mjs', import.meta.url);

/** Returns the classes of the package as it was copied when the benchmark began. */
export const { DistributedCache } = await import(process.env.TIDECACHE_BENCH_CLUSTER);

async function start(script, args) {
  const child = fork(fileURLToPath(script), args);
  const [message] = await once(child, 'message');
  return { child, message };
}

/** The nodes of one run. */
export class Nodes {
  /** Where the nodes are, in their order. */
  addresses = [];
  #children = [];
  #workers = [];
  #options = [];
  #proxy;

  /** Starts `count` nodes, which clients reach by 'ws', 'fetch' or 'port'; they take all writes. */
  static async start(count, { transport = 'ws', ...options } = {}) {
    const nodes = new Nodes();
    const ids = Array.from({ length: count }, (_, at) => `node-${at}`);
    nodes.#options = ids.map((id) => ({ id, ...options }));
    if (transport === 'port') {
      nodes.#workers = nodes.#options.map((workerData) => new Worker(NODE, { workerData }));
      nodes.addresses = nodes.#workers.map((address, at) => ({ address, id: ids[at] }));
    } else {
      await Promise.all(ids.map((_, at) => nodes.restart(at)));
      if (transport === 'fetch') {
        for (const node of nodes.addresses) node.address = node.address.replace(/^ws/, 'http');
      }
    }
    await settled();
    return nodes;
  }

  /** Starts a node, at its former address if it had one. */
  async restart(at) {
    const options = this.#options[at];
    const { child, message } = await start(NODE, [JSON.stringify(options)]);
    options.port = Number(new URL(message.url).port);
    this.#children[at] = child;
    this.addresses[at] = { address: message.url, id: options.id };
  }

  /** Ends a node as if its machine had lost power; resolves when it is gone. */
  async kill(at) {
    const child = this.#children[at];
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Puts a proxy before each node. */
  async hideBehindProxies() {
    const { child, message } = await start(
      PROXY,
      this.#options.map(({ port }) => String(port)),
    );
    this.#proxy = child;
    this.addresses = this.addresses.map(({ id }, at) => ({
      address: `ws://127.0.0.1:${message.ports[at]}`,
      id,
    }));
  }

  /** Makes the answers of the nodes late, each by so many milliseconds. */
  delay(late) {
    this.#proxy.send({ late });
  }

  /** Returns the microseconds of CPU time that the nodes have used; of threads nobody knows. */
  async usage() {
    const usages = this.#children.map(async (child) => {
      const answer = once(child, 'message');
      child.send('usage');
      const [{ usage }] = await answer;
      return usage.user + usage.system;
    });
    return (await Promise.all(usages)).reduce((sum, one) => sum + one, 0);
  }

  /** Ends them all. */
  async stop() {
    for (const child of [...this.#children, this.#proxy]) child?.kill('SIGKILL');
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** Resolves when nodes that have just begun take every write. */
export function settled() {
  return pause(SETTLE_MS);
}

/** Resolves when the client sees all nodes up: before, a write may miss one and be brought later. */
export async function up(cache) {
  await cache.connect();
  while (cache.nodes.some(({ state }) => state !== 'up')) await pause(20);
}
