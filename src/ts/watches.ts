/**
 * Keys that somebody watches while something is under way: a transaction that has read them, a load
 * whose result is to be stored. Costs nothing while nobody watches.
 */

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
  }

  /** Notes that `key` was deleted, held or not. */
  noteDelete(key: string): void {
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
  }

  /** Notes that tags were invalidated, for loads whose tags are not known yet. */
  noteTags(tags: readonly string[]): void {
    this.invalidations++;
    for (const watched of this.#watched.values()) {
      for (const tag of tags) {
        (watched.tags ??= new Map()).set(tag, this.invalidations);
      }
    }
  }
}
