/**
 * RFC 9111 and its neighbours as decisions: a thin wrapper of the door `src/js/http.rs`, which says
 * nothing by itself. One call into WebAssembly a decision; nothing here keeps time or state.
 */

import { HttpRules } from '../../../target/wasm/http/http.js';
import type {
  CacheStatusParts,
  Head,
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
import { startHttpSync } from './wasm.js';

export type * from './rule-types.js';
export { ByteIndex } from './byte-index.js';

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
/** In the order of `Forward` in `src/http/status.rs`. */
const FORWARDS = [
  'bypass',
  'method',
  'uri-miss',
  'vary-miss',
  'miss',
  'request',
  'stale',
  'partial',
] as const;

/** The reasons by their numbers, once each has been asked for. */
const reasons: string[] = [];

/** The rules as one cache has to follow them. */
export class Rules {
  readonly #options: RuleOptions;
  #made: HttpRules | undefined;

  constructor(options: RuleOptions) {
    this.#options = options;
  }

  /** Returns whether the response may be stored (RFC 9111, 3). */
  storable(request: RequestHead, response: ResponseHead, now: number): Storable {
    const code = this.#door.storable(
      request.method,
      request.url,
      request.headers,
      response.status,
      response.headers,
      now,
    );
    return { storable: (code & 1) === 1, reason: reasonOf(code >> 1) };
  }

  /** Returns what to do with a stored response for this request (RFC 9111, 4). */
  plan(request: RequestHead, stored: StoredHead, now: number): Plan {
    const door = this.#door;
    const code = door.plan(
      request.method,
      request.headers,
      stored.method,
      stored.status,
      stored.headers,
      stored.requestHeaders,
      stored.requestedAt,
      stored.receivedAt,
      now,
    );
    const ageMs = door.first();
    const lifetimeMs = door.second();
    return {
      verdict: VERDICTS[code & 7]!,
      reason: reasonOf(code >> 6),
      ageMs,
      lifetimeMs,
      mayServeOnError: (code & 8) !== 0,
      mayServeDisconnected: (code & 16) !== 0,
      conditional: (code & 32) === 0 ? '' : door.text(),
      ttlMs: Math.max(0, lifetimeMs - ageMs),
    };
  }

  /**
   * Returns of the request's header lines what makes a variant, in one order and spelling;
   * undefined
   * if no request can be told to match: `Vary: *` (RFC 9111, 4.1). It is also what to keep in
   * {@link StoredHead.requestHeaders}.
   */
  variantKey(vary: string | undefined, requestHeaders: string): string | undefined {
    if (vary === undefined || vary === '') {
      return '';
    }
    startHttpSync();
    return HttpRules.variant_key(vary, requestHeaders);
  }

  /**
   * Whether a request for which nothing is stored has to be answered by 504 (RFC 9111,
   * 5.2.1.7).
   */
  onlyIfCached(request: Head): boolean {
    if (!request.headers.includes('only-if-cached') && !/only-if-cached/i.test(request.headers)) {
      return false;
    }
    startHttpSync();
    return HttpRules.is_only_if_cached(request.headers);
  }

  /** Whether a body of so many bytes is all that its head announces (RFC 9111, 3.3). */
  isComplete(response: Head, bodyLength: number): boolean {
    startHttpSync();
    return HttpRules.is_complete(response.headers, bodyLength);
  }

  /** Returns the header lines that may be stored (RFC 9111, 3.1). */
  headersToStore(response: ResponseHead): string {
    return this.#door.headers_to_store(response.headers);
  }

  /** Returns the header lines to serve a stored response with, Age among them. */
  headersToServe(stored: StoredHead, now: number): string {
    startHttpSync();
    return HttpRules.headers_to_serve(stored.headers, stored.requestedAt, stored.receivedAt, now);
  }

  /** Returns the stored response as a 304 (or a HEAD) has updated it (RFC 9111, 3.2 and 4.3.4). */
  freshen(
    stored: StoredHead,
    notModified: ResponseHead,
    requestedAt: number,
    receivedAt: number,
  ): StoredHead {
    const headers = this.#door.freshen(stored.headers, notModified.headers);
    return { ...stored, headers, requestedAt, receivedAt };
  }

  /** Whether a 304 is about this stored response (RFC 9111, 4.3.4). */
  selects304(stored: StoredHead, notModified: ResponseHead): boolean {
    startHttpSync();
    return HttpRules.selects_304(stored.headers, notModified.headers);
  }

  /** Returns what the response to a HEAD says of this stored response (RFC 9111, 4.3.5). */
  head(stored: StoredHead, response: ResponseHead): HeadVerdict {
    startHttpSync();
    return HEAD_VERDICTS[HttpRules.head(stored.headers, response.status, response.headers)]!;
  }

  /** Returns what the request's own conditions make of it (RFC 9110, 13.2.2). */
  validates(request: RequestHead, stored: StoredHead): Validation {
    startHttpSync();
    const { method, headers } = request;
    const { status, receivedAt } = stored;
    return HttpRules.is_not_modified(method, headers, status, stored.headers, receivedAt)
      ? 'not-modified'
      : 'full';
  }

  /** Returns what the request's Range makes of a stored body of `length` bytes (RFC 9110, 14). */
  range(request: RequestHead, stored: StoredHead, length: number): RangePlan {
    const door = this.#door;
    const { method, headers } = request;
    const kind = door.range(method, headers, stored.status, stored.headers, length);
    if (kind === 0) {
      return { kind: 'whole' };
    }
    const contentRange = door.text();
    return kind === 1
      ? { kind: 'part', start: door.first(), end: door.second(), contentRange }
      : { kind: 'unsatisfiable', contentRange };
  }

  /**
   * Whether a 206 may be joined with what is stored, itself a part or whole: both have the same
   * strong entity tag (RFC 9111, 3.4).
   */
  combines(stored: StoredHead, part: ResponseHead): boolean {
    startHttpSync();
    return HttpRules.combines(stored.headers, part.headers);
  }

  /** Returns the URLs that the response to an unsafe request makes invalid (RFC 9111, 4.4). */
  invalidates(request: RequestHead, response: ResponseHead): readonly string[] {
    startHttpSync();
    const found = HttpRules.invalidates(request.method, response.status, response.headers);
    if (found === undefined) {
      return [];
    }
    const target = new URL(request.url);
    target.hash = '';
    const urls = new Set([target.href]);
    for (const reference of found.split('\n')) {
      const url = reference === '' ? undefined : resolve(reference, target);
      if (url?.origin === target.origin) {
        urls.add(url.href);
      }
    }
    return [...urls];
  }

  /** Returns the member of Cache-Status that says what this cache did (RFC 9211). */
  cacheStatus(parts: CacheStatusParts): string {
    const { fwd, fwdStatus, ttlMs, key, detail } = parts;
    startHttpSync();
    return HttpRules.cache_status(
      parts.cache,
      (parts.hit === true ? 1 : 0) |
        (parts.stored === true ? 2 : 0) |
        (parts.collapsed === true ? 4 : 0),
      fwd === undefined ? FORWARDS.length : FORWARDS.indexOf(fwd),
      fwdStatus ?? 0,
      ttlMs ?? Number.NaN,
      key,
      detail,
    );
  }

  get #door(): HttpRules {
    return (this.#made ??= this.#open());
  }

  #open(): HttpRules {
    startHttpSync();
    const options = this.#options;
    return new HttpRules(
      options.shared,
      options.heuristicFraction ?? 0.1,
      options.defaultTtlMs ?? 0,
      options.staleWhileRevalidateMs ?? 0,
      options.staleIfErrorMs ?? 0,
      options.ignoreCargoCult ?? false,
      (options.targets ?? []).join('\n').toLowerCase(),
    );
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

function reasonOf(code: number): string {
  return (reasons[code] ??= HttpRules.reason(code));
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
