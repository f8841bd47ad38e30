/** Whether a response is stored, and how: while the caller reads it, and after he has it. */

import { PRECACHE } from './engine.js';
import type { Exchange } from './exchange.js';
import type { Progress, Turn } from './flights.js';
import { Gathered, TooLong } from './gathered.js';
import { fieldOf } from './head.js';
import { NULL_BODY, type Answer } from './network.js';
import { newId, type StoredRecord } from './record.js';
import { passOn } from './serve.js';
import type { CacheStatusParts } from './rules.js';
import { split } from './split.js';

/**
 * Begins to store a response if it may be, and returns the caller's copy. `turn` ends when it is
 * stored, or known not to be.
 */
export function store(
  exchange: Exchange,
  answer: Answer,
  parts: Omit<CacheStatusParts, 'cache'>,
  turn: Turn | undefined,
): Response {
  const reason = refusal(exchange, answer);
  exchange.engine.remember(exchange.key, reason === '');
  if (reason !== '') {
    exchange.emit('refused', reason);
    turn?.leave();
    return passOn(exchange, answer, answer.body, parts);
  }
  const said = { ...parts, stored: true };
  if (answer.status === 0) {
    const copy = answer.response.clone();
    exchange.background(write(exchange, answer, copy).finally(() => turn?.leave()));
    return answer.response;
  }
  if (answer.body === null || NULL_BODY.includes(answer.status)) {
    exchange.background(write(exchange, answer, null).finally(() => turn?.leave()));
    return passOn(exchange, answer, answer.body, said);
  }
  const { caller, store: kept, hurry } = split(answer.body);
  if (turn !== undefined) {
    turn.onAwaited = hurry;
    if (turn.isAwaited) {
      hurry();
    }
  }
  const progress = turn ?? { isLanding: false };
  const work = write(exchange, answer, kept, progress).finally(() => turn?.leave());
  exchange.background(work);
  if (answer.status === 206) {
    exchange.engine.flights.note(exchange.flight, work, progress);
  }
  return passOn(exchange, answer, caller, said);
}

/** Stores a response that nobody waits for. */
export async function storeQuietly(exchange: Exchange, answer: Answer): Promise<void> {
  const reason = refusal(exchange, answer);
  if (reason === '') {
    await write(exchange, answer, answer.status === 0 ? answer.response : answer.body);
    return;
  }
  exchange.emit('refused', reason);
  await answer.body?.cancel();
}

/** Returns why a response is not stored, or `''`. */
function refusal(exchange: Exchange, answer: Answer): string {
  const { head, rules, config, engine, strategy } = exchange;
  const { status, headers, response } = answer;
  const isPost = head.method === 'POST' && strategy === '';
  if (head.method !== 'GET' && !isPost) {
    return 'only responses to GET are stored';
  }
  if (response.type === 'opaque') {
    return config.opaque === undefined ? 'opaque: see the option opaque' : '';
  }
  if (exchange.variantOf(headers) === undefined) {
    return 'Vary: *';
  }
  const { cache } = exchange.request;
  if (cache === 'no-store') {
    return 'the request says no-store';
  }
  const length = Number(fieldOf(headers, 'content-length') ?? 0);
  if (length > exchange.bucket.limits.maxBytes) {
    return 'it is longer than maxBytes';
  }
  if (strategy === '') {
    const { storable, reason } = rules.storable(head, answer, exchange.now());
    return storable ? '' : reason;
  }
  if (status !== 200) {
    return `status ${status}; this strategy stores 200`;
  }
  if (exchange.bucket.name === PRECACHE) {
    // Whoever lists a file wants it kept, whatever its server says to caches it does not know.
    return '';
  }
  const says = ` ${fieldOf(headers, 'cache-control') ?? ''}`.toLowerCase();
  if (/[ ,]no-store\b/.test(says)) {
    return 'Cache-Control: no-store';
  }
  const isPrivate =
    /[ ,]private\b/.test(says) || fieldOf(head.headers, 'authorization') !== undefined;
  return engine.config.shared && isPrivate ? 'private, and the cache is shared' : '';
}

