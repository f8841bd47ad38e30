/** What the standard says, RFC 9111: the strategy that asks the rules about everything. */

import type { Exchange } from './exchange.js';
import { refresh, takeTurn, within, type Flow } from './flows.js';
import { fieldOf } from './head.js';
import type { Answer } from './network.js';
import type { StoredRecord } from './record.js';
import { gatewayTimeout, type StatusParts } from './serve.js';
import type { CacheStatusParts, Plan } from './rules.js';

/** Statuses that stale responses stand in for (RFC 5861, 4). */
const ERRORS = [500, 502, 503, 504];

/** How a request is forwarded; the name of the cache is put in where it is written. */
type Parts = Omit<CacheStatusParts, 'cache'>;

/** A stored response, and what is to be done with it. */
interface Found {
  readonly record: StoredRecord;
  readonly plan: Plan;
}

/** Answers as the standard says. */
export const httpSemantics: Flow = async (exchange) => {
  const { method, cache } = exchange.request;
  if (method === 'POST') {
    return post(exchange);
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return exchange.bypass('method');
  }
  if (cache === 'no-store') {
    return exchange.bypass('bypass');
  }
  const ready = await fromCache(exchange);
  if (ready !== undefined) {
    return ready;
  }
  const turn = await takeTurn(exchange);
  try {
    if (turn?.hasWaited === true) {
      const collapsed = await fromCache(exchange);
      if (collapsed !== undefined) {
        turn.leave();
        return collapsed;
      }
    }
    return await fromOrigin(exchange, turn);
  } catch (error) {
    turn?.leave();
    throw error;
  }
};

/** Sends a POST on. A response that says so answers later GETs, too (RFC 9110, 9.3.3). */
async function post(exchange: Exchange): Promise<Response> {
  const answer = await exchange.ask();
  await exchange.forgetOutdated(answer);
  const { storable } = exchange.rules.storable(exchange.head, answer, exchange.now());
  return storable
    ? exchange.keep(answer, { fwd: 'method' })
    : exchange.pass(answer, { fwd: 'method' });
}

/** Resolves with what is stored for the request and what the rules say of it. */
async function find(exchange: Exchange): Promise<Found | undefined> {
  const record = await exchange.lookup();
  if (record === undefined) {
    return undefined;
  }
  return { record, plan: exchange.rules.plan(exchange.head, record, exchange.now()) };
}

/** Resolves with a response that needs no network, or `undefined`. */
async function fromCache(exchange: Exchange): Promise<Response | undefined> {
  const { cache } = exchange.request;
  const found = await find(exchange);
  if (found !== undefined && (cache === 'force-cache' || cache === 'only-if-cached')) {
    return serveFound(exchange, found, found.plan.reason);
  }
  if (found === undefined) {
    const isBound =
      cache === 'only-if-cached' ||
      /only-if-cached/i.test(fieldOf(exchange.head.headers, 'cache-control') ?? '');
    return isBound ? gatewayTimeout(exchange, 'only-if-cached, and it is not stored') : undefined;
  }
  const { record, plan } = found;
  if (plan.verdict === 'only-if-cached') {
    return gatewayTimeout(exchange, plan.reason);
  }
  if (plan.verdict === 'fresh') {
    return serveFound(exchange, found, plan.reason);
  }
  if (plan.verdict !== 'stale-while-revalidate') {
    return undefined;
  }
  const served = await serveFound(exchange, found, plan.reason);
  if (served !== undefined) {
    refresh(exchange, async () => {
      const answer = await exchange.ask(plan.conditional);
      if (answer.status !== 304) {
        return answer;
      }
      // What follows refuses to store a 304, as it should.
      await freshen(exchange, record, answer);
      return answer;
    });
  }
  return served;
}

function serveFound(
  exchange: Exchange,
  { record, plan }: Found,
  reason: string,
): Promise<Response | undefined> {
  const { ttlMs, lifetimeMs, ageMs } = plan;
  const isStale = ageMs >= lifetimeMs;
  const left = isStale ? lifetimeMs - ageMs : ttlMs;
  return exchange.serve(record, { ttlMs: left, isStale, reason });
}

