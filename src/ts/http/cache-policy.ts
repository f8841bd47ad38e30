/**
 * A class with the interface of npm's `http-cache-semantics`, decided by our rules.
 *
 * What differs, and which section of which RFC says so, is in docs/http-disagreements.md; a test
 * gives both classes the same headers and knows every difference by name.
 */

import { headBlock, headPairs, Rules } from './rules.js';
import type { Plan, RequestHead, ResponseHead, StoredHead } from './rule-types.js';

/** Header fields by their lower-case names. */
export type PolicyHeaders = Record<string, string | undefined>;

/** A request, as Node's `http` has it. */
export interface PolicyRequest {
  /** Lower-case names. */
  readonly headers: PolicyHeaders;
  /** `GET` if it is not said. */
  readonly method?: string | undefined;
  /** Compared as it is; any if it is not said. */
  readonly url?: string | undefined;
}

/** A response, as Node's `http` has it. */
export interface PolicyResponse {
  /** Lower-case names. */
  readonly headers: PolicyHeaders;
  /** 200 if it is not said. */
  readonly status?: number | undefined;
}

/** Options, by the names that `http-cache-semantics` gives them. */
export interface PolicyOptions {
  /** Whether several users share the cache; true. */
  readonly shared?: boolean | undefined;
  /** The part of the time since the last modification that is taken for a lifetime; 0.1. */
  readonly cacheHeuristic?: number | undefined;
  /** In milliseconds; for `immutable` responses that say no lifetime. */
  readonly immutableMinTimeToLive?: number | undefined;
  /** Whether the boilerplate `pre-check=, post-check=` voids the restrictions beside it. */
  readonly ignoreCargoCult?: boolean | undefined;
}

/** What to ask the origin. */
export interface Revalidation {
  /** The request's, with the conditions. */
  readonly headers: PolicyHeaders;
  /** Whether the client has to wait for the answer. */
  readonly synchronous: boolean;
}

/** What a stored response does for a request. */
export interface Evaluation {
  /** The response to serve, if there is one. */
  readonly response: { readonly headers: PolicyHeaders; readonly status: number } | undefined;
  /** What to ask the origin, if it is to be asked. */
  readonly revalidation: Revalidation | undefined;
}

/** A policy as JSON; the same as that of `http-cache-semantics`, so either reads the other's. */
export interface PolicyObject {
  /** The version of this form. */
  readonly v: 1;
  /** When the response came, in milliseconds. */
  readonly t: number;
  /** Whether the cache is shared. */
  readonly sh: boolean;
  /** The heuristic part. */
  readonly ch: number;
  /** The lifetime of `immutable`, in milliseconds. */
  readonly imm: number;
  /** Whether cargo cult is ignored. */
  readonly icc: boolean;
  /** The status. */
  readonly st: number;
  /** The response's header fields. */
  readonly resh: PolicyHeaders;
  /** Its directives. */
  readonly rescc: Record<string, string | true>;
  /** The request's method. */
  readonly m: string;
  /** Its URL. */
  readonly u: string | undefined;
  /** Its Host. */
  readonly h: string | undefined;
  /** Whether it had no Authorization. */
  readonly a: boolean;
  /** Its header fields, if the response varies. */
  readonly reqh: PolicyHeaders | null;
  /** Its directives. */
  readonly reqcc: Record<string, string | true>;
}

type OwnPolicy = typeof CachePolicy;

const DAY_MS = 86_400_000;
const ERRORS = [500, 502, 503, 504];

/** Whether and for how long one response may be reused. */
export class CachePolicy {
  #object: PolicyObject;
  #rules: Rules;

