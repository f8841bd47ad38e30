/**
 * Copies for reads of consistency `one`, in a cache of the caller's.
 *
 * The coordinator knows which copies may be used; the values live here, so that a hit decodes
 * nothing. What fails in the caller's cache is a miss: the nodes have the value.
 */

import type { Hit } from './told.js';
import type { NearStore } from './types.js';

/** The longest that a copy is used without asking, in milliseconds. */
const LIFE_MS_MAX = 60_000;

/** Copies that the coordinator keeps account of; each costs it 100 bytes and its key. */
export const NEAR_COPIES_MAX = 65_536;

const decoder = new TextDecoder();

/** The copies of one client. */
export class NearCopies<V> {
  readonly #store: NearStore<V>;

  constructor(store: NearStore<V>) {
    this.#store = store;
  }

  /** Resolves with the copy of a key, if the caller's cache still has it. */
  async get(key: string): Promise<V | undefined> {
    try {
      return await this.#store.get(key);
    } catch {
      return undefined;
    }
  }

  /** Keeps a copy of what was read. The coordinator ends it in time; this is its latest end. */
  keep(key: string, value: V, { createdAtMs, expiresAtMs }: Hit): void {
    const life = Math.max(1, Math.min(LIFE_MS_MAX, expiresAtMs - createdAtMs));
    void attempt(() => this.#store.set(key, value, life));
  }

  /** Drops the copy of a key. */
  drop(key: Uint8Array): void {
    void attempt(() => this.#store.delete(decoder.decode(key)));
  }

  /** Drops all copies. */
  clear(): void {
    void attempt(() => this.#store.clear());
  }
}

/** Resolves with what `use` does, or with `undefined` if the caller's cache fails. */
async function attempt<T>(use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch {
    return undefined;
  }
}
