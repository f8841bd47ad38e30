/**
 * RFC 9111 and its neighbours as decisions: a thin wrapper of the door `src/js/http.rs`. One call
 * into WebAssembly a decision; nothing here keeps time. Only Cache-Status is written here, since
 * text is made in less code where it is text already.
 */

import { HttpRules } from '../../../target/wasm/http/http.js';
import { cacheStatus } from './cache-status.js';
import type {
  CacheStatusParts,
  HeadVerdict,
  Plan,
  RangePlan,
  RequestHead,
  ResponseHead,
  RuleOptions,
  Storable,
  StoredHead,
  Validation,
  Verdict,
} from './rule-types.js';
import { httpMemory, startHttpSync } from './wasm.js';

export type * from './rule-types.js';
export { ByteIndex } from './byte-index.js';

// What the door is asked, in the order of `src/js/http.rs`.
const TARGETS = 0;
const REASON = 1;
const STORABLE = 2;
const VARIANT_KEY = 3;
const TO_STORE = 4;
const INVALIDATES = 5;
const KEEP = 6;
const PLAN = 7;
const AGE = 8;
const FRESHEN = 9;
const SELECTS = 10;
const HEAD = 11;
const VALIDATES = 12;
const RANGE = 13;

/** Stored responses that the door keeps for each {@link Rules}. */
const KEPT_MAX = 256;

/** In the order of `Verdict` in `src/http/plan.rs`. */
const VERDICTS: readonly Verdict[] = [
  'fresh',
  'stale-while-revalidate',
  'stale-if-error',
  'revalidate',
  'miss',
  'only-if-cached',
];
/** In the order of `HeadVerdict` in `src/http/head.rs`. */
const HEAD_VERDICTS: readonly HeadVerdict[] = ['none', 'update', 'invalidate'];

/** The reasons by their numbers, once each has been asked for. */
const reasons: string[] = [];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The rules as one cache has to follow them. */
export class Rules {
  readonly #options: RuleOptions;
  /** What the door keeps, and where. */
  readonly #kept: StoredHead[] = [];
  readonly #places = new WeakMap<StoredHead, number>();
  #next = 0;
  #made: HttpRules | undefined;
  /** Where texts for the door are written. */
  #room = new Uint8Array(0);
  /** What the last call has left: two numbers, then where its text is. */
  #numbers = new Float64Array(0);
  #text = new Uint32Array(0);

  constructor(options: RuleOptions) {
    this.#options = options;
  }