  constructor(request: PolicyRequest, response: PolicyResponse, options: PolicyOptions = {}) {
    assertHeaders(request, 'Request');
    assertHeaders(response, 'Response');
    const { headers } = request;
    this.#object = {
      v: 1,
      t: this.now(),
      sh: options.shared !== false,
      ch: options.cacheHeuristic ?? 0.1,
      imm: options.immutableMinTimeToLive ?? DAY_MS,
      icc: options.ignoreCargoCult === true,
      st: response.status ?? 200,
      resh: response.headers,
      rescc: directivesOf(response.headers['cache-control']),
      m: request.method ?? 'GET',
      u: request.url,
      h: headers['host'],
      a: headers['authorization'] === undefined || headers['authorization'] === '',
      reqh: isGiven(response.headers['vary']) ? headers : null,
      reqcc: directivesOf(headers['cache-control']),
    };
    this.#rules = rulesOf(this.#object);
  }

  /** Returns the policy that {@link CachePolicy.toObject} has written. */
  static fromObject<T extends OwnPolicy>(this: T, object: PolicyObject): InstanceType<T> {
    if ((object as { v: unknown } | undefined)?.v !== 1) {
      throw new Error('Invalid serialization');
    }
    const policy = new this({ headers: {} }, { headers: {} });
    policy.#object = { ...object, imm: object.imm ?? DAY_MS, icc: object.icc ?? false };
    policy.#rules = rulesOf(policy.#object);
    return policy as InstanceType<T>;
  }

  /** Returns the time in milliseconds; may be replaced. */
  now(): number {
    return Date.now();
  }

  /** Whether the response may be stored at all. */
  storable(): boolean {
    const { t, st } = this.#object;
    const response: ResponseHead = { status: st, headers: blockOf(this.#object.resh) };
    return this.#rules.storable(this.#ownRequest(), response, t).storable;
  }

  /** Whether the stored response answers the request without asking the origin. */
  satisfiesWithoutRevalidation(request: PolicyRequest): boolean {
    return this.evaluateRequest(request).revalidation === undefined;
  }

  /** Returns what the stored response does for the request. */
  evaluateRequest(request: PolicyRequest): Evaluation {
    assertHeaders(request, 'Request');
    const verdict = this.#matches(request) ? this.#plan(request).verdict : 'miss';
    const isFresh = verdict === 'fresh' && this.storable();
    const isServed = isFresh || (verdict === 'stale-while-revalidate' && this.storable());
    return {
      response: isServed ? { headers: this.responseHeaders(), status: this.status() } : undefined,
      revalidation: isFresh
        ? undefined
        : { synchronous: !isServed, headers: this.revalidationHeaders(request) },
    };
  }

  /** Returns the header fields to serve the stored response with. */
  responseHeaders(): PolicyHeaders {
    const stored = this.#stored();
    const headers = this.#rules.headersToStore(stored);
    return fieldsOf(this.#rules.headersToServe({ ...stored, headers }, this.now()));
  }

  /** Returns the stored status. */
  status(): number {
    return this.#object.st;
  }

  /** Returns the moment of Date, or when the response came. */
  date(): number {
    const date = Date.parse(this.#object.resh['date'] ?? '');
    return Number.isFinite(date) ? date : this.#object.t;
  }

  /** Returns the age in seconds, with fractions. */
  age(): number {
    return this.#ownPlan().ageMs / 1000;
  }

  /** Returns the lifetime in seconds; 0 if the response may not be stored or reused. */
  maxAge(): number {
    const plan = this.#ownPlan();
    const mustAsk = plan.verdict === 'miss' || plan.reason.includes('no-cache');
    return mustAsk || !this.storable() ? 0 : plan.lifetimeMs / 1000;
  }

  /** Returns for how long the response may be of use, in milliseconds. */
  timeToLive(): number {
    const left = this.maxAge() - this.age();
    const { rescc } = this.#object;
    const windows = ['stale-if-error', 'stale-while-revalidate'].map((name) =>
      secondsOf(rescc[name]),
    );
    return Math.round(Math.max(0, left, ...windows.map((window) => left + window)) * 1000);
  }

  /** Whether the lifetime is over. */
  stale(): boolean {
    return this.maxAge() <= this.age();
  }

  /** Whether the response may be served now while it is revalidated. */
  useStaleWhileRevalidate(): boolean {
    return this.storable() && this.#ownPlan().verdict === 'stale-while-revalidate';
  }

  /** Returns the policy as JSON. */
  toObject(): PolicyObject {
    return this.#object;
  }

  /** Returns the header fields to ask the origin with. */
  revalidationHeaders(request: PolicyRequest): PolicyHeaders {
    assertHeaders(request, 'Request');
    const block = this.#rules.headersToStore({ status: 200, headers: blockOf(request.headers) });
    const headers = fieldsOf(block);
    // What is stored is whole: a part of it is no answer to be stored.
    delete headers['if-range'];
    if (!this.#matches(request) || !this.#mayValidate(request)) {
      delete headers['if-none-match'];
      delete headers['if-modified-since'];
      return headers;
    }
    const { etag, 'last-modified': modified } = this.#object.resh;
    if (isGiven(etag)) {
      const asked = headers['if-none-match'];
      headers['if-none-match'] = isGiven(asked) ? `${asked}, ${etag}` : etag;
    }
    if (isGiven(modified) && !isGiven(headers['if-modified-since'])) {
      headers['if-modified-since'] = modified;
    }
    return headers;
  }

  /**
   * Returns the policy after the origin's answer; `modified` says that the stored body is not that
   * of the answer, `matches` that the answer was about what is stored.
   */
  revalidatedPolicy(
    request: PolicyRequest,
    response: PolicyResponse,
  ): { policy: CachePolicy; modified: boolean; matches: boolean } {
    assertHeaders(request, 'Request');
    const status = (response as PolicyResponse | undefined)?.status;
    const isError = response === undefined || (status !== undefined && ERRORS.includes(status));
    if (isError && this.#maySurviveError()) {
      return { policy: this, modified: false, matches: true };
    }
    assertHeaders(response, 'Response');
    const stored = this.#stored();
    const head: ResponseHead = { status: 304, headers: blockOf(response.headers) };
    const isAbout = status === undefined || status === 304;
    const matches = isAbout && this.#rules.selects304(stored, head);
    const { sh, ch, imm, icc, st } = this.#object;
    const options: PolicyOptions = {
      shared: sh,
      cacheHeuristic: ch,
      immutableMinTimeToLive: imm,
      ignoreCargoCult: icc,
    };
    const Policy = this.constructor as OwnPolicy;
    if (!matches) {
      return { policy: new Policy(request, response, options), modified: !isAbout, matches };
    }
    const headers = fieldsOf(this.#rules.freshen(stored, head, this.now(), this.now()).headers);
    const updated = new Policy(request, { headers, status: st }, options);
    return { policy: updated, modified: false, matches };
  }

  /** Whether the request is for this response, its method and what Vary names apart. */
  #matches(request: PolicyRequest): boolean {
    const { u, h } = this.#object;
    return (!isGiven(u) || u === request.url) && h === request.headers['host'];
  }

  #mayValidate(request: PolicyRequest): boolean {
    const plan = this.#plan({ ...request, method: request.method ?? this.#object.m });
    return this.storable() && plan.verdict !== 'miss';
  }

  #maySurviveError(): boolean {
    const plan = this.#ownPlan();
    return this.storable() && (plan.mayServeOnError || !this.stale());
  }

  /** Returns what is to be done for the request by which the response was stored. */
  #ownPlan(): Plan {
    const { m, reqh } = this.#object;
    // What it said of itself would be said of every later use.
    const headers = { ...reqh, 'cache-control': undefined, pragma: undefined };
    return this.#plan({ method: m, headers });
  }

  #plan({ method, headers }: PolicyRequest): Plan {
    const head: RequestHead = {
      method: method ?? this.#object.m,
      url: this.#object.u ?? '',
      headers: blockOf(headers),
    };
    return this.#rules.plan(head, this.#stored(), this.now());
  }

  #stored(): StoredHead {
    const { m, u, t, st, resh, reqh } = this.#object;
    return {
      method: m,
      url: u ?? '',
      status: st,
      headers: blockOf(resh),
      requestHeaders: blockOf(reqh ?? {}),
      requestedAt: t,
      receivedAt: t,
    };
  }

  /** Returns the request as far as it matters for storing. */
  #ownRequest(): RequestHead {
    const { m, u, a, reqcc } = this.#object;
    const control = formatted(reqcc);
    const headers =
      (a ? '' : 'authorization:given\n') + (control === '' ? '' : `cache-control:${control}\n`);
    return { method: m, url: u ?? '', headers };
  }
}

