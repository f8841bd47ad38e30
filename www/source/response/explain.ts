/**
 * What the cache does, by doing it: a cache of its own with a clock and an origin of ours is asked
 * twice, once to store the response and once at the later moment. What it says is what is shown.
 */

import { CachePolicy, HttpCache, HttpSemantics, type HttpCacheEvent } from 'tidecache/http';

import type { PastedRequest, PastedResponse } from './headers';

/** What came of it. */
export interface Explanation {
  readonly verdict: string;
  /** Why, as the rules say it, with the section. */
  readonly reasons: readonly string[];
  /** Whether it was stored. */
  readonly isStored: boolean;
  /** In seconds. */
  readonly age: number;
  readonly lifetime: number;
  /** Ends of the windows after the lifetime, in seconds of age. */
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  /** Of the answer to the second request. */
  readonly status: number;
  readonly cacheStatus: string;
  /** What the origin is asked with, if it is asked. */
  readonly asked: readonly string[] | undefined;
}

const VERDICTS: Readonly<Record<string, string>> = {
  hit: 'Served from the cache, fresh; the origin is not asked.',
  stale: 'Served from the cache, stale.',
  revalidated: 'The origin is asked whether it still holds, and it does: served from the cache.',
  miss: 'Sent to the origin; the cache does not answer.',
};

/** Returns what a private or shared cache does `laterSeconds` after the response came. */
export async function explain(
  pastedRequest: PastedRequest,
  pastedResponse: PastedResponse,
  options: { shared: boolean; laterSeconds: number; isOriginDown: boolean },
): Promise<Explanation> {
  const began = Date.parse(pastedResponse.headers.get('date') ?? '') || Date.now();
  let now = began;
  const asked: Request[] = [];
  const events: HttpCacheEvent[] = [];
  const url = new URL(pastedRequest.path, location.origin).href;
  const make = (): Request => {
    const { method, headers } = pastedRequest;
    return new Request(url, { method, headers });
  };
  const origin = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    asked.push(request);
    if (asked.length > 1 && options.isOriginDown) {
      return Promise.reject(new TypeError('the origin is out of reach'));
    }
    const { status, headers } = pastedResponse;
    const isConditional =
      request.headers.has('if-none-match') || request.headers.has('if-modified-since');
    const isUnchanged =
      asked.length > 1 && isConditional && !pastedRequest.headers.has('if-none-match');
    const sent = new Headers(headers);
    if (asked.length > 1) {
      sent.set('date', new Date(now).toUTCString());
    }
    const isBare = isUnchanged || [204, 205, 304].includes(status);
    return Promise.resolve(
      new Response(isBare ? null : 'body', { status: isUnchanged ? 304 : status, headers: sent }),
    );
  };
  await using cache = new HttpCache({
    name: `explain ${crypto.randomUUID()}`,
    storage: 'memory',
    shared: options.shared,
    cacheStatus: 'tidecache',
    fetch: origin,
    clock: { now: () => now },
    on: (event) => {
      events.push(event);
    },
  });
  const handler = cache.handler({ fallback: new HttpSemantics() });
  const first = await handler(make());
  await first.arrayBuffer();
  await cache.settled();
  const stored = events.find(({ type }) => type === 'stored');
  const refused = events.find(({ type }) => type === 'refused');
  events.length = 0;
  now = began + 1000 * options.laterSeconds;
  const second = await handler(make()).catch(() => undefined);
  await second?.arrayBuffer();
  await cache.settled();
  // What goes on behind a stale answer has events of its own; the field tells them apart.
  const isForwarded = /;fwd=/.test(second?.headers.get('cache-status') ?? '');
  const type = ['stale', ...(isForwarded ? ['revalidated', 'miss'] : ['hit'])].find((type) =>
    events.some((event) => event.type === type),
  );
  const answered = events.find((event) => event.type === type);
  const again = asked[1];
  const verdict =
    second === undefined
      ? 'The origin is out of reach, and nothing that is stored may stand in: the request fails.'
      : (VERDICTS[type ?? 'miss'] ?? '');
  const policy = policyOf(pastedRequest, pastedResponse, options.shared, began);
  policy.now = () => now;
  const lifetime = policy.maxAge();
  const window = (name: string): number => {
    const found = new RegExp(`\\b${name}=(\\d+)`).exec(
      pastedResponse.headers.get('cache-control') ?? '',
    );
    return lifetime + Number(found?.[1] ?? 0);
  };
  const reasons = [refused, stored, answered].flatMap((event) =>
    event === undefined || event.reason === '' ? [] : [`${event.type}: ${event.reason}`],
  );
  return {
    verdict,
    reasons: [...new Set(reasons)],
    isStored: stored !== undefined,
    age: policy.age(),
    lifetime,
    staleWhileRevalidate: window('stale-while-revalidate'),
    staleIfError: window('stale-if-error'),
    status: second?.status ?? 0,
    cacheStatus: second?.headers.get('cache-status') ?? '',
    asked: again === undefined ? undefined : conditionsOf(again, pastedRequest),
  };
}

/** Returns the header lines that a request has beyond those that were pasted. */
function conditionsOf(request: Request, pasted: PastedRequest): string[] {
  return [...request.headers]
    .filter(([name, value]) => pasted.headers.get(name) !== value)
    .map(([name, value]) => `${name}: ${value}`);
}

/** Returns the numbers' source: the policy, made at the moment when the response came. */
function policyOf(
  { method, headers: asked }: PastedRequest,
  { status, headers }: PastedResponse,
  shared: boolean,
  began: number,
): CachePolicy {
  class PolicyThen extends CachePolicy {
    override now(): number {
      return began;
    }
  }
  const request = { method, headers: Object.fromEntries(asked) };
  return new PolicyThen(request, { status, headers: Object.fromEntries(headers) }, { shared });
}
