/**
 * Strings of Redis or Valkey below a prefix as an {@link EngineStore}.
 *
 * One key is one command or one script, run by the server that takes the writes of its slot, on a
 * cluster as on one server. No name of a lease is that of a user's key: 0xFF is in no UTF-8. What a
 * connection has not sent when the caller gives up may act yet.
 */

import { CacheError } from '../../errors.js';
import { CacheSerializationError } from '../../serialization-error.js';
import type { EnginePut, EngineServer, EngineStore, HeldValue } from '../engine-store.js';
import { unwrapValue, VersionSource, wrapValue } from '../stored-value.js';
import { failure, type Part, type RedisLink } from './redis-link.js';
import { KEEP, READ, RELEASE, REPLACE } from './redis-script.js';
import { RedisWatch } from './redis-watch.js';

/** The oldest version of the protocol's servers that tells of changes. */
const VERSION_MIN = 6;
/** How long connecting may take, and giving a lease back. */
const OPEN_MS = 5000;
/** What no key of a user has behind the prefix. */
const LEASE = 0xff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The commands of one prefix. */
export class RedisStore implements EngineStore {
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #prefixBytes: number;
  readonly #versions = new VersionSource();
  readonly #watches = new Set<RedisWatch>();
  #opening: Promise<void> | undefined;
  #rttMs = 0;
  #isClosed = false;

  constructor(link: RedisLink, prefix: string) {
    this.#link = link;
    this.#prefix = prefix;
    this.#prefixBytes = encoder.encode(prefix).length;
  }