function rulesOf({ sh, ch, imm, icc, rescc }: PolicyObject): Rules {
  return new Rules({
    shared: sh,
    heuristicFraction: ch,
    ignoreCargoCult: icc,
    // RFC 8246 gives no lifetime; who says `immutable` and none means a long one.
    defaultTtlMs: rescc['immutable'] === undefined ? 0 : imm,
  });
}

function assertHeaders(message: { headers: unknown } | undefined, name: string): void {
  if (message?.headers === undefined || message.headers === null) {
    throw new Error(`${name} headers missing`);
  }
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function blockOf(headers: PolicyHeaders): string {
  const given = Object.entries(headers).filter((pair): pair is [string, string] => {
    return pair[1] !== undefined;
  });
  return headBlock(given);
}

/** Lines of one name become one field. */
function fieldsOf(block: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of headPairs(block)) {
    const held = fields[name];
    fields[name] = held === undefined ? value : `${held}, ${value}`;
  }
  return fields;
}

/** Only for {@link CachePolicy.toObject}: nothing is decided by it but windows in seconds. */
function directivesOf(line: string | undefined): Record<string, string | true> {
  const directives: Record<string, string | true> = {};
  for (const part of isGiven(line) ? line.trim().split(',') : []) {
    const [name = '', value] = part.split('=', 2);
    directives[name.trim()] = value === undefined ? true : value.trim().replace(/^"|"$/g, '');
  }
  return directives;
}

function formatted(directives: Record<string, string | true>): string {
  return Object.entries(directives)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`))
    .join(', ');
}

function secondsOf(value: string | true | undefined): number {
  return typeof value === 'string' && /^\d+$/.test(value) ? Math.min(Number(value), 2 ** 31) : 0;
}
