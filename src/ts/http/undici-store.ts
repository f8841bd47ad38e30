/**
 * A `CacheStore` for undici's `interceptors.cache`: undici decides what is fresh, this decides what
 * stays, by bytes.
 *
 * undici's own store throws away half of its entries, the oldest, when it is full. Here a policy
 * chooses for each response, and a response that is asked for once does not push out ten that are
 * asked for again. Requests are compared by what `Vary` names as our own caches do it: white space
 * makes no variant, and in `Accept-Language` neither does case.
 */

import { nodeBuiltin } from '../cluster/platform.js';
import { CacheError } from '../errors.js';
import { checkNames } from '../options.js';
import { ByteIndex } from './byte-index.js';
import { readBytes, readPolicy } from './options.js';
import { Rules } from './rules.js';
import type { EvictionPolicy } from '../types.js';
import type { ByteSize } from './types.js';

/** A request as undici's interceptor describes it. */
export interface UndiciKey {
  /** Scheme, host and port. */
  origin: string;
  /** GET, HEAD, or another that is safe. */
  method: string;
  /** Path and query. */
  path: string;
  /** Its fields, by lower-case names. */
  headers?: Record<string, string | string[]>;
}

/** A response's head as undici's interceptor describes it. */
export interface UndiciValue {
  /** The status. */
  statusCode: number;
  /** The reason phrase. */
  statusMessage: string;
  /** The fields that are kept. */
  headers: Record<string, string | string[]>;
  /** What the request had in the fields that `Vary` names; `null` for none. */
  vary?: Record<string, string | string[] | null>;
  /** Its entity tag. */
  etag?: string;
  /** What its `Cache-Control` says, as undici reads it. */
  cacheControlDirectives?: object;
  /** When it was made, in milliseconds since 1970. */
  cachedAt: number;
  /** Until when it is fresh. */
  staleAt: number;
  /** Until when it may be kept. */
  deleteAt: number;
}

/** What a hit gives: the head, and the body in pieces. */
export interface UndiciResult extends UndiciValue {
  /** The body. */
  body: readonly Uint8Array[];
  /** What its `Cache-Control` says, as undici reads it. */
  cacheControlDirectives: object;
}

/** The options of {@link UndiciStore}. */
export interface UndiciStoreOptions {
  /** Most bytes: bodies and heads. Default `'50MB'`. */
  maxBytes?: ByteSize;
  /** Most responses. Default: no limit. */
  maxEntries?: number;
  /** Most bytes of one body; a longer one is not kept. Default: a twentieth of `maxBytes`. */
  maxEntryBytes?: ByteSize;
  /** Which responses make room for others. Default `'adaptive'`. */
  evictionPolicy?: EvictionPolicy;
  /** Milliseconds since 1970. Default `Date`. */
  clock?: { now(): number };
}

/** One response. */
interface Entry {
  readonly id: string;
  readonly url: string;
  readonly method: string;
  /** The fields that tell its variants apart, and what they were. */
  readonly vary: string | undefined;
  readonly variant: string | undefined;
  readonly value: UndiciValue;
  readonly body: readonly Uint8Array[];
  readonly bytes: number;
}

/** What is used of `node:stream`. */
interface StreamBuiltin {
  readonly Writable: new (hooks: WritableHooks) => { destroy(error?: Error): unknown };
}

/** How a stream is written to. */
interface WritableHooks {
  write(chunk: Uint8Array, encoding: string, done: (error?: Error) => void): void;
  final(done: (error?: Error) => void): void;
}

/** What an entry costs beside its body and fields. */
const OVERHEAD_BYTES = 256;

/**
 * Keeps responses in memory for undici. Its methods are undici's interface. This package knows no
 * types of Node, so what the methods return is inferred where undici is at hand, and otherwise
 * `never`, which fits undici's types, too: {@link UndiciResult} says what it is.
 * @example
 * const store = new UndiciStore({ maxBytes: '100MB' });
 * setGlobalDispatcher(new Agent().compose(interceptors.cache({ store })));
 */
export class UndiciStore<Result = never, Stream = never> {
  readonly #clock: { now(): number };
  readonly #stream: StreamBuiltin;
  readonly #index: ByteIndex;
  readonly #entryBytesMax: number;
  readonly #rules = new Rules({ shared: true });
  readonly #byUrl = new Map<string, Entry[]>();
  readonly #byId = new Map<string, Entry>();

