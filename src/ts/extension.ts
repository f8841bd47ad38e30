/**
 * What an extension of a cache (`tidecache/persist`, `tidecache/channel`) and the cache know of one
 * another. An extension lies in another file of the package, so it imports nothing of the cache at
 * run time, and the names here are the same in all files.
 */

/** An entry as it may leave the cache and come back; moments are epoch milliseconds. */
export interface SavedEntry<V = unknown> {
  readonly key: string;
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
 * `text` is the key, the prefix or the tag. A `set` may yet be refused.
 */
export type Tap = (kind: ChangeKind, text: string) => void;

/** An entry as the store has it; moments are of its clock. */
export type Row<V = unknown> = readonly [
  key: string,
  value: V,
  created: number,
  deadline: number,
  /** The TTL that each use starts anew, if there is one. */
  slide: number | undefined,
  /** The lowest leaves first, where the policy has such an order; else 0. */
  order: number,
];

/** A cache as its extensions see it. */
export interface ExtensionHost<V = unknown> {
  /** Returns the present moment, asked for. */
  now(): number;
  /** Returns what to take off a moment to get epoch milliseconds. */
  offset(): number;
  /** Returns what is alive. */
  rows(): Row<V>[];
  /** Returns what an entry weighs. Throws what `weigh` throws. */
  weigh(key: string, value: V): number;
  /** Puts an entry that is alive; whether it was not too heavy. Runs no callbacks. */
  put(row: Row<V>, weight: number, now: number): boolean;
  /** Runs the callbacks of what was put. */
  run(): void;
  /** Deletes a key, every key that begins with a prefix, or every entry with a tag. */
  drop(kind: ChangeKind, text: string): void;
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
