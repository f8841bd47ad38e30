/** Which strategy answers which request. */

import { describe, wrongType } from '../errors.js';
import { isOwn } from './network.js';
import { planOf, type Strategy } from './strategies.js';
import type { HandlerContext, RouteCall, RouteMatch } from './types.js';

/** A strategy, and the requests that it answers. */
export interface Route {
  /** Whether a request is the route's. */
  readonly matches: (call: RouteCall) => unknown;
  /** What answers it. */
  readonly strategy: Strategy;
}

/** Those of {@link registerRoute}, for every handler. */
const registered: Route[] = [];

/**
 * Returns a route. GET and HEAD are its methods unless `method` says another.
 *
 * ```ts
 * route('/assets/*', new CacheFirst());
 * ```
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`
 */
export function route(match: RouteMatch, strategy: Strategy, method?: string): Route {
  if (planOf(strategy) === undefined) {
    throw wrongType(`the strategy is ${describe(strategy)}; give one, such as new CacheFirst()`);
  }
  const isMatch = matcherOf(match);
  const matches = (call: RouteCall): unknown => {
    const asked = call.request.method;
    const isMethod = method === undefined ? asked === 'GET' || asked === 'HEAD' : asked === method;
    return isMethod && isMatch(call);
  };
  return { matches, strategy };
}

/** Makes a route that every handler of this page or worker has, after its own. */
export function registerRoute(match: RouteMatch, strategy: Strategy, method?: string): Route {
  const made = route(match, strategy, method);
  registered.push(made);
  return made;
}

/** Returns the strategy of the first route that matches. */
export function findStrategy(
  routes: readonly Route[],
  request: Request,
  event: HandlerContext | undefined,
): Strategy | undefined {
  const url = new URL(request.url);
  const call = { url, request, event, sameOrigin: isOwn(request.url) };
  return [...routes, ...registered].find(({ matches }) => matches(call))?.strategy;
}

function matcherOf(match: RouteMatch): (call: RouteCall) => unknown {
  if (typeof match === 'function') {
    return match;
  }
  if (match instanceof RegExp) {
    // One with `g` or `y` remembers where it was.
    const pattern = new RegExp(match.source, match.flags.replace(/[gy]/g, ''));
    return ({ url, sameOrigin }) => {
      const found = pattern.exec(url.href);
      return found !== null && (sameOrigin || found.index === 0);
    };
  }
  if (typeof match !== 'string' || !/^(\/|https?:\/\/)/.test(match)) {
    throw wrongType(
      `a route matches ${describe(match)}; give a path such as '/api/*', a whole URL, a RegExp ` +
        'or a function',
    );
  }
  const text = match.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const pattern = new RegExp(`^${text}$`);
  return match.startsWith('/')
    ? ({ url, sameOrigin }) => sameOrigin && pattern.test(url.pathname)
    : ({ url }) => pattern.test(url.href.slice(0, url.href.length - url.hash.length));
}
