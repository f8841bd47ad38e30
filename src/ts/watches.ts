/**
 * Keys that somebody watches while something is under way: a transaction that has read them, a load
 * whose result is to be stored. Costs nothing while nobody watches.
 */

import type { ChangeKind } from './extension.js';

/** Is told of a write or a removal, and of its key, prefix or tag. */
type Tap = (kind: ChangeKind, text: string) => void;

/** What has happened to a watched key since somebody began to watch it. */
export interface Watch {
  /** How often the key was written. */
  writes: number;
  /** How often the key was deleted or the cache cleared, whether the key was held or not. */
  deletes: number;
  /** The tags that were invalidated meanwhile, each with its {@link Watches.invalidations}. */
  tags?: Map<string, number>;
}

interface Watched extends Watch {
  watchers: number;
}

/** The watched keys of one store. */
export class Watches {
  /** How many keys are watched. */
  count = 0;
  /** Counts the invalidations of tags. */
  invalidations = 0;
  readonly #watched = new Map<string, Watched>();
  readonly #taps = new Set<Tap>();

  /** Adds a tap, until the function that is returned is called. It counts as a watched key. */
  tap(tap: Tap): () => void {
    this.#taps.add(tap);
    this.count++;
    return () => {
      this.count -= this.#taps.delete(tap) ? 1 : 0;
    };
  }

  /** Returns the counters of `key`, which count until as many calls of {@link end}. */
  begin(key: string): Readonly<Watch> {
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      watched = { writes: 0, deletes: 0, watchers: 0 };
      this.#watched.set(key, watched);
      this.count++;
    }
    watched.watchers++;
    return watched;
  }

  /** Ends what one {@link begin} began. */
  end(key: string): void {
    const watched = this.#watched.get(key);
    if (watched !== undefined && --watched.watchers === 0) {
      this.#watched.delete(key);
      this.count--;
    }
  }

  /** Notes that `key` was written. */
  noteWrite(key: string): void {
    const watched = this.#watched.get(key);
    if (watched !== undefined) {
      watched.writes++;
    }
    this.#tell('set', key);
  }

  /** Notes that `key` was deleted, held or not. */
  noteDelete(key: string): void {
    this.noteGone(key);
    this.#tell('delete', key);
  }

  /** Notes that `key` was deleted by a tag, of which the taps hear. */
  noteGone(key: string): void {
    const watched = this.#watched.get(key);
    if (watched !== undefined) {
      watched.deletes++;
    }
  }

  /** Notes that every key that begins with `prefix` was deleted. */
  noteClear(prefix: string): void {
    for (const [key, watched] of this.#watched) {
      watched.deletes += key.startsWith(prefix) ? 1 : 0;
    }
    this.#tell('clear', prefix);
  }

  /** Notes that tags were invalidated, for loads whose tags are not known yet. */
  noteTags(tags: readonly string[]): void {
    this.invalidations++;
    for (const watched of this.#watched.values()) {
      for (const tag of tags) {
        (watched.tags ??= new Map()).set(tag, this.invalidations);
      }
    }
    for (const tag of tags) {
      this.#tell('tag', tag);
    }
  }

  #tell(kind: ChangeKind, text: string): void {
    for (const tap of this.#taps) {
      tap(kind, text);
    }
  }
}
