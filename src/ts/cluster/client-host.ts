/**
 * The coordinator of a cache: made on first use, because that compiles the module, and closed once.
 */

import { ClusterClient, type ClientStats } from './cluster-client.js';
import type { ClientOptions } from './client-plan.js';
import type { ClusterConfig, Membership } from './cluster-options.js';
import { closedError, errorOf } from './failure.js';
import { clientModule } from './client-module.js';
import { NEAR_COPIES_MAX } from './near.js';
import { NodeEvents } from './node-events.js';
import type { NodeHealth, Transport } from './types.js';

/** A coordinator that is not there before somebody needs it. */
export class ClientHost<V> {
  closed = false;
  readonly events = new NodeEvents();
  readonly #config: ClusterConfig<V>;
  readonly #onDrop: (key: Uint8Array) => void;
  #membership: Membership;
  #client: ClusterClient | undefined;

  constructor(config: ClusterConfig<V>, onDrop: (key: Uint8Array) => void) {
    this.#config = config;
    this.#membership = config.membership;
    this.#onDrop = onDrop;
  }

  /** The nodes of the present epoch. */
  get membership(): Membership {
    return this.#membership;
  }

  /** Returns the coordinator if it can be had at once; {@link ready} has it otherwise. */
  atOnce(): ClusterClient | undefined {
    this.checkOpen();
    return this.#client ?? (clientModule().isReady ? this.#open() : undefined);
  }

  /** Resolves with the coordinator, compiling the module if need be. */
  async ready(): Promise<ClusterClient> {
    await clientModule().start();
    this.checkOpen();
    return this.#client ?? this.#open();
  }

  /** Throws `ERR_CACHE_CLOSED` after {@link close}. */
  checkOpen(): void {
    if (this.closed) {
      throw closedError();
    }
  }

  /** Returns how the nodes are; before the first use nobody knows. */
  nodes(): NodeHealth[] {
    this.checkOpen();
    const unknown = ({ id }: { id: string }): NodeHealth => ({ id, state: 'down', rttMs: 0 });
    return this.#client?.nodes() ?? this.#membership.nodes.map(unknown);
  }

  /** Returns what the coordinator has counted. */
  stats(): Partial<ClientStats> {
    this.checkOpen();
    return this.#client?.stats() ?? {};
  }

  /** Goes over to the nodes of another epoch. */
  async reconfigure(membership: Membership): Promise<void> {
    this.checkOpen();
    const before = this.#membership;
    try {
      // It resolves at once. Whoever reconfigures or closes in this turn finds the new nodes.
      this.#client?.reconfigure(this.#options(membership), linksOf(membership));
    } catch (failure) {
      throw errorOf(failure);
    }
    this.#membership = membership;
    const kept = new Set(transportsOf(membership));
    await dispose(transportsOf(before).filter((transport) => !kept.has(transport)));
  }

  /** Ends everything under way with `ERR_CACHE_CLOSED`, and the links. */
  async close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      const client = this.#client;
      this.#client = undefined;
      client?.close();
      await dispose(transportsOf(this.#membership));
    }
  }

  #open(): ClusterClient {
    const { token } = this.#config;
    const membership = this.#membership;
    const options = this.#options(membership);
    try {
      const client = new ClusterClient(options, linksOf(membership), token, this.#onDrop);
      this.#client = client;
      watchNodes(client, this.events);
      return client;
    } catch (failure) {
      throw errorOf(failure);
    }
  }

  #options({ nodes, epoch, replicas, read, write }: Membership): ClientOptions {
    const { readRepair, hedge, timeout, maxTtl, near } = this.#config;
    return {
      nodes: nodes.map(({ id, weight, zone }) => ({ id, weight, zone })),
      epoch,
      replicas,
      read,
      write,
      readRepair,
      hedge,
      timeoutMs: timeout,
      maxTtlMs: maxTtl,
      near: near === undefined ? 0 : NEAR_COPIES_MAX,
    };
  }
}

/** Has the events told, as soon as somebody listens. */
function watchNodes(client: ClusterClient, events: NodeEvents): void {
  events.onWanted(() => {
    client.watch(tellerOf(events));
  });
}

/** What the module keeps must not know the client, or one that is dropped is never collected. */
function tellerOf(events: NodeEvents): (id: string, state: NodeHealth['state']) => void {
  return (id, state) => {
    events.tell(id, state);
  };
}

function linksOf({ nodes }: Membership): ConstructorParameters<typeof ClusterClient>[1] {
  return nodes.map(({ link }) => link);
}

/** Returns the transports of the caller's. */
function transportsOf({ nodes }: Membership): Transport[] {
  return nodes.flatMap(({ link }) => (link.kind === 'transport' ? [link.transport] : []));
}

/** Gives transports up, whatever they say to that. */
async function dispose(transports: readonly Partial<Transport>[]): Promise<void> {
  await Promise.allSettled(transports.map(async (one) => one[Symbol.asyncDispose]?.()));
}