async function write(
  exchange: Exchange,
  answer: Answer,
  body: ReadableStream<Uint8Array> | Response | null,
  progress: Progress = { isLanding: false },
): Promise<void> {
  const { bucket, config, rules, head, request } = exchange;
  const isOpaque = body instanceof Response;
  const kept = isOpaque ? body : await throughPlugins(exchange, answer, body);
  if (kept === undefined) {
    exchange.emit('refused', 'a plugin does not want it');
    return;
  }
  const key = await exchange.keyFor('write');
  const headers = isOpaque ? '' : rules.headersToStore(answer);
  const variant = exchange.variantOf(headers) ?? '';
  const record: StoredRecord = {
    id: newId(key, Date.now()),
    key,
    variant,
    url: request.url,
    method: head.method,
    status: answer.status,
    statusText: answer.response.statusText,
    headers,
    requestHeaders: variant,
    requestedAt: answer.requestedAt,
    receivedAt: answer.receivedAt,
    bytes: 0,
    tags: [...config.tags, ...tagsOf(answer)],
    ...(answer.status === 206 && { part: partOf(exchange, headers) }),
    ...(isOpaque && { isOpaque: true as const }),
  };
  bucket.drafts.add(record);
  try {
    if (isOpaque) {
      await makeRoomForOpaque(exchange);
    }
    const reason = isOpaque
      ? await bucket.put(record, body, config.opaque!.bytes)
      : await putStream(exchange, record, kept as ReadableStream<Uint8Array> | null, progress);
    exchange.emit(reason === '' ? 'stored' : 'refused', reason);
  } finally {
    bucket.drafts.delete(record);
  }
}

async function putStream(
  { bucket }: Exchange,
  record: StoredRecord,
  body: ReadableStream<Uint8Array> | null,
  progress: Progress,
): Promise<string> {
  let gathered: Gathered;
  try {
    gathered = await Gathered.from(body, bucket.limits.maxBytes);
    progress.isLanding = gathered.isWhole;
  } catch (error) {
    return error instanceof TooLong ? 'it is longer than maxBytes' : 'the body ended early';
  }
  const length = Number(fieldOf(record.headers, 'content-length') ?? Number.NaN);
  const isEncoded = fieldOf(record.headers, 'content-encoding') !== undefined;
  if (gathered.isWhole && !isEncoded && length > gathered.bytes) {
    return 'the body ended early';
  }
  return bucket.put(record, gathered);
}

/** Runs `cacheWillUpdate`; resolves with the body to store, or `undefined` for none. */
async function throughPlugins(
  exchange: Exchange,
  answer: Answer,
  body: ReadableStream<Uint8Array> | null,
): Promise<ReadableStream<Uint8Array> | null | undefined> {
  const plugins = exchange.plugins('cacheWillUpdate');
  if (plugins.length === 0) {
    return body;
  }
  const { status, statusText, headers } = answer.response;
  let response: Response | null | undefined = new Response(body, { status, statusText, headers });
  for (const plugin of plugins) {
    response = await plugin.cacheWillUpdate!({ ...exchange.call(), response });
    if (!response) {
      await body?.cancel();
      return undefined;
    }
  }
  return response.body;
}

async function makeRoomForOpaque({ bucket, config }: Exchange): Promise<void> {
  const opaque = bucket.records().filter(({ isOpaque }) => isOpaque);
  const surplus = opaque.length + 1 - config.opaque!.maxEntries;
  if (surplus > 0) {
    const oldest = opaque.sort((a, b) => a.receivedAt - b.receivedAt).slice(0, surplus);
    await bucket.remove(oldest);
  }
}

function tagsOf({ headers }: Answer): string[] {
  const said = fieldOf(headers, 'cache-tag');
  return said === undefined ? [] : said.split(',').flatMap((tag) => tag.trim() || []);
}

/** Returns which part a 206 is, and what it was asked for by: it is stored beside the whole. */
function partOf({ head }: Exchange, headers: string): { is: string; asked: string } {
  return {
    is: fieldOf(headers, 'content-range') ?? '',
    asked: fieldOf(head.headers, 'range') ?? '',
  };
}