  /**
   * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: wrong type, unknown name.
   * @throws {RangeError} `ERR_CACHE_INVALID_ARGUMENT`: out of range.
   * @throws {CacheError} `ERR_CACHE_UNSUPPORTED`: not in Node, or before 20.16 and 22.3.
   */
  constructor(options: UndiciStoreOptions = {}) {
    const stream = nodeBuiltin('stream') as StreamBuiltin | undefined;
    if (stream === undefined) {
      throw new CacheError('ERR_CACHE_UNSUPPORTED', 'UndiciStore needs Node 20.16 or 22.3');
    }
    checkNames(options, ['maxBytes', 'maxEntries', 'maxEntryBytes', 'evictionPolicy', 'clock']);
    const policy = readPolicy(options.evictionPolicy);
    const maxBytes = readBytes(options.maxBytes ?? '50MB', 'maxBytes');
    this.#stream = stream;
    this.#clock = options.clock ?? Date;
    this.#entryBytesMax = readBytes(
      options.maxEntryBytes ?? Math.max(1, Math.floor(maxBytes / 20)),
      'maxEntryBytes',
    );
    this.#index = new ByteIndex({
      maxBytes,
      ...(options.maxEntries !== undefined && { maxEntries: options.maxEntries }),
      ...(policy !== undefined && { policy }),
    });
  }

  /** The bytes held: bodies and heads. */
  get size(): number {
    return this.#index.bytes;
  }

  /** How many responses are held. */
  get count(): number {
    return this.#byId.size;
  }

  /** Returns the response to such a request, or `undefined`. */
  get(key: UndiciKey): Result | undefined {
    const url = urlOf(key);
    const entry = this.#find(url, key);
    if (entry === undefined) {
      return undefined;
    }
    if (entry.value.deleteAt <= this.#clock.now()) {
      this.#remove(entry.id);
      return undefined;
    }
    this.#index.touch(entry.id, entry.bytes);
    const { cacheControlDirectives = {}, ...head } = entry.value;
    return { ...head, cacheControlDirectives, body: entry.body } satisfies UndiciResult as Result;
  }

  /**
   * Returns a stream that takes the body; the response is held once it has ended. A body that is
   * longer than may be kept destroys the stream, and nothing is held.
   */
  createWriteStream(key: UndiciKey, value: UndiciValue): Stream | undefined {
    const body: Uint8Array[] = [];
    let bytes = 0;
    const stream = new this.#stream.Writable({
      write: (chunk, _encoding, done) => {
        bytes += chunk.byteLength;
        if (bytes > this.#entryBytesMax) {
          body.length = 0;
          stream.destroy();
        } else {
          body.push(chunk);
        }
        done();
      },
      final: (done) => {
        this.#put(key, value, body, bytes);
        done();
      },
    });
    return stream as Stream;
  }

  /** Forgets all responses of a URL. */
  delete(key: UndiciKey): void {
    for (const { id } of [...(this.#byUrl.get(urlOf(key)) ?? [])]) {
      this.#remove(id);
    }
  }

  #find(url: string, { method, headers }: UndiciKey): Entry | undefined {
    let text: string | undefined;
    return this.#byUrl.get(url)?.find((entry) => {
      if (entry.method !== method) {
        return false;
      }
      if (entry.vary === undefined) {
        return true;
      }
      text ??= fieldsText(headers ?? {});
      return this.#rules.variantKey(entry.vary, text) === entry.variant;
    });
  }

  #put(key: UndiciKey, value: UndiciValue, body: readonly Uint8Array[], bytes: number): void {
    const url = urlOf(key);
    const vary = value.vary === undefined ? undefined : Object.keys(value.vary).join(', ');
    const variant =
      vary === undefined ? undefined : this.#rules.variantKey(vary, fieldsText(value.vary!));
    if (vary !== undefined && variant === undefined) {
      return;
    }
    const { method } = key;
    const id = `${method} ${url}\n${vary ?? ''}\n${variant ?? ''}`;
    this.#forget(id);
    const weight = bytes + fieldsText(value.headers).length + id.length + OVERHEAD_BYTES;
    const { stored, victims } = this.#index.put(id, weight);
    for (const victim of victims) {
      this.#forget(victim);
    }
    if (stored) {
      const entry: Entry = { id, url, method, vary, variant, value, body, bytes };
      const others = this.#byUrl.get(url);
      // The newest first: it is the one that a request that fits several shall have.
      this.#byUrl.set(url, others === undefined ? [entry] : [entry, ...others]);
      this.#byId.set(id, entry);
    }
  }

  #remove(id: string): void {
    this.#index.delete(id);
    this.#forget(id);
  }

  /** Takes an entry off the maps; the index knows already, or is told after. */
  #forget(id: string): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) {
      return;
    }
    this.#byId.delete(id);
    const rest = this.#byUrl.get(entry.url)!.filter((other) => other !== entry);
    if (rest.length === 0) {
      this.#byUrl.delete(entry.url);
    } else {
      this.#byUrl.set(entry.url, rest);
    }
  }

  /** Its name, which the build shortens otherwise. */
  static readonly name: string = 'UndiciStore';
}

function urlOf({ origin, path }: UndiciKey): string {
  return `${origin}${path}`;
}

/** Returns fields as the rules read them. */
function fieldsText(fields: Record<string, string | string[] | null>): string {
  let text = '';
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      // A field that was absent is left out; that is not the same as an empty one.
      if (one !== null && one !== undefined) {
        text += `${name.toLowerCase()}:${one}\n`;
      }
    }
  }
  return text;
}
