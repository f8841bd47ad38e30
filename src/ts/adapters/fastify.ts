/**
 * The response cache in front of a Fastify app.
 *
 * What is not there is asked of the app itself by `inject`, without a socket, as of an origin:
 * conditionally, once for many who wait, and again in the background. Such a request carries a
 * field that nobody else knows, by which the plugin lets it pass.
 */

import type { ResponseCacheLike } from './hono.js';

/** What the plugin asks of a request of Fastify. */
export interface FastifyRequestLike {
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly protocol: string;
  readonly headers: Record<string, string | string[] | undefined>;
}

/** What the plugin asks of a reply of Fastify. */
export interface FastifyReplyLike {
  code(status: number): unknown;
  header(name: string, value: unknown): unknown;
  send(body: unknown): unknown;
}

/** What the plugin asks of a Fastify app. */
export interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>,
  ): unknown;
  inject(options: { method: 'GET'; url: string; headers: Record<string, string> }): PromiseLike<{
    statusCode: number;
    headers: Record<string, number | string | string[] | undefined>;
    rawPayload: Uint8Array;
  }>;
}

/** The options of {@link responseCache}. */
export interface FastifyCacheOptions {
  /** What `createCache` of `tidecache/http` returns. */
  cache: ResponseCacheLike;
}

const MARK = 'tidecache-inject';

/**
 * A plugin of Fastify that answers GET from a cache.
 *
 * ```ts
 * await app.register(responseCache, { cache: createCache({ shared: true, storage: 'memory' }) });
 * ```
 *
 * Responses say by `Cache-Control` what may be kept. Give the cache `shared: true` if it serves
 * more than one user. Hooks that were added before run for the request and once more for each call
 * of the app by the cache.
 */
export async function responseCache(
  app: FastifyLike,
  { cache }: FastifyCacheOptions,
): Promise<void> {
  const mark = crypto.randomUUID();
  app.addHook('onRequest', async (request, reply) => {
    // Fastify makes HEAD of its GET routes, and counts the bytes of what is sent.
    if (request.method !== 'GET' || request.headers[MARK] === mark) {
      return undefined;
    }
    const ask = async (input: Request | string | URL): Promise<Response> => {
      const own = new Request(input);
      const headers: Record<string, string> = { host: request.host, [MARK]: mark };
      own.headers.forEach((value, name) => {
        headers[name] = value;
      });
      const { pathname, search } = new URL(own.url);
      const came = await app.inject({ method: 'GET', url: pathname + search, headers });
      return responseOf(came.statusCode, came.headers, came.rawPayload);
    };
    const url = `${request.protocol}://${request.host}${request.url}`;
    const headers = headersOf(request.headers);
    const response = await cache.fetch(ask)(new Request(url, { headers }));
    reply.code(response.status);
    response.headers.forEach((value, name) => {
      reply.header(name, value);
    });
    const body = new Uint8Array(await response.arrayBuffer());
    // What is sent says its length, also that of no body.
    reply.send(body.length === 0 ? undefined : body);
    return reply;
  });
}

// Its hook is for the whole app, not for what is registered inside the plugin.
Object.assign(responseCache, { [Symbol.for('skip-override')]: true });

/** Returns the fields of one hop's message that are for the next, too. */
function headersOf(fields: Record<string, number | string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && !HOP.has(name)) {
      for (const one of Array.isArray(value) ? value : [String(value)]) {
        headers.append(name, one);
      }
    }
  }
  return headers;
}

function responseOf(
  status: number,
  fields: Record<string, number | string | string[] | undefined>,
  body: Uint8Array,
): Response {
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : (body as Uint8Array<ArrayBuffer>), {
    status,
    headers: headersOf(fields),
  });
}

const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade']);