/** Asks the origin, with what is stored in hand. */
async function fromOrigin(
  exchange: Exchange,
  turn: Awaited<ReturnType<typeof takeTurn>>,
): Promise<Response> {
  const found = await find(exchange);
  const isReload = exchange.request.cache === 'reload';
  const conditional = isReload ? '' : (found?.plan.conditional ?? '');
  const { timeoutMs } = exchange;
  const asking = exchange.ask(conditional, timeoutMs !== Infinity);
  let answer: Answer | undefined;
  try {
    const mayStandIn = found?.plan.mayServeDisconnected === true && !isReload;
    answer = await within(asking, mayStandIn ? timeoutMs : Infinity);
  } catch (error) {
    const stale = found?.plan.mayServeDisconnected ? await standIn(exchange, found) : undefined;
    if (stale === undefined || exchange.request.signal.aborted) {
      throw error;
    }
    turn?.leave();
    return stale;
  }
  if (answer === undefined) {
    const stale = await standIn(exchange, found!);
    turn?.leave();
    if (stale !== undefined) {
      exchange.background(asking.then((late) => settle(exchange, found, late)));
      return stale;
    }
    answer = await asking;
  }
  return conclude(exchange, found, answer, turn);
}

/** Makes the response of what the origin has said. */
async function conclude(
  exchange: Exchange,
  found: Found | undefined,
  answer: Answer,
  turn: Awaited<ReturnType<typeof takeTurn>>,
): Promise<Response> {
  const fwd = forwarded(exchange, found);
  const { status } = answer;
  if (found !== undefined && status === 304 && exchange.rules.selects304(found.record, answer)) {
    const record = await freshen(exchange, found.record, answer);
    turn?.leave();
    const said: StatusParts = { hit: false, fwd: fwd.fwd!, fwdStatus: 304, stored: true };
    const served = await exchange.serve(record, { ...said, reason: 'the origin says it holds' });
    // The body has gone meanwhile: asked for once more, whole.
    return served ?? exchange.keep(await exchange.ask(), fwd);
  }
  if (status === 304 && found !== undefined && found.plan.conditional !== '') {
    const isOfClient = fieldOf(exchange.head.headers, 'if-none-match') !== undefined;
    if (!isOfClient) {
      return exchange.keep(await exchange.ask(), fwd, turn);
    }
  }
  if (found?.plan.mayServeOnError === true && ERRORS.includes(status)) {
    const stale = await standIn(exchange, found, status);
    if (stale !== undefined) {
      await answer.body?.cancel();
      turn?.leave();
      return stale;
    }
  }
  if (exchange.request.method === 'HEAD' && found !== undefined) {
    await learnFromHead(exchange, found.record, answer);
  }
  return exchange.keep(answer, fwd, turn);
}

/** What a late answer of the origin changes; nobody waits for it. */
async function settle(exchange: Exchange, found: Found | undefined, answer: Answer): Promise<void> {
  const late = await conclude(exchange, found, answer, undefined);
  // Read to its end, or it would hold back the half that is stored.
  await late.arrayBuffer();
}

/** Serves what is stored in place of a failure. */
function standIn(
  exchange: Exchange,
  { record, plan }: Found,
  fwdStatus?: number,
): Promise<Response | undefined> {
  const failed = fwdStatus === undefined ? 'the network failed' : `the origin said ${fwdStatus}`;
  return exchange.serve(record, {
    ttlMs: plan.lifetimeMs - plan.ageMs,
    isStale: true,
    reason: failed,
    detail: failed,
  });
}

/** Updates a stored response by a 304 (RFC 9111, 4.3.4). */
async function freshen(
  exchange: Exchange,
  record: StoredRecord,
  answer: Answer,
): Promise<StoredRecord> {
  const { rules, bucket } = exchange;
  if (!rules.selects304(record, answer)) {
    return record;
  }
  const head = rules.freshen(record, answer, answer.requestedAt, answer.receivedAt);
  exchange.emit('revalidated', 'the origin says it holds');
  return bucket.freshen(record, head);
}

/** What the response to a HEAD says of the one to a GET (RFC 9111, 4.3.5). */
async function learnFromHead(
  exchange: Exchange,
  record: StoredRecord,
  answer: Answer,
): Promise<void> {
  const { rules, bucket } = exchange;
  const verdict = rules.head(record, answer);
  if (verdict === 'update') {
    const head = rules.freshen(record, answer, answer.requestedAt, answer.receivedAt);
    await bucket.freshen(record, head);
  } else if (verdict === 'invalidate') {
    await bucket.remove([record]);
  }
}

/** Why the request went on, in the words of RFC 9211. */
function forwarded(exchange: Exchange, found: Found | undefined): Parts {
  if (found !== undefined) {
    return { fwd: found.plan.ageMs < found.plan.lifetimeMs ? 'request' : 'stale' };
  }
  return { fwd: exchange.bucket.find(exchange.key).length > 0 ? 'vary-miss' : 'uri-miss' };
}
