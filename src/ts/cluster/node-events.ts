/** Who is told when a node is up, suspect or down. */

import { describe, wrongType } from '../errors.js';
import type { DistributedEvents } from './types.js';

type Listener = (payload: DistributedEvents['node']) => void;

/** The listeners of one cache. */
export class NodeEvents {
  readonly #listeners = new Set<Listener>();
  #watch: (() => void) | undefined;

  /** Whether somebody listens. */
  get isWanted(): boolean {
    return this.#listeners.size !== 0;
  }

  /** Has `watch` called once when somebody listens. */
  onWanted(watch: () => void): void {
    this.#watch = watch;
    if (this.isWanted) {
      this.#begin();
    }
  }

  /** Adds a listener and returns what removes it. */
  on(event: keyof DistributedEvents, listener: Listener): () => void {
    if (event !== 'node') {
      throw wrongType(`there is no event ${describe(event)}; the event is 'node'`);
    }
    if (typeof listener !== 'function') {
      throw wrongType(`the listener is ${describe(listener)}; give a function`);
    }
    this.#listeners.add(listener);
    this.#begin();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Tells the listeners; one that throws keeps nothing from the others. */
  tell(id: string, state: DistributedEvents['node']['state']): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(Object.freeze({ id, state }));
      } catch (error) {
        (globalThis as { console?: { error(error: unknown): void } }).console?.error(error);
      }
    }
  }

  #begin(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    watch?.();
  }
}
