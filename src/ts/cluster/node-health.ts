/** How the nodes are, and whether enough of them are there. */

import type { ClientCore } from '../../../target/wasm/client/client.js';
import type { Failure } from './failure.js';
import { CAUSES } from './told.js';
import type { NodeHealth } from './types.js';

/** Somebody who waits for enough nodes. */
interface Waiting {
  readonly since: number;
  readonly until: number;
  resolve(): void;
  reject(failure: Failure): void;
}

/** What is known of all nodes. */
export interface Health {
  /** When those that are up will take every write; 0 if they do. */
  readonly warmAt: number;
  readonly nodes: (NodeHealth & { readonly cause: (typeof CAUSES)[number] })[];
}

/** Tells a node's id and its state. */
export type Tell = (id: string, state: NodeHealth['state']) => void;

const STATES = ['up', 'suspect', 'down'] as const;

/** The numbers of each node. */
const FIELDS = 3;

/** Asks the module. */
export function healthOf(core: ClientCore, ids: readonly string[], now: number): Health {
  const numbers = core.health(now, Date.now());
  const nodes = ids.map((id, node) => {
    const [state, cause, rttMs] = numbers.subarray(1 + node * FIELDS);
    return { id, state: STATES[state!]!, rttMs: rttMs!, cause: CAUSES[cause!]! };
  });
  return { warmAt: numbers[0]!, nodes };
}

/** Who is told when a node is up, suspect or down. */
export class NodeWatch {
  #tell: Tell | undefined;
  #states: string[] = [];

  get isOpen(): boolean {
    return this.#tell !== undefined;
  }

  /** Tells of changes from now on. */
  begin(tell: Tell, { nodes }: Health): void {
    this.#tell = tell;
    this.#states = nodes.map(({ state }) => state);
  }

  /** There are other nodes now, and that is no change of any of them. */
  forget(): void {
    this.#states = [];
  }

  /** Returns what tells of each change. */
  look({ nodes }: Health): (() => void)[] {
    const before = this.#states;
    this.#states = nodes.map(({ state }) => state);
    return nodes
      .filter(({ state }, node) => (before[node] ?? state) !== state)
      .map(({ id, state }) => () => {
        this.#tell?.(id, state);
      });
  }
}

/** Those who wait for enough nodes. */
export class Arrivals {
  #waiting: Waiting[] = [];

  get isOpen(): boolean {
    return this.#waiting.length > 0;
  }

  /** Adds somebody, who waits `timeoutMs` at most. */
  add(resolve: Waiting['resolve'], reject: Waiting['reject'], timeoutMs: number): void {
    const since = performance.now();
    this.#waiting.push({ resolve, reject, since, until: since + timeoutMs });
  }

  /** Returns when to look again at the latest. */
  until({ warmAt }: Health): number {
    return Math.min(warmAt || Infinity, ...this.#waiting.map(({ until }) => until));
  }

  /** Returns what tells those who wait that enough nodes are there, or will not be. */
  look(health: Health, needed: number): (() => void)[] {
    const now = performance.now();
    const found = this.#waiting.map((one) => [one, verdict(one, health, needed, now)] as const);
    this.#waiting = found.flatMap(([one, failure]) => (failure === undefined ? [one] : []));
    return found.map(([one, failure]) => () => {
      if (failure === true) {
        one.resolve();
      } else if (failure !== undefined) {
        one.reject(failure);
      }
    });
  }

  /** Takes out all who wait. */
  drain(): Waiting[] {
    return this.#waiting.splice(0);
  }
}

/**
 * Returns whether as many as `needed` nodes are up, and none of those that are has just started, as
 * the failure that there is or `true`; `undefined` if that may still come.
 */
function verdict(
  { since, until }: Waiting,
  { warmAt, nodes }: Health,
  needed: number,
  now: number,
): Failure | true | undefined {
  const silent = nodes.filter(({ state }) => state !== 'up');
  const received = nodes.length - silent.length;
  const isLate = now >= until;
  if (received >= needed) {
    return isLate || warmAt === 0 ? true : undefined;
  }
  const refusals = nodes.filter(({ cause }) => cause === 'auth').length;
  if (!isLate && nodes.length - refusals >= needed) {
    return undefined;
  }
  const causes = silent.map(({ id, cause }) => ({
    node: id,
    state: cause === 'timeout' && !isLate ? ('pending' as const) : cause,
    ms: now - since,
  }));
  return { kind: 'quorum', isWrite: false, required: needed, received, causes };
}
