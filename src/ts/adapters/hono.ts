/**
 * The response cache in front of a Hono app.
 *
 * The cache asks the app as it would ask an origin: conditionally, once for many who wait, and
 * again in the background when a stale response was served. So the app is called with the cache's
 * own request, and the middleware lets that one pass.
 */

/** A cache of responses: what `createCache` of `tidecache/http` returns. */
export interface ResponseCacheLike {
  fetch(
    network: (input: Request | string | URL) => Promise<Response>,
  ): (input: Request) => Promise<Response>;
}

/** What the middleware asks of a context of Hono. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  res: Response;
}

/** What the middleware asks of a Hono app. */
export interface HonoApp {
  fetch(request: Request, env?: never): Response | Promise<Response>;
}

/** A middleware of Hono. */
export type HonoMiddleware = (
  context: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | void>;

/**
 * Returns a middleware that answers from `cache`, and asks `app` for what is not there.
 *
 * ```ts
 * const app = new Hono();
 * app.use(responseCache(app, createCache({ shared: true, storage: 'memory' })));
 * ```
 *
 * Responses say by `Cache-Control` what may be kept. Give the cache `shared: true` if it serves
 * more than one user. Middleware that was added before runs for the request and once more for each
 * call of the app by the cache.
 */
export function responseCache(app: HonoApp, cache: ResponseCacheLike): HonoMiddleware {
  const passing = new WeakSet<Request>();
  return async (context, next) => {
    const request = context.req.raw;
    if (passing.has(request)) {
      await next();
      return undefined;
    }
    const ask = async (input: Request | string | URL): Promise<Response> => {
      const own = new Request(input);
      passing.add(own);
      return app.fetch(own, context.env as never);
    };
    return cache.fetch(ask)(request);
  };
}
