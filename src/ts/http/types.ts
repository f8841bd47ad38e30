/** What callers of `tidecache/http` write and read. */

import type { Duration, EvictionPolicy } from '../types.js';

/** A number of bytes, or text such as `'50MB'` (a kB is 1,000 bytes). */
export type ByteSize = number | `${number}${'B' | 'kB' | 'KB' | 'MB' | 'GB'}`;

/** What fetches: the platform's `fetch`, or something like it. */
export type FetchFunction = (
  input: Request | string | URL,
  init?: RequestInit,
) => Promise<Response>;

/** What an event of a service worker offers; all of it may be missing. */
export interface HandlerContext {
  /** Keeps the worker alive until `work` has settled. */
  waitUntil?(work: Promise<unknown>): void;
  /** The response that the browser has asked for while the worker started. */
  readonly preloadResponse?: Promise<unknown> | undefined;
}

/** Answers requests: give it to a service worker's `fetch` event, or call it. */
export type Handler = (request: Request, context?: HandlerContext) => Promise<Response>;

/** What happened, as the option `on` is told. */
export interface HttpCacheEvent {
  /**
   * `hit`, `stale`: served from the cache. `miss`: the network was asked. `revalidated`: the origin
   * said that what is stored still holds. `stored`, `refused`: a response was kept or not; `reason`
   * says why not. `evicted`, `purged`: entries left. `quota`: the browser had no room. `error`:
   * something failed, and the response went on all the same.
   */
  readonly type:
    | 'hit'
    | 'stale'
    | 'miss'
    | 'revalidated'
    | 'stored'
    | 'refused'
    | 'evicted'
    | 'purged'
    | 'quota'
    | 'error';
  /** The URL it is about; `''` where it is about no single one. */
  readonly url: string;
  /** Which cache of this one: the strategy's `cacheName`. */
  readonly cacheName: string;
  /** Why, in words. */
  readonly reason: string;
  /** What failed, with `error`. */
  readonly error?: unknown;
}

/** What a plugin's hooks are told; each uses the part that it needs. */
export interface PluginCall {
  /** The request as the cache looks it up. */
  readonly request: Request;
  /** The cache's name. */
  readonly cacheName: string;
  /** The event of a service worker, or what was given in its place. */
  readonly event: HandlerContext | undefined;
}

/** Hooks of a strategy, named as in Workbox. One that throws fails the request. */
export interface Plugin {
  /** Returns the response to store: the one given, another, or `null` for none. */
  cacheWillUpdate?(
    call: PluginCall & { readonly response: Response },
  ): Response | null | undefined | Promise<Response | null | undefined>;
  /** Returns what the response is looked up and stored by. */
  cacheKeyWillBeUsed?(
    call: PluginCall & { readonly mode: 'read' | 'write' },
  ): Request | string | Promise<Request | string>;
  /** Returns the response to serve: the one given, another, or `null` for a miss. */
  cachedResponseWillBeUsed?(
    call: PluginCall & { readonly cachedResponse: Response },
  ): Response | null | undefined | Promise<Response | null | undefined>;
  /** Told when the network failed. */
  fetchDidFail?(call: PluginCall & { readonly error: unknown }): void | Promise<void>;
  /** Returns a response in place of a failure, or nothing. */
  handlerDidError?(
    call: PluginCall & { readonly error: unknown },
  ): Response | null | undefined | Promise<Response | null | undefined>;
}

/** Opaque responses have no size that anybody may know: without this they are refused. */
export interface OpaqueOptions {
  /** How many are kept at most. */
  maxEntries: number;
  /** What each counts. Browsers book several megabytes for one. */
  bytes: ByteSize;
}

/** What every strategy takes; names that Workbox has mean what they mean there. */
export interface StrategyOptions {
  /** Which cache; strategies of one name share it. Default `'default'`. */
  cacheName?: string;
  /** The hooks, in order. */
  plugins?: readonly Plugin[];
  /** Most entries in this cache. */
  maxEntries?: number;
  /** Most bytes in this cache: bodies and heads. Default that of `createCache`. */
  maxBytes?: ByteSize;
  /** Older entries are not served, whatever the strategy; and refetched where it may ask. */
  maxAgeSeconds?: number;
  /** How long the network may take until its first byte of body, before the cache answers. */
  networkTimeoutSeconds?: number;
  /** Options of the fetch. */
  fetchOptions?: RequestInit;
  /** How entries are found: without the query of the URL, for one. */
  matchOptions?: { ignoreSearch?: boolean; ignoreVary?: boolean };
  /** Allows opaque responses: cross-origin ones without CORS. */
  opaque?: OpaqueOptions;
  /** Tags of what is stored, beside those of its `Cache-Tag` field. */
  tags?: readonly string[];
}

