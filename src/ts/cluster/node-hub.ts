/** What the connections of one node share in JavaScript: the module's part of it, and the timer. */

import { NodeCore, type NodeCounters } from '../../../target/wasm/node/node.js';
import { unref } from '../clock.js';
import { CacheError } from '../errors.js';
import { closedError } from './failure.js';
import { nodeModule } from './node-module.js';
import { Exchange } from './node-exchange.js';
import {
  BROKEN,
  GOING_AWAY,
  KNOWN,
  Link,
  TRY_LATER,
  type Carrier,
  type LinkHome,
} from './node-link.js';
import { randomId, randomWords, type NodeConfig } from './node-options.js';

const CHECK_MS = 1_000;

/** When a node of this program last ended, by the wall clock. */
let endedMs = 0;

/** The connections of one node. */
export class Hub implements LinkHome {
  core: NodeCore | undefined;
  readonly config: NodeConfig;
  #epoch: number;
  #id: string | undefined;
  #closed = false;
  #hasFailed = false;
  #willPush = false;
  readonly #links = new Map<number, Link>();
  /** Links that came before the module, and how they were let in. */
  readonly #early = new Map<Link, number>();
  readonly #exchanges = new Set<Exchange>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(config: NodeConfig) {
    this.config = config;
    this.#epoch = config.settings.epoch;
  }

  /** What tools call the node. Edge workers draw nothing at random before their first request. */
  get id(): string {
    return (this.#id ??= this.config.id ?? randomId());
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Resolves with the module's part, which starts empty with the first use. */
  async start(): Promise<NodeCore> {
    this.checkOpen();
    if (this.core === undefined) {
      await nodeModule().start();
    }
    this.checkOpen();
    return this.core ?? this.#start();
  }

  /** Throws if the node is closed or its module has failed. */
  checkOpen(): void {
    if (this.#closed) {
      throw closedError();
    }
    if (this.#hasFailed) {
      throw new CacheError(
        'ERR_CACHE_WASM',
        'the WebAssembly module of this node has failed, out of memory perhaps; lower maxWeight',
      );
    }
  }

  /** Returns a new connection; it waits for the module if that is not there. */
  open(carrier: Carrier, trust: number): Link {
    const link = new Link(this, carrier);
    if (this.#closed || this.#hasFailed) {
      link.close(GOING_AWAY);
    } else if (this.core === undefined) {
      this.#early.set(link, trust);
      this.start().catch(() => {
        // Whoever calls `start`, `fetch` or `listen` hears why.
        link.close(BROKEN);
      });
    } else {
      this.#admit(this.core, link, trust);
    }
    return link;
  }

  /** Answers commands that came as one body, as far as one frame of replies goes. */
  exchange(core: NodeCore, body: Uint8Array): Exchange | undefined {
    const id = core.open(Date.now(), KNOWN);
    if (id === 0) {
      return undefined;
    }
    const exchange = new Exchange(this, core, id);
    this.#exchanges.add(exchange);
    this.#watch();
    exchange.begin(body);
    return exchange;
  }

  forget(link: Link): void {
    this.#early.delete(link);
    if (this.#links.delete(link.id)) {
      this.#drop(link.id);
    }
  }

  /** Forgets a body that is answered. */
  settle(exchange: Exchange): void {
    if (this.#exchanges.delete(exchange)) {
      this.#drop(exchange.id);
    }
  }

  pushSoon(): void {
    if (!this.#willPush && this.core !== undefined) {
      this.#willPush = true;
      queueMicrotask(() => {
        this.#willPush = false;
        this.#push();
      });
    }
  }

  fail(): void {
    this.#hasFailed = true;
    endedMs = Date.now();
    this.#endAll(BROKEN);
    // Not freed: after a failure nothing of the module may be called.
    this.core = undefined;
  }

  /** Takes another epoch: an empty start, which ends all connections. */
  async restart(epoch: number): Promise<void> {
    this.checkOpen();
    this.#epoch = epoch;
    this.#endAll(GOING_AWAY);
    this.#guard((core) => {
      core.restart(Date.now(), epoch);
    });
    // In this millisecond the node would refuse its own first writes.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Returns what the module has counted. */
  stats(): NodeCounters | undefined {
    this.checkOpen();
    return this.#guard((core) => core.stats());
  }

  /** Ends everything. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#endAll(GOING_AWAY);
      const { core } = this;
      this.core = undefined;
      core?.free();
      endedMs = Date.now();
    }
  }

  #start(): NodeCore {
    const settings = {
      ...this.config.settings,
      id: this.id,
      epoch: this.#epoch,
      random: randomWords(6),
    };
    // A node that starts refuses what an earlier one may have acknowledged: all up to the largest
    // drift from its start. So it starts a millisecond ago unless an earlier one could answer then:
    // for the rest of this millisecond it would refuse its own first writes, too.
    const core = (this.core = new NodeCore(settings, Math.max(Date.now() - 1, endedMs)));
    for (const [link, trust] of this.#early) {
      this.#admit(core, link, trust);
    }
    this.#early.clear();
    return core;
  }

  #admit(core: NodeCore, link: Link, trust: number): void {
    link.id = core.open(Date.now(), trust);
    if (link.id === 0) {
      link.close(TRY_LATER);
      return;
    }
    this.#links.set(link.id, link);
    this.#watch();
    link.pump();
  }

  #push(): void {
    for (;;) {
      const id = this.#guard((core) => core.nextWaiting()) ?? 0;
      if (id === 0) {
        return;
      }
      this.#links.get(id)?.push();
    }
  }

  #drop(id: number): void {
    this.#guard((core) => {
      core.close(id);
    });
    if (this.#links.size === 0 && this.#exchanges.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #watch(): void {
    if (this.#timer !== undefined) {
      return;
    }
    this.#timer = setInterval(() => {
      this.#check();
    }, CHECK_MS);
    unref(this.#timer);
  }

  #check(): void {
    this.#guard(() => {
      for (const link of [...this.#links.values()]) {
        link.check();
      }
    });
    for (const exchange of [...this.#exchanges]) {
      exchange.check();
    }
  }

  #endAll(code: number): void {
    for (const link of [...this.#links.values(), ...this.#early.keys()]) {
      link.close(code);
    }
    for (const exchange of [...this.#exchanges]) {
      exchange.end();
    }
  }

  /** Does something with the module; nothing if it is not there, or fails. */
  #guard<T>(work: (core: NodeCore) => T): T | undefined {
    const { core } = this;
    if (core === undefined || this.#hasFailed) {
      return undefined;
    }
    try {
      return work(core);
    } catch {
      this.fail();
      return undefined;
    }
  }
}
