/**
 * The namespaces of a cache: which keys are whose.
 *
 * A key of a namespace stands in the cache behind a prefix that nobody can guess, so that no key of
 * another spelling is ever taken for it.
 */

import { NO_COUNTS, type Counts } from './counts.js';
import type { Callbacks } from './callbacks.js';
import type { Key, RemovalReason } from './types.js';

/** One namespace. */
export interface Region {
  /** What the cache calls it outside: `users`, or `users:admins` for one inside another. */
  readonly name: string;
  /** The names that it is called by, the outermost first. */
  readonly path: readonly string[];
  readonly prefix: string;
  /** What has been counted in it. */
  readonly counts: { -readonly [K in keyof Counts]: Counts[K] };
}

/** The namespaces of one cache. */
export class Spaces {
  readonly #callbacks: Pick<Callbacks<unknown>, 'on'>;
  readonly #token = `\0${Math.random()}${Math.random()}\0`;
  readonly #regions = new Map<string, Region>();

  constructor(callbacks: Pick<Callbacks<unknown>, 'on'>) {
    this.#callbacks = callbacks;
  }

  /** Returns the namespace called `name` inside the one with `prefix`, `''` for the cache. */
  of(prefix: string, name: string): Region {
    const path = prefix + name;
    let region = this.#regions.get(path);
    if (region === undefined) {
      const own = `${this.#token}${this.#regions.size}:`;
      const counts = { ...NO_COUNTS };
      const names = this.path(path);
      region = { name: names.join(':'), path: names, prefix: own, counts };
      this.#regions.set(path, region);
      const count = ({ reason }: { reason: RemovalReason }): void => {
        counts.evictions += reason === 'evicted' ? 1 : 0;
        counts.expirations += reason === 'expired' ? 1 : 0;
      };
      this.#callbacks.on('remove', count, own);
    }
    return region;
  }

  /** Returns all namespaces. */
  all(): Region[] {
    return [...this.#regions.values()];
  }

  /** Whether a key is one of a namespace. */
  has(key: Key): boolean {
    return key.startsWith(this.#token);
  }

  /** Returns the names of the namespaces that a key is in, and its own. */
  path(key: Key): readonly string[] {
    if (!this.has(key)) {
      return [key];
    }
    const [, number, own] = /^(\d+):(.*)$/s.exec(key.slice(this.#token.length))!;
    return [...this.all()[Number(number)]!.path, own!];
  }

  /** Returns the key that has this {@link path}; `undefined` if a namespace is not there. */
  find(path: readonly string[]): Key | undefined {
    let prefix: string | undefined = '';
    for (const name of path.slice(0, -1)) {
      prefix = this.#regions.get(prefix + name)?.prefix;
      if (prefix === undefined) {
        return undefined;
      }
    }
    return prefix + path.at(-1)!;
  }

  /** Returns the key that has this {@link path}; makes the namespaces. */
  inside(path: readonly string[]): Key {
    let prefix = '';
    for (const name of path.slice(0, -1)) {
      prefix = this.of(prefix, name).prefix;
    }
    return prefix + path.at(-1)!;
  }
}