  /** Returns whether the response may be stored (RFC 9111, 3). */
  storable(request: RequestHead, response: ResponseHead, now: number): Storable {
    const { method, url, headers } = request;
    const texts = [method, url, headers, response.headers];
    const code = this.#ask(STORABLE, texts, response.status, now);
    return { storable: (code & 1) === 1, reason: this.#reason(code >> 1) };
  }

  /** Returns what to do with a stored response for this request (RFC 9111, 4). */
  plan(request: RequestHead, stored: StoredHead, now: number): Plan {
    const place = this.#keep(stored);
    const code = this.#ask(PLAN, [request.method, request.headers], place, now);
    const [ageMs, lifetimeMs] = this.#numbers as unknown as [number, number];
    const conditional = this.#answer();
    return {
      verdict: VERDICTS[code & 7]!,
      reason: this.#reason(code >> 5),
      ageMs,
      lifetimeMs,
      mayServeOnError: (code & 8) !== 0,
      mayServeDisconnected: (code & 16) !== 0,
      conditional,
      ttlMs: Math.max(0, lifetimeMs - ageMs),
    };
  }

  /**
   * Returns of the request's header lines what makes a variant, in one order and spelling;
   * undefined if no request can be told to match: `Vary: *` (RFC 9111, 4.1). It is also what to
   * keep in {@link StoredHead.requestHeaders}.
   */
  variantKey(vary: string | undefined, requestHeaders: string): string | undefined {
    if (vary === undefined || vary === '') {
      return '';
    }
    return this.#ask(VARIANT_KEY, [vary, requestHeaders]) === 0 ? undefined : this.#answer();
  }

  /** Returns the header lines that may be stored (RFC 9111, 3.1). */
  headersToStore({ headers }: ResponseHead): string {
    this.#ask(TO_STORE, [headers]);
    return this.#answer();
  }

  /** Returns the header lines to serve a stored response with, Age among them. */
  headersToServe(stored: StoredHead, now: number): string {
    this.#ask(AGE, [], this.#keep(stored), now);
    const age = Math.floor(this.#numbers[0]! / 1000);
    return `${stored.headers.replace(/^age:.*\n/gm, '')}age:${age}\n`;
  }

  /** Returns the stored response as a 304 (or a HEAD) has updated it (RFC 9111, 3.2 and 4.3.4). */
  freshen(
    stored: StoredHead,
    notModified: ResponseHead,
    requestedAt: number,
    receivedAt: number,
  ): StoredHead {
    this.#ask(FRESHEN, [notModified.headers], this.#keep(stored));
    return { ...stored, headers: this.#answer(), requestedAt, receivedAt };
  }

  /** Whether a 304 is about this stored response (RFC 9111, 4.3.4). */
  selects304(stored: StoredHead, notModified: ResponseHead): boolean {
    return this.#ask(SELECTS, [notModified.headers], this.#keep(stored)) === 1;
  }

  /** Returns what the response to a HEAD says of this stored response (RFC 9111, 4.3.5). */
  head(stored: StoredHead, { headers, status }: ResponseHead): HeadVerdict {
    return HEAD_VERDICTS[this.#ask(HEAD, [headers], this.#keep(stored), status)]!;
  }

  /** Returns what the request's own conditions make of it (RFC 9110, 13.2.2). */
  validates({ method, headers }: RequestHead, stored: StoredHead): Validation {
    // Most requests have none.
    return /^if-/m.test(headers) &&
      this.#ask(VALIDATES, [method, headers], this.#keep(stored)) === 1
      ? 'not-modified'
      : 'full';
  }

  /** Returns what the request's Range makes of a stored body of `length` bytes (RFC 9110, 14). */
  range({ method, headers }: RequestHead, stored: StoredHead, length: number): RangePlan {
    const kind = /^range:/m.test(headers)
      ? this.#ask(RANGE, [method, headers], this.#keep(stored), length)
      : 0;
    if (kind === 0) {
      return { kind: 'whole' };
    }
    const [start, end] = this.#numbers as unknown as [number, number];
    const contentRange = this.#answer();
    return kind === 1
      ? { kind: 'part', start, end, contentRange }
      : { kind: 'unsatisfiable', contentRange };
  }

  /** Returns the URLs that the response to an unsafe request makes invalid (RFC 9111, 4.4). */
  invalidates({ method, url }: RequestHead, { headers, status }: ResponseHead): readonly string[] {
    if (this.#ask(INVALIDATES, [method, headers], status) === 0) {
      return [];
    }
    const target = new URL(url);
    const references = this.#answer().split('\n');
    const found = ['', ...references].map((reference) => resolve(reference, target));
    const own = found.filter((url) => url?.origin === target.origin);
    return [...new Set(own.map((url) => url!.href))];
  }

  /** Returns the member of Cache-Status that says what this cache did (RFC 9211). */
  cacheStatus(parts: CacheStatusParts): string {
    return cacheStatus(parts);
  }

  /** Returns where the door keeps `stored`. */
  #keep(stored: StoredHead): number {
    const held = this.#places.get(stored);
    if (held !== undefined && this.#kept[held] === stored) {
      return held;
    }
    const place = this.#next;
    this.#next = (place + 1) % KEPT_MAX;
    const { method, requestHeaders, headers, status, requestedAt, receivedAt } = stored;
    const texts = [method, requestHeaders, headers];
    this.#ask(KEEP, texts, place, status, requestedAt, receivedAt);
    this.#kept[place] = stored;
    this.#places.set(stored, place);
    return place;
  }

  /** Passes up to four texts and as many numbers, and returns the answer's number. */
  #ask(what: number, texts: readonly string[], a = 0, b = 0, c = 0, d = 0): number {
    const door = (this.#made ??= this.#open());
    let end = 0;
    // As if each letter were a byte, which it is in nearly all of them.
    let ends = texts.map(({ length }) => (end += length));
    const text = texts.join('');
    // A letter takes three bytes at most; memory that grew leaves an empty view.
    if (this.#room.length < end * 3) {
      const size = Math.max(4096, end * 6);
      const at = door.room(size);
      this.#room = new Uint8Array(httpMemory(), at, size);
    }
    if (encoder.encodeInto(text, this.#room).written !== end) {
      end = 0;
      ends = texts.map((text) => (end += encoder.encode(text).length));
    }
    const [one = end, two = end, three = end, four = end] = ends;
    const answer = door.ask(what, one, two, three, four, a, b, c, d);
    if (this.#numbers.length === 0) {
      const [memory, board] = [httpMemory(), door.board()];
      this.#numbers = new Float64Array(memory, board, 2);
      this.#text = new Uint32Array(memory, board + 16, 2);
    }
    return answer;
  }

  /** Returns the answer's text. */
  #answer(): string {
    const [at, length] = this.#text as unknown as [number, number];
    return length === 0 ? '' : decoder.decode(new Uint8Array(httpMemory(), at, length));
  }

  #reason(code: number): string {
    let reason = reasons[code];
    if (reason === undefined) {
      this.#ask(REASON, [], code);
      reason = reasons[code] = this.#answer();
    }
    return reason;
  }

  #open(): HttpRules {
    startHttpSync();
    const options = this.#options;
    const door = new HttpRules(
      options.shared,
      options.heuristicFraction ?? 0.1,
      options.defaultTtlMs ?? 0,
      options.staleWhileRevalidateMs ?? 0,
      options.staleIfErrorMs ?? 0,
      options.ignoreCargoCult ?? false,
    );
    this.#made = door;
    if (options.targets !== undefined && options.targets.length > 0) {
      this.#ask(TARGETS, [options.targets.join('\n').toLowerCase()]);
    }
    return door;
  }
}

/** Returns the header block of pairs such as those of `Headers`. */
export function headBlock(pairs: Iterable<readonly [string, string]>): string {
  let block = '';
  for (const [name, value] of pairs) {
    block += `${name}:${value}\n`;
  }
  return block;
}

/** Returns the pairs of a header block. */
export function headPairs(block: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (let start = 0; start < block.length;) {
    const found = block.indexOf('\n', start);
    const end = found < 0 ? block.length : found;
    const colon = block.indexOf(':', start);
    if (colon >= 0 && colon < end) {
      pairs.push([block.slice(start, colon), block.slice(colon + 1, end).trim()]);
    }
    start = end + 1;
  }
  return pairs;
}

function resolve(reference: string, base: URL): URL | undefined {
  try {
    const url = new URL(reference, base);
    url.hash = '';
    return url;
  } catch {
    return undefined;
  }
}
