/**
 * What an extension of a cache (`tidecache/persist`, `tidecache/channel`) and the cache know of one
 * another. An extension lies in another file of the package, so it imports nothing of the cache at
 * run time, and the names here are the same in all files.
 */

/** A key behind the names of its namespaces, or a prefix of keys: then it ends in `''`. */
export type Path = readonly string[];

/** An entry as it may leave the cache and come back; moments are epoch milliseconds. */
export interface SavedEntry<V = unknown> {
  readonly path: Path;
  readonly value: V;
  readonly createdAt: number;
  /** `Infinity` for never. */
  readonly expiresAt: number;
  /** The TTL that each use starts anew; 0: none. */
  readonly slide: number;
  /** How long after `expiresAt` it may be served during a load; 0: not at all. */
  readonly whileRevalidate: number;
  /** How long after `expiresAt` it may be served when a load fails; 0: not at all. */
  readonly ifError: number;
  readonly tags: readonly string[];
}

/** What happened to a key, to all keys with a prefix, or to entries with a tag. */
export type ChangeKind = 'set' | 'delete' | 'clear' | 'tag';

/**
 * Is told of every write and removal by a user; not of evictions and expiries, nor of `touch`.
 * The path is that of a key or a prefix, or just the tag. A `set` may yet be refused.
 */
export type Tap = (kind: ChangeKind, path: Path) => void;

/** An entry as the store has it; moments are of its clock. */
export type Row<V = unknown> = readonly [
  path: Path,
  value: V,
  created: number,
  /** When it stops being fresh. */
  fresh: number,
  /** The lowest leaves first, where the policy has such an order; else 0. */
  order: number,
  /** As in {@link SavedEntry}. */
  slide: number,
  whileRevalidate: number,
  ifError: number,
  tags: readonly string[],
];

/** A cache as its extensions see it. */
export interface ExtensionHost<V = unknown> {
  /** Returns the present moment. */
  now(): number;
  /** Returns what to take off a moment to get epoch milliseconds. */
  offset(): number;
  /** Returns what is held, fresh or stale. */
  rows(): Row<V>[];
  /**
   * Puts entries that are fresh or stale, the one that should leave first first; returns how many
   * were not too heavy. Throws before anything is changed, or not at all.
   */
  load(rows: readonly Row<V>[]): number;
  /** Removes a key, every key that begins with a prefix, or every entry with a tag. */
  drop(kind: ChangeKind, path: Path): void;
  /** Adds a tap, until the function that is returned is called. */
  tap(tap: Tap): () => void;
  /** Tells the listeners of `error` what failed. */
  report(what: string, cause: unknown): void;
}

/** An extension of one cache. */
export interface Extension {
  /** Resolves when the cache may be used; the first use begins it. Reports its failures. */
  start(host: ExtensionHost): Promise<void>;
  /** Ends its work; what it resolves with is the end of the last write. The host is still open. */
  close(): Promise<void>;
}

/** What an option of a cache is given; made by `tidecache/persist` or `tidecache/channel`. */
export interface Attachable {
  /** Returns the extension, for one cache. @throws {TypeError} It belongs to a cache already. */
  attach(): Extension;
}

/** The method by which other files of the package find the host of a cache. */
export const HOST = Symbol.for('tidecache.host');