  async connect(): Promise<void> {
    const limit = AbortSignal.timeout(OPEN_MS);
    try {
      await unlessAborted(this.#open(), limit);
    } catch (error) {
      if (error instanceof CacheError) {
        throw error;
      }
      throw failure('no connection to Redis', error);
    }
  }

  async read(keys: readonly string[], signal: AbortSignal): Promise<(HeldValue | undefined)[]> {
    return this.#within(signal, () => Promise.all(keys.map((key) => this.#readOne(key, signal))));
  }

  async put(
    key: string,
    bytes: Uint8Array,
    how: EnginePut,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { stored, version } = wrapValue(bytes, how.flags, this.#versions);
    const isStored = await this.#within(signal, async () => {
      const name = this.#prefix + key;
      if (how.ifVersion !== undefined) {
        return this.#replace(key, stored, how, signal);
      }
      const words = ['SET', name, stored, ...lifeWords(how.ttlMs)];
      const condition = how.ifAbsent === true ? ['NX'] : [];
      return (await this.#link.send(name, [...words, ...condition], signal)) !== null;
    });
    return isStored ? version : undefined;
  }

  async delete(keys: readonly string[], signal: AbortSignal): Promise<number> {
    const removed = await this.#within(signal, () =>
      Promise.all(
        keys.map((key) =>
          this.#link.send(this.#prefix + key, ['UNLINK', this.#prefix + key], signal),
        ),
      ),
    );
    return removed.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  async touch(key: string, ttlMs: number, signal: AbortSignal): Promise<boolean> {
    const name = this.#prefix + key;
    const touched = await this.#within(signal, () =>
      ttlMs === Infinity
        ? KEEP.run(this.#link, name, [], signal)
        : this.#link.send(name, ['PEXPIRE', name, lifeText(ttlMs)], signal),
    );
    return touched === 1;
  }

  async clear(signal: AbortSignal): Promise<void> {
    const pattern = `${this.#prefix.replace(/[*?[\]\\^-]/g, '\\$&')}*`;
    await this.#within(signal, async () => {
      for (const { send } of await this.#link.masters()) {
        let cursor: unknown = '0';
        do {
          signal.throwIfAborted();
          const found = await send(['SCAN', textOf(cursor), 'MATCH', pattern, 'COUNT', '1000']);
          const [next, names] = found as [unknown, Uint8Array[]];
          const ours = names.filter((name) => name[this.#prefixBytes] !== LEASE);
          // Not by `signal`: a thousand listeners on one are warned of.
          await Promise.all(ours.map((name) => this.#link.send(name, ['UNLINK', name])));
          cursor = next;
        } while (textOf(cursor) !== '0');
      }
    });
  }

  async lease(
    key: string,
    ttlMs: number,
    signal: AbortSignal,
  ): Promise<(() => Promise<void>) | undefined> {
    const name = this.#leaseName(key);
    const token = crypto.getRandomValues(new Uint8Array(16));
    const words = ['SET', name, token, 'PX', lifeText(ttlMs), 'NX'];
    const taken = await this.#within(signal, () => this.#link.send(name, words, signal));
    return taken === null
      ? undefined
      : async () => {
          await RELEASE.run(this.#link, name, [token], AbortSignal.timeout(OPEN_MS));
        };
  }

  async watch(listener: (key: string | undefined) => void): Promise<() => Promise<void>> {
    await this.connect();
    const watch = new RedisWatch(this.#link, this.#prefix, (names) => {
      if (names === undefined) {
        listener(undefined);
      }
      for (const name of names ?? []) {
        if (name[this.#prefixBytes] !== LEASE) {
          listener(decoder.decode(name.subarray(this.#prefixBytes)));
        }
      }
    });
    this.#watches.add(watch);
    try {
      await watch.begin();
    } catch (error) {
      this.#watches.delete(watch);
      throw failure('Redis does not tell of changes', error);
    }
    return () => {
      this.#watches.delete(watch);
      watch.end();
      return Promise.resolve();
    };
  }

  servers(): readonly EngineServer[] {
    return this.#link.servers().map((server) => ({ ...server, rttMs: this.#rttMs }));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const watch of this.#watches) {
      watch.end();
    }
    return Promise.resolve();
  }

  async #readOne(key: string, signal: AbortSignal): Promise<HeldValue | undefined> {
    const start = performance.now();
    let answer: unknown;
    try {
      answer = await READ.run(this.#link, this.#prefix + key, [], signal);
    } catch (error) {
      throw String((error as Error | undefined)?.message).includes('WRONGTYPE')
        ? foreign(key)
        : error;
    }
    const tookMs = performance.now() - start;
    this.#rttMs += (tookMs - this.#rttMs) * (this.#rttMs === 0 ? 1 : 0.125);
    if (answer === null) {
      return undefined;
    }
    const [stored, left] = answer as [Uint8Array, number];
    // A `Buffer` of the library's is a view on more, and cut otherwise.
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.length);
    return left === 0
      ? undefined
      : { ...unwrapValue(bytes, key), remainingMs: left < 0 ? Infinity : left };
  }

  async #replace(
    key: string,
    stored: Uint8Array,
    { ifVersion, ttlMs }: EnginePut,
    signal: AbortSignal,
  ): Promise<boolean> {
    const version = versionBytes(ifVersion!);
    if (version === undefined) {
      return false;
    }
    const life = ttlMs === Infinity ? '' : lifeText(ttlMs);
    const words = [version, stored, life];
    const answer = await REPLACE.run(this.#link, this.#prefix + key, words, signal);
    if (answer === -1) {
      throw foreign(key);
    }
    return answer === 1;
  }

  #leaseName(key: string): Uint8Array {
    const [before, after] = [encoder.encode(this.#prefix), encoder.encode(`lease:${key}`)];
    return new Uint8Array([...before, LEASE, ...after]);
  }

  #within<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return unlessAborted(this.#open().then(work), signal);
  }

  /** Connects and probes once; after a failure, again. */
  #open(): Promise<void> {
    if (this.#isClosed) {
      return Promise.reject(failure('the engine is closed'));
    }
    this.#opening ??= this.#probe().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #probe(): Promise<void> {
    await this.#link.open();
    for (const { id, send } of await this.#link.masters()) {
      const told = textOf(await send(['INFO', 'server']));
      const version = /^redis_version:([\d.]+)/m.exec(told)?.[1] ?? 'unknown';
      if (!(Number.parseInt(version) >= VERSION_MIN)) {
        throw new CacheError(
          'ERR_CACHE_UNSUPPORTED',
          `the server ${id} has version ${version}; Redis ${VERSION_MIN}.0 or any Valkey is needed`,
        );
      }
    }
  }
}

function lifeWords(ttlMs: number): Part[] {
  return ttlMs === Infinity ? [] : ['PX', lifeText(ttlMs)];
}

/** The servers count whole milliseconds, and add them to a clock of 64 bits. */
function lifeText(ttlMs: number): string {
  return String(Math.min(Math.ceil(ttlMs), Number.MAX_SAFE_INTEGER));
}

function textOf(told: unknown): string {
  return told instanceof Uint8Array ? decoder.decode(told) : String(told);
}

/** Returns the bytes of a version as users hold it; `undefined` if it is none. */
function versionBytes(version: string): Uint8Array | undefined {
  return /^[\da-f]{32}$/.test(version)
    ? Uint8Array.from(version.match(/../g)!, (digits) => Number.parseInt(digits, 16))
    : undefined;
}

function foreign(key: string): CacheSerializationError {
  return new CacheSerializationError(
    'ERR_CACHE_SERIALIZATION',
    'what is stored under this key was written by another program; give the cache a prefix of ' +
      'its own',
    { key },
  );
}

/** Waits for `work` until `signal` aborts. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