/** What `HttpSemantics` takes, too. */
export interface HttpSemanticsOptions extends StrategyOptions {
  /** How long a stale response may stand in for an origin that fails; the response may say more. */
  staleIfError?: Duration;
  /** How long a stale response is served while a new one is fetched. */
  staleWhileRevalidate?: Duration;
  /** For how long a response is fresh that does not say and cannot be guessed. */
  defaultTtl?: Duration;
  /** The part of a response's age at its arrival that it is fresh for. Default 0.1. */
  heuristicFraction?: number;
}

/** What a route's function is told. */
export interface RouteCall {
  /** The URL of the request. */
  readonly url: URL;
  /** The request. */
  readonly request: Request;
  /** Whether it is of the worker's or page's own origin. */
  readonly sameOrigin: boolean;
  /** The event of a service worker, or what was given in its place. */
  readonly event: HandlerContext | undefined;
}

/**
 * Which requests: a path with `*` for anything (`'/api/*'`), of the own origin, or a whole URL with
 * `*`; a `RegExp` on the whole URL; or a function.
 */
export type RouteMatch = string | RegExp | ((call: RouteCall) => unknown);

/** A file that the app needs, and its version. */
export interface PrecacheEntry {
  /** Where it is. */
  url: string;
  /** Changes when the file does; `null` if the URL changes instead. */
  revision: string | null;
}

/** How many files of a precache were fetched and how many were there. */
export interface PrecacheResult {
  /** Fetched now. */
  readonly updated: number;
  /** Already there. */
  readonly kept: number;
}

/** What to purge; everything that any of these names. */
export interface PurgeOptions {
  /** This URL, with all variants. */
  url?: string | URL;
  /** Every URL that begins so. */
  prefix?: string | URL;
  /** Everything with this tag. */
  tag?: string;
}

/** Where responses are kept. */
export type StorageOption =
  /** The browser's Cache Storage where there is one, memory elsewhere; the default. */
  | 'auto'
  | 'memory'
  /** Files below a folder, in Node; one process a folder. */
  | { directory: string };

/** The options of {@link createCache}. */
export interface HttpCacheOptions {
  /** Caches of one name share what is stored. Default `'tidecache'`. */
  name?: string;
  /** Most bytes of each of its caches. Default `'50MB'`. */
  maxBytes?: ByteSize;
  /** Most entries of each of its caches. Default: no limit. */
  maxEntries?: number;
  /** Which entries make room for others. Default `'adaptive'`. */
  evictionPolicy?: EvictionPolicy;
  /** Whether several users share it, as in a proxy. Default false. */
  shared?: boolean;
  /** Returns whose response it is; users never see another's. */
  partition?: (request: Request) => string | undefined;
  /** The name in the `Cache-Status` field of responses; false for no field. */
  cacheStatus?: string | false;
  /** Told what happens. What it throws is thrown away. */
  on?: (event: HttpCacheEvent) => void;
  /** Where responses are kept. */
  storage?: StorageOption;
  /** The fields of RFC 9213 that are obeyed, the first that is there; `CDN-Cache-Control`, say. */
  targets?: readonly string[];
  /** How the network is asked. Default: the platform's `fetch`. */
  fetch?: FetchFunction;
  /** Milliseconds since 1970. Default `Date.now`. */
  clock?: { now(): number };
}

/** Counts since the cache was made. */
export interface HttpCacheStats {
  /** Requests that were answered from the cache, fresh or stale. */
  readonly hits: number;
  /** Hits that were stale. */
  readonly staleHits: number;
  /** Requests that went to the network. */
  readonly misses: number;
  /** Times an origin said that a stored response still holds. */
  readonly revalidations: number;
  /** Requests that waited for another's response. */
  readonly coalesced: number;
  /** Responses that were stored. */
  readonly stored: number;
  /** Responses that were not. */
  readonly refused: number;
  /** Entries that made room for others. */
  readonly evictions: number;
  /** Failures of the storage; no response failed by them. */
  readonly errors: number;
  /** Entries held. */
  readonly entries: number;
  /** Bytes held: bodies and heads. */
  readonly bytes: number;
  /** Bytes of bodies that were served from the cache. */
  readonly bytesServed: number;
  /** Hits by hits and misses; 0 before the first. */
  readonly hitRate: number;
}
