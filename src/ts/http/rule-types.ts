/**
 * What the rules are asked and what they answer.
 *
 * Header blocks are text, `name:value\n` a line with lower-case names, in order. Moments are
 * milliseconds since 1970.
 */

/** A header block. */
export interface Head {
  readonly headers: string;
}

/** A request without its body. */
export interface RequestHead extends Head {
  readonly method: string;
  readonly url: string;
}

/** A response without its body. */
export interface ResponseHead extends Head {
  readonly status: number;
}

/** What a cache is and what it may do that the origin has not said. */
export interface RuleOptions {
  /** Whether several users share the cache. */
  readonly shared: boolean;
  /** The part of the time since the last modification that is taken for a lifetime; 0.1. */
  readonly heuristicFraction?: number;
  /** Fields of RFC 9213 for this cache, the most specific first. */
  readonly targets?: readonly string[];
  /** The lifetime where the origin says nothing and heuristics are allowed; 0. */
  readonly defaultTtlMs?: number;
  /** The window of stale-while-revalidate where the origin does not say; 0. */
  readonly staleWhileRevalidateMs?: number;
  /** The window of stale-if-error where the origin does not say; 0. */
  readonly staleIfErrorMs?: number;
  /** Whether the boilerplate `pre-check=, post-check=` voids the restrictions beside it. */
  readonly ignoreCargoCult?: boolean;
}

/** A stored response and what was asked for it. */
export interface StoredHead extends ResponseHead {
  /** Of the request's header lines those that Vary names. */
  readonly requestHeaders: string;
  readonly requestedAt: number;
  readonly receivedAt: number;
  readonly url: string;
  readonly method: string;
}

/** Whether a response may be stored. */
export interface Storable {
  readonly storable: boolean;
  /** Why (not), with the section of the RFC. */
  readonly reason: string;
}

/**
 * What to do with a stored response: `fresh`: serve it; `stale-while-revalidate`: serve it and
 * revalidate beside; `stale-if-error`: revalidate, and serve it if the origin fails; `revalidate`;
 * `miss`: it does not answer this request; `only-if-cached`: answer 504.
 */
export type Verdict =
  'fresh' | 'stale-while-revalidate' | 'stale-if-error' | 'revalidate' | 'miss' | 'only-if-cached';

/** What to do with a stored response, and why. */
export interface Plan {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly ageMs: number;
  readonly lifetimeMs: number;
  /** Whether it may be served instead of an error that the origin answers (RFC 5861, 4). */
  readonly mayServeOnError: boolean;
  /** Whether it may be served if the origin cannot be reached at all (RFC 9111, 4.2.4). */
  readonly mayServeDisconnected: boolean;
  /** Header lines that make the request conditional; they replace lines of the same name. */
  readonly conditional: string;
  /** How long it stays fresh; 0 if it is stale. */
  readonly ttlMs: number;
}

/**
 * What a client's own conditions make of a stored response (RFC 9110, 13.2.2). A cache never
 * answers 412: If-Match and If-Unmodified-Since are the origin's, and such requests are a miss.
 */
export type Validation = 'full' | 'not-modified';

/**
 * What a client's Range makes of a stored response (RFC 9110, 14). `start` and `end` are offsets
 * in the stored body, `end` the first byte after the part; a stored 206 counts from its own start.
 */
export type RangePlan =
  | { readonly kind: 'whole' }
  | {
      readonly kind: 'part';
      readonly start: number;
      readonly end: number;
      readonly contentRange: string;
    }
  | { readonly kind: 'unsatisfiable'; readonly contentRange: string };

/** What the response to a HEAD says of a stored response to a GET (RFC 9111, 4.3.5). */
export type HeadVerdict = 'update' | 'invalidate' | 'none';

/** The parameters of a member of Cache-Status (RFC 9211). */
export interface CacheStatusParts {
  /** The name of the cache. */
  readonly cache: string;
  readonly hit?: boolean;
  readonly fwd?:
    'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial';
  readonly fwdStatus?: number;
  /** The remaining freshness, negative when stale; sent in whole seconds. */
  readonly ttlMs?: number;
  readonly stored?: boolean;
  readonly collapsed?: boolean;
  readonly key?: string;
  readonly detail?: string;
}

/** What a {@link ByteIndex} may hold. */
export interface ByteIndexOptions {
  readonly maxBytes: number;
  readonly maxEntries?: number;
  /** `'adaptive'` unless said otherwise. */
  readonly policy?: string;
}

/** What a {@link ByteIndex} has counted. */
export interface ByteIndexStats {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly hitBytes: number;
  readonly missBytes: number;
  readonly evictions: number;
  readonly refusals: number;
  /** Of the bytes asked for, the part that was here; 0 before anything was asked for. */
  readonly byteHitRate: number;
}
