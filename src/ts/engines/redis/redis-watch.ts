/**
 * Changes below a prefix, as every server that takes writes tells of them.
 *
 * Each has a connection of its own for that. While one of them is lost, or a server has come that
 * is not listened to, everything may have changed, again and again until all are listened to.
 */

import { unref } from '../../clock.js';
import type { RedisLink, Tell } from './redis-link.js';

/** How often it is looked whether other servers take writes now. */
const LOOK_MS = 250;

/** The connections of one watcher. */
export class RedisWatch {
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #tell: Tell;
  readonly #ears = new Map<string, () => void>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #isLooking = false;
  #isOver = false;

  constructor(link: RedisLink, prefix: string, tell: Tell) {
    this.#link = link;
    this.#prefix = prefix;
    this.#tell = tell;
  }

  /** Resolves when all servers are listened to, or rejects. */
  async begin(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.end();
      throw error;
    }
    this.#timer = setInterval(() => {
      this.#lookAgain();
    }, LOOK_MS);
    unref(this.#timer);
  }

  /** Closes the connections. */
  end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const close of this.#ears.values()) {
      close();
    }
    this.#ears.clear();
  }

  #lookAgain(): void {
    if (!this.#isLooking) {
      this.#isLooking = true;
      this.#look()
        .catch(() => {
          this.#tell(undefined);
        })
        .finally(() => {
          this.#isLooking = false;
        });
    }
  }

  async #look(): Promise<void> {
    const masters = await this.#link.masters();
    const ids = new Set(masters.map(({ id }) => id));
    for (const [id, close] of this.#ears) {
      if (!ids.has(id)) {
        close();
        this.#ears.delete(id);
      }
    }
    for (const { id, listen } of masters) {
      if (!this.#ears.has(id) && listen !== undefined) {
        this.#tell(undefined);
        let isLost = false;
        const close = await listen(this.#prefix, this.#tell, () => {
          isLost = true;
          this.#ears.delete(id);
          this.#tell(undefined);
        });
        if (this.#isOver) {
          close();
          return;
        }
        if (!isLost) {
          this.#ears.set(id, close);
        }
        // What was read before it was listened to may be old.
        this.#tell(undefined);
      }
    }
  }
}
