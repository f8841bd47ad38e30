/**
 * Questions to JetStream over one connection. A stream without a leader, as for some seconds after
 * a server has died, answers nobody: what may be repeated is asked again until the caller gives up,
 * and other writes where nobody can have acted on them.
 */

import { headers, NoRespondersError } from '@nats-io/nats-core';

import { CacheConnectionError } from '../../cluster/cluster-errors.js';
import type { NatsConnection } from './nats-client.js';

/** An answer of JetStream, or its refusal. */
export interface Answer {
  readonly error?: {
    readonly code: number;
    readonly err_code: number;
    readonly description: string;
  };
}

/** How a question is asked. */
interface Asking {
  readonly payload?: Uint8Array | string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Whether to do it twice is to do it once. */
  readonly mayRepeat?: boolean;
}

/** The connection has gone before the answer came. */
class LostError extends Error {}

/** What a server says that has no leader to ask. */
const UNAVAILABLE = 503;
/** JetStream's numbers of what is no failure here. */
export const NO_MESSAGE = 10037;
export const NO_STREAM = 10059;
export const WRONG_SEQUENCE: readonly number[] = [10071, 10164];

/** A connection that JetStream is asked over. */
export class NatsLink {
  readonly connection: NatsConnection;
  #isUp = true;
  /** Ends each question under way: its answer does not come any more. */
  readonly #ends = new Set<(error: Error) => void>();
  /** How long answers take, smoothed, in milliseconds; 0 before the first. */
  rttMs = 0;

  constructor(connection: NatsConnection) {
    this.connection = connection;
  }

  /** Whether there is a connection: what is sent without one is sent when nobody waits any more. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Says that the connection is there, or that it is not. */
  set isUp(isUp: boolean) {
    this.#isUp = isUp;
    if (!isUp) {
      for (const end of this.#ends) {
        end(new LostError('the connection was lost'));
      }
    }
  }

  /** Asks the API; what it refuses is in the answer. */
  api<T>(name: string, body: object | undefined, signal: AbortSignal): Promise<Answer & T> {
    const payload = body === undefined ? '' : JSON.stringify(body);
    return this.ask(`$JS.API.${name}`, { payload, mayRepeat: true }, signal);
  }

  /** Asks until there is an answer, `signal` aborts, or asking again might do it twice. */
  async ask<T>(subject: string, asking: Asking, signal: AbortSignal): Promise<Answer & T> {
    for (;;) {
      signal.throwIfAborted();
      if (this.connection.isClosed()) {
        throw failure('the connection to NATS is closed');
      }
      try {
        const answer = this.isUp ? await this.#once<T>(subject, asking) : undefined;
        if (answer !== undefined && !(asking.mayRepeat && answer.error?.code === UNAVAILABLE)) {
          return answer;
        }
      } catch (error) {
        signal.throwIfAborted();
        const isUnheard = (error as Error).cause instanceof NoRespondersError;
        const isLate =
          asking.mayRepeat &&
          (error instanceof LostError || (error as Error).name === 'TimeoutError');
        if (!(isUnheard || isLate)) {
          throw failure(`NATS did not do what it was asked at ${subject}`, error);
        }
      }
      // At random, so that many clients do not ask again at once.
      await pause(50 + 100 * Math.random());
    }
  }

  async #once<T>(subject: string, asking: Asking): Promise<Answer & T> {
    const given = headers();
    for (const [name, value] of asking.headers ?? []) {
      given.set(name, value);
    }
    const start = performance.now();
    const timeout = asking.mayRepeat ? REPEAT_MS : WRITE_MS;
    const options = asking.headers === undefined ? { timeout } : { timeout, headers: given };
    const message = await this.#unlessLost(
      this.connection.request(subject, asking.payload, options),
    );
    const took = performance.now() - start;
    this.rttMs += (took - this.rttMs) * (this.rttMs === 0 ? 1 : 0.125);
    return message.json() as Answer & T;
  }

  async #unlessLost<T>(request: Promise<T>): Promise<T> {
    let end!: (error: Error) => void;
    const lost = new Promise<never>((_, reject) => {
      end = reject;
    });
    this.#ends.add(end);
    try {
      return await Promise.race([request, lost]);
    } finally {
      this.#ends.delete(end);
    }
  }
}

/** How long an answer is waited for until it is asked again. */
const REPEAT_MS = 1000;
/** How long one is waited for that cannot be, unless the caller gives up before. */
const WRITE_MS = 10_000;

/** Returns the error for what could not be done. */
export function failure(message: string, cause?: unknown): CacheConnectionError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new CacheConnectionError('ERR_CACHE_CONNECTION', message + why, { cause });
}

/** Returns the error for what JetStream refused. */
export function refusal(what: string, { error }: Answer): CacheConnectionError {
  const { description, err_code: code } = error!;
  return failure(`NATS refused ${what}: ${description} (${code})`);
}

/** Waits for `work` until `signal` aborts. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      abort();
    }
    signal.addEventListener('abort', abort);
    const done = (): void => {
      signal.removeEventListener('abort', abort);
    };
    work.then(resolve, reject).finally(done);
  });
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
