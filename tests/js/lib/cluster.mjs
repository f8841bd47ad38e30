/** Real nodes in this process, each behind a real MessageChannel, and clients of them. */
import { setTimeout as pause } from 'node:timers/promises';

import { load } from './package.mjs';

const { CacheNode, DistributedCache } = await load('tidecache/cluster');

/** Nodes that live until `close`; `a`, `b`, `c` unless other names are given. */
export class Cluster {
  /** The nodes by their ids. */
  nodes = new Map();
  #ports = [];
  #clients = [];

  constructor({ ids = ['a', 'b', 'c'], ...options } = {}) {
    for (const id of ids) this.start(id, options);
  }

  /** Starts a node, anew and empty if there was one of that name. */
  start(id, options = {}) {
    const node = new CacheNode({ id, ...options });
    this.nodes.set(id, node);
    return node;
  }

  /** Returns the address of a node: one end of a channel whose other end the node has. */
  address(id) {
    const port = this.silent(id);
    this.nodes.get(id).attach(port.far);
    return port.node;
  }

  /** Returns an address at which nobody answers, and the other end of it. */
  silent(id) {
    const { port1: near, port2: far } = new MessageChannel();
    this.#ports.push(near, far);
    return { near, far, node: { address: near, id } };
  }

  /** Returns a client of all nodes, or of those that `nodes` says. */
  client({ nodes = [...this.nodes.keys()].map((id) => this.address(id)), ...options } = {}) {
    const client = new DistributedCache({ nodes, ...options });
    this.#clients.push(client);
    return client;
  }

  /** Resolves when the nodes are {@link warm}. */
  warm() {
    return warm(this.client());
  }

  /** Ends everything, so that the process can end. */
  async close() {
    for (const client of this.#clients) await client.close();
    for (const port of this.#ports) port.close();
    for (const node of this.nodes.values()) await node[Symbol.asyncDispose]();
  }
}

/** Runs `work` with a cluster of its own. */
export function withCluster(options, work) {
  return async () => {
    const cluster = new Cluster(options);
    try {
      await work(cluster);
    } finally {
      await cluster.close();
    }
  };
}

/**
 * Resolves when the nodes of a client, all of them up, are new no longer: until the largest drift
 * of clocks has passed, each lets nothing in that was drawn before its client knew of it. Nodes
 * that started one after the other become old one after the other, too.
 */
export async function warm(client) {
  for (let at = 0; ; at++) {
    const keys = Array.from({ length: 8 }, (_, key) => `warm:${at}:${key}`);
    await Promise.all(keys.map((key) => client.getOrSet(key, () => at)));
    const all = { consistency: 'all' };
    const found = await Promise.all(keys.map((key) => client.get(key, undefined, all)));
    if (found.every((value) => value === at)) return;
    await pause(20);
  }
}
