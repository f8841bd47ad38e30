/** The five strategies that people know from Workbox, as steps of an exchange. */

import type { Exchange } from './exchange.js';
import { LANDED, type Turn } from './flights.js';
import type { Answer } from './network.js';
import { gatewayTimeout } from './serve.js';
import { storeQuietly } from './storing.js';

/**
 * How long a request for a part waits for what is on its way into the store: a moment, so that no
 * seek waits for the rest of a film; longer if all of it has come and only has to be written.
 */
const PART_WAIT_MS = 20;
const LANDING_WAIT_MS = 2_000;

/** Answers one request. */
export type Flow = (exchange: Exchange) => Promise<Response>;

/** The cache if it has it, or else the network. */
export const cacheFirst: Flow = async (exchange) => {
  if (!isCacheable(exchange)) {
    return exchange.bypass('method');
  }
  return (await fromCache(exchange)) ?? (await fromNetwork(exchange));
};

/** The network, and the cache if that fails or takes too long. */
export const networkFirst: Flow = async (exchange) => {
  if (!isCacheable(exchange)) {
    return exchange.bypass('method');
  }
  const { timeoutMs } = exchange;
  const asking = exchange.ask('', timeoutMs !== Infinity);
  const answer = await within(asking, timeoutMs).catch((error: unknown) => ({ error }));
  if (answer !== undefined && !('error' in answer)) {
    return exchange.keep(answer, { fwd: 'request' });
  }
  const isLate = answer === undefined;
  const reason = isLate ? 'the network took too long' : 'the network failed';
  const stored = await fromCache(exchange, reason);
  if (stored === undefined) {
    return exchange.keep(await asking, { fwd: 'request' });
  }
  if (isLate) {
    exchange.background(asking.then((late) => storeQuietly(exchange, late)));
  }
  return stored;
};

/** The cache, and a new response for the next time. */
export const staleWhileRevalidate: Flow = async (exchange) => {
  if (!isCacheable(exchange)) {
    return exchange.bypass('method');
  }
  const stored = await fromCache(exchange);
  if (stored === undefined) {
    return fromNetwork(exchange);
  }
  refresh(exchange, () => exchange.ask());
  return stored;
};

/** The network alone. */
export const networkOnly: Flow = async (exchange) => {
  const { timeoutMs } = exchange;
  const asking = exchange.ask('', timeoutMs !== Infinity);
  const answer = await within(asking, timeoutMs);
  if (answer === undefined) {
    throw new DOMException(`the network took more than ${timeoutMs} ms`, 'TimeoutError');
  }
  await exchange.forgetOutdated(answer);
  return exchange.pass(answer, { fwd: 'bypass' });
};

/** The cache alone; 504 if it has nothing. */
export const cacheOnly: Flow = async (exchange) =>
  (await fromCache(exchange)) ?? gatewayTimeout(exchange, 'CacheOnly, and it is not stored');

/** Resolves with the stored response, if there is one. */
async function fromCache(exchange: Exchange, reason?: string): Promise<Response | undefined> {
  const record = await exchange.lookup();
  return record && exchange.serve(record, { ...(reason !== undefined && { reason }) });
}

/** Asks the network, one request for all who want the same. */
async function fromNetwork(exchange: Exchange): Promise<Response> {
  const turn = await takeTurn(exchange);
  try {
    if (turn?.hasWaited === true) {
      const stored = await fromCache(exchange);
      if (stored !== undefined) {
        turn.leave();
        return stored;
      }
    }
    return exchange.keep(await exchange.ask(), { fwd: 'uri-miss' }, turn);
  } catch (error) {
    turn?.leave();
    throw error;
  }
}

/** Resolves with a turn; none where nothing could be shared. */
export async function takeTurn(exchange: Exchange): Promise<Turn | undefined> {
  const { engine, bucket, key, flight, request } = exchange;
  if (engine.isUnstorable(key) || request.method !== 'GET') {
    return undefined;
  }
  if (request.headers.has('range')) {
    const { landed, progress } = engine.flights.landing(flight) ?? {};
    const turn = landed?.then(() => LANDED);
    const soon = turn && (await within(turn, PART_WAIT_MS));
    return soon ?? (progress?.isLanding === true ? within(turn!, LANDING_WAIT_MS) : undefined);
  }
  const turn = await engine.flights.enter(flight, request.signal);
  if (turn.hasWaited) {
    engine.counts.coalesced += 1;
    await bucket.refresh();
  }
  return turn;
}

/** Gets a new response in the background, unless somebody does already. */
export function refresh(exchange: Exchange, work: () => Promise<Answer>): void {
  const { engine, flight } = exchange;
  if (engine.flights.has(flight)) {
    return;
  }
  const run = async (): Promise<void> => {
    const turn = await engine.flights.enter(flight, new AbortController().signal);
    try {
      if (!turn.hasWaited) {
        await storeQuietly(exchange, await work());
      }
    } finally {
      turn.leave();
    }
  };
  exchange.background(run());
}

/** Resolves as `work` does, or with `undefined` after `ms`. */
export function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  if (ms === Infinity) {
    return work;
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Whatever becomes of it now, somebody else looks after it, or nobody.
      work.catch(() => undefined);
      resolve(undefined);
    }, ms);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}

function isCacheable({ request }: Exchange): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}
