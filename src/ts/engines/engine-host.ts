/** The servers of an engine as a cache shows them. */

import type { CacheHost } from '../cluster/cache-operations.js';
import { closedError } from '../cluster/failure.js';
import { NodeEvents } from '../cluster/node-events.js';
import type { NodeHealth } from '../cluster/types.js';
import type { EngineStore } from './engine-store.js';

/** Shows servers, and tells of those that have changed whenever it is asked to look. */
export class EngineHost implements CacheHost {
  readonly events = new NodeEvents();
  readonly #store: EngineStore;
  readonly #states = new Map<string, NodeHealth['state']>();
  isClosed = false;

  constructor(store: EngineStore) {
    this.#store = store;
    this.#look(() => undefined);
  }

  nodes(): readonly NodeHealth[] {
    return Object.freeze(this.#store.servers().map((server) => Object.freeze({ ...server })));
  }

  checkOpen(): void {
    if (this.isClosed) {
      throw closedError();
    }
  }

  /** Tells of servers whose state is another than when this looked last. */
  look(): void {
    this.#look((id, state) => {
      this.events.tell(id, state);
    });
  }

  #look(tell: (id: string, state: NodeHealth['state']) => void): void {
    for (const { id, state } of this.#store.servers()) {
      if (this.#states.get(id) !== state) {
        this.#states.set(id, state);
        tell(id, state);
      }
    }
  }
}
