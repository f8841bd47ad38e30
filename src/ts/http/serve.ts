/** Making the response that the caller gets. */

import type { Exchange } from './exchange.js';
import { without } from './head.js';
import { NULL_BODY, type Answer } from './network.js';
import type { StoredRecord } from './record.js';
import type { StoredBody } from './response-store.js';
import { headPairs, type CacheStatusParts } from './rules.js';

/** What is said of a stored response that is served. */
export interface StatusParts extends Omit<CacheStatusParts, 'cache'> {
  readonly isStale?: boolean;
  readonly reason?: string;
}

/** Fields that say how the body was sent, and do not hold for a part of it or none. */
const OF_THE_BODY = ['content-length', 'content-range', 'transfer-encoding'];

/** A part that answers the very same question again. */
const AS_IT_IS = { kind: 'whole' } as const;

/** Resolves with a stored response, or `undefined` if its body is not there. */
export async function serve(
  exchange: Exchange,
  record: StoredRecord,
  parts: StatusParts,
): Promise<Response | undefined> {
  const { rules, head, bucket, request } = exchange;
  if (record.isOpaque) {
    const held = await bucket.read(record);
    return held instanceof Response ? held : undefined;
  }
  const fields = rules.headersToServe(record, exchange.now());
  const make = (
    status: number,
    body: StoredBody | null,
    headers = fields,
    statusText = '',
  ): Response => {
    const response = new Response(body as BodyInit | null, {
      status,
      statusText,
      headers: headersOf(headers, exchange, { hit: true, ...parts }),
    });
    return named(response, request.url);
  };
  const validation = rules.validates(head, record);
  if (validation !== 'full') {
    const status = validation === 'not-modified' ? 304 : 412;
    return make(status, null, without(fields, ...OF_THE_BODY));
  }
  const { status, statusText } = record;
  const isAsIs = record.part !== undefined && record.part.asked === request.headers.get('range');
  const range = isAsIs ? AS_IT_IS : rules.range(head, record, record.bytes);
  const bare = without(fields, ...OF_THE_BODY);
  if (range.kind === 'unsatisfiable') {
    return make(416, null, `${bare}content-range:${range.contentRange}\n`);
  }
  if (request.method === 'HEAD' || NULL_BODY.includes(status)) {
    return make(status, null, fields, statusText);
  }
  if (range.kind === 'part') {
    const { start, end, contentRange } = range;
    const body = await bucket.read(record, { start, end: end - 1 });
    const length = `content-length:${end - start}\n`;
    return body === undefined
      ? undefined
      : make(206, bodyOf(body), `${bare}content-range:${contentRange}\n${length}`);
  }
  const body = await bucket.read(record);
  return body === undefined ? undefined : make(status, bodyOf(body), fields, statusText);
}

/** Returns a response of the network with what this cache says of it, and with `body`. */
export function passOn(
  exchange: Exchange,
  { response, body: whole, headers }: Answer,
  body: ReadableStream<Uint8Array> | null,
  parts: Omit<CacheStatusParts, 'cache'>,
): Response {
  const { engine, request } = exchange;
  const { status, statusText } = response;
  const isUntouched = body === whole && whole === response.body;
  // Nobody can make an opaque response, an error or a redirection anew.
  if (status < 200 || (isUntouched && engine.config.cacheStatus === false)) {
    return response;
  }
  const made = new Response(NULL_BODY.includes(status) ? null : body, {
    status,
    statusText,
    headers: headersOf(headers, exchange, { fwdStatus: status, ...parts }),
  });
  return named(made, response.url === '' ? request.url : response.url, response.redirected);
}

/** Returns a response of the cache's own, to requests that nobody can answer. */
export function gatewayTimeout(exchange: Exchange, reason: string): Response {
  const headers = headersOf('', exchange, { fwd: 'request', detail: reason });
  const made = new Response(null, { status: 504, statusText: 'Gateway Timeout', headers });
  return named(made, exchange.request.url);
}

/** Returns fields with Cache-Status added. */
function headersOf(
  text: string,
  { engine, rules, strategy }: Exchange,
  parts: StatusParts,
): Headers {
  const headers = new Headers();
  for (const [name, value] of headPairs(text)) {
    headers.append(name, value);
  }
  const cache = engine.config.cacheStatus;
  if (cache !== false) {
    const detail = parts.detail ?? strategy;
    const member = { ...parts, cache, ...(detail !== '' && { detail }) };
    headers.append('cache-status', rules.cacheStatus(member));
  }
  return headers;
}

function bodyOf(body: StoredBody | Response): StoredBody | null {
  return body instanceof Response ? body.body : body;
}

/** Gives a response the URL that `fetch` gives; a constructed one has none. */
function named(response: Response, url: string, redirected = false): Response {
  return Object.defineProperties(response, {
    url: { value: url, configurable: true },
    redirected: { value: redirected, configurable: true },
  });
}
