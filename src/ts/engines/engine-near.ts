/**
 * Copies of what an engine holds, in a cache of the caller's, for reads of consistency `one`.
 *
 * The engine tells of changes. A copy is kept only if nothing was told of its key since the read
 * was sent, and no longer than a minute. What fails in the caller's cache is a miss.
 */

import type { NearStore } from '../cluster/types.js';
import type { Key } from '../types.js';
import type { EngineStore } from './engine-store.js';

/** The longest that a copy is used without asking, in milliseconds. */
const LIFE_MS_MAX = 60_000;
/** How long after a failure the engine is asked again to tell of changes. */
const AGAIN_MS = 1000;

/** A read that may leave a copy. */
export interface NearRead {
  readonly key: Key;
  isVoid: boolean;
}

/** The copies of one cache. */
export class EngineNear<V> {
  readonly #copies: NearStore<V>;
  readonly #store: EngineStore;
  readonly #reads = new Set<NearRead>();
  #end: (() => Promise<void>) | undefined;
  #beginning: Promise<void> | undefined;
  #failedAt = -Infinity;
  #isClosed = false;

  constructor(copies: NearStore<V>, store: EngineStore) {
    this.#copies = copies;
    this.#store = store;
  }

  /** Resolves when changes are told, or rejects. */
  begin(): Promise<void> {
    this.#beginning ??= this.#watch();
    return this.#beginning;
  }

  /** Resolves with the copy of a key, if there is one and changes are told. */
  async get(key: Key): Promise<V | undefined> {
    if (this.#end === undefined) {
      if (performance.now() - this.#failedAt > AGAIN_MS) {
        this.begin().catch(() => undefined);
      }
      return undefined;
    }
    return attempt(() => this.#copies.get(key));
  }

  /** Begins a read; `undefined` while changes are not told. */
  read(key: Key): NearRead | undefined {
    if (this.#end === undefined) {
      return undefined;
    }
    const read = { key, isVoid: false };
    this.#reads.add(read);
    return read;
  }

  /** Ends a read, with what it found. */
  keep(read: NearRead, value: V | undefined, remainingMs: number): void {
    this.#reads.delete(read);
    if (!read.isVoid && value !== undefined) {
      const life = Math.max(1, Math.min(LIFE_MS_MAX, Math.floor(remainingMs)));
      void attempt(() => this.#copies.set(read.key, value, life));
    }
  }

  /** Drops the copy of a key, or all: they may have changed. */
  drop(key: Key | undefined): void {
    for (const read of this.#reads) {
      read.isVoid ||= key === undefined || read.key === key;
    }
    void attempt<unknown>(() =>
      key === undefined ? this.#copies.clear() : this.#copies.delete(key),
    );
  }

  /** Ends it; the caller's cache is emptied. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.drop(undefined);
    const end = this.#end;
    this.#end = undefined;
    await attempt(async () => end?.());
  }

  async #watch(): Promise<void> {
    try {
      // What was kept before is of unknown age.
      this.drop(undefined);
      const end = await this.#store.watch((key) => {
        this.drop(key);
      });
      if (this.#isClosed) {
        await end();
        return;
      }
      this.#end = end;
    } catch (error) {
      this.#failedAt = performance.now();
      this.#beginning = undefined;
      throw error;
    }
  }
}

/** Resolves with what `use` does, or with `undefined` if it fails. */
async function attempt<T>(use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch {
    return undefined;
  }
}
