/**
 * Reads that end in a hit or in the right to load, shared by those who ask in one turn.
 *
 * Whoever gets the right and has given up by then would keep the whole cluster waiting until it
 * ends by itself; it is given back instead.
 */

import type { Hit, Lease } from './told.js';
import { TurnReads } from './turn-reads.js';

/** A read and those who wait for it. */
interface Shared {
  waiting: number;
}

/** The reads of one client. */
export class LeaseReads {
  readonly #reads = new TurnReads<Hit | Lease>();
  readonly #shared = new WeakMap<Promise<Hit | Lease>, Shared>();
  readonly #giveBack: (key: string, lease: Lease) => void;

  /** `giveBack` is called with a lease that nobody has waited for. */
  constructor(giveBack: (key: string, lease: Lease) => void) {
    this.#giveBack = giveBack;
  }

  /**
   * Settles as `wait` does, which waits for this turn's read of a key, begun by `read` if it is the
   * first.
   */
  async share(
    key: string,
    read: () => Promise<Hit | Lease>,
    wait: (read: Promise<Hit | Lease>) => Promise<Hit | Lease>,
  ): Promise<{ readonly found: Hit | Lease; readonly isFirst: boolean }> {
    const { result, isFirst } = this.#reads.share(key, read);
    let shared = this.#shared.get(result);
    if (shared === undefined) {
      const created = (shared = { waiting: 0 });
      this.#shared.set(result, created);
      result.then(
        (found) => {
          if (created.waiting === 0 && !('value' in found)) {
            this.#giveBack(key, found);
          }
        },
        () => undefined,
      );
    }
    shared.waiting++;
    try {
      return { found: await wait(result), isFirst };
    } catch (error) {
      shared.waiting--;
      throw error;
    }
  }
}
