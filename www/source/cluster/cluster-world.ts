/** The nodes in their workers, the wires to them, and the client of all. */

import { DistributedCache } from 'tidecache/cluster';

import { Relay, type Direction } from './relay';

/** What the sliders say. */
export interface Quorums {
  readonly nodes: number;
  readonly copies: number;
  readonly read: number;
  readonly write: number;
}

/** What has been done to a node. */
export type Fate = 'well' | 'killed' | 'paused' | 'cut off';

/** A node and the ways to it. */
export interface WorldNode {
  readonly id: string;
  fate: Fate;
  worker: Worker;
  relay: Relay;
  /** A client of this node alone, by a wire that nothing is done to: it tells what is held. */
  alone: DistributedCache<number>;
}

const EPOCH = 1;

/** The cluster of one setting of nodes and copies. */
export class World {
  readonly nodes: readonly WorldNode[];
  readonly quorums: Quorums;
  readonly cache: DistributedCache<number>;
  readonly #seen: (id: string, direction: Direction) => void;

  /** Starts all nodes, empty. Throws if the quorums do not overlap; then nothing is started. */
  constructor(quorums: Quorums, seen: (id: string, direction: Direction) => void) {
    this.quorums = quorums;
    this.#seen = seen;
    const ids = Array.from({ length: quorums.nodes }, (_, at) => String.fromCharCode(97 + at));
    const relays = ids.map((id) => this.#relay(id));
    this.cache = new DistributedCache<number>({
      nodes: ids.map((id, at) => ({ id, address: relays[at]!.port })),
      epoch: EPOCH,
      replicationFactor: quorums.copies,
      readQuorum: quorums.read,
      writeQuorum: quorums.write,
      defaultTtl: '10m',
    });
    this.nodes = ids.map((id, at) => this.#start(id, relays[at]!));
  }

  /** Ends a node's worker and its memory with it. */
  async kill(node: WorldNode): Promise<void> {
    node.fate = 'killed';
    node.worker.terminate();
    node.relay.cut();
    await node.alone.close();
  }

  /** Starts a node anew, empty. */
  async restart(node: WorldNode): Promise<void> {
    Object.assign(node, this.#start(node.id, this.#relay(node.id)));
    await this.#rewire();
  }

  /** Holds all messages to and from a node, or lets them go on. */
  setPaused(node: WorldNode, isPaused: boolean): void {
    node.fate = isPaused ? 'paused' : 'well';
    node.relay.isPaused = isPaused;
  }

  /** Cuts the client off from a node, which keeps what it holds. */
  cutOff(node: WorldNode): void {
    node.fate = 'cut off';
    node.relay.cut();
  }

  /** Gives a node that was cut off a new wire. */
  async heal(node: WorldNode): Promise<void> {
    node.relay = this.#relay(node.id);
    node.worker.postMessage('attach', [node.relay.nodePort]);
    node.fate = 'well';
    await this.#rewire();
  }

  /** Ends everything. */
  close(): void {
    void this.cache.close();
    for (const { alone, worker } of this.nodes) {
      void alone.close();
      worker.terminate();
    }
  }

  #relay(id: string): Relay {
    return new Relay((direction) => {
      this.#seen(id, direction);
    });
  }

  #start(id: string, relay: Relay): WorldNode {
    // Written like this, the bundler finds the worker's file.
    const worker = new Worker(new URL('./cluster-node.ts', import.meta.url), {
      type: 'module',
      name: id,
    });
    worker.postMessage('attach', [relay.nodePort]);
    const { port1, port2 } = new MessageChannel();
    worker.postMessage('attach', [port2]);
    const alone = new DistributedCache<number>({ nodes: [{ id, address: port1 }], epoch: EPOCH });
    return { id, fate: 'well', worker, relay, alone };
  }

  /** The same epoch and ids, and new wires: nothing moves, nothing under way is disturbed. */
  async #rewire(): Promise<void> {
    const nodes = this.nodes.map(({ id, relay }) => ({ id, address: relay.port }));
    await this.cache.reconfigure(nodes, EPOCH);
  }
}

/** Returns what holds of these quorums while `missing` nodes cannot be reached. */
export function guarantee({ copies, read, write }: Quorums, missing: number): string {
  const overlap = `Any ${read} of ${copies} nodes that answer a read meet any ${write} that took a
    write, so no hit is older than a write that was acknowledged before the read began.`;
  const spare = (quorum: number): string =>
    copies === quorum ? 'none' : `${copies - quorum} of the ${copies}`;
  if (missing === 0) {
    return `${overlap} Reads go on without ${spare(read)} nodes of a key, writes without
      ${spare(write)}.`;
  }
  const able = (what: string, quorum: number): string =>
    missing <= copies - quorum
      ? `every ${what} still succeeds`
      : `a ${what} fails, and says so, where more than ${copies - quorum} of the ${copies}
        nodes of its key are missing`;
  const word = missing === 1 ? 'One node is' : `${missing} nodes are`;
  return `${word} out of reach: ${able('read', read)}; ${able('write', write)}. ${overlap}`;
}
