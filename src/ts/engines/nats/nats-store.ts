/**
 * A bucket of NATS JetStream as an {@link EngineStore}.
 *
 * Reads ask the stream's leader (`STREAM.MSG.GET`), for any replica that answered might be behind.
 * Conditions are JetStream's own, on the sequence of the key's last message; each that fails has
 * let another write through, so that repeating ends. What is removed leaves a marker for a minute,
 * by which watchers learn of it.
 */

import { outOfRange } from '../../errors.js';
import type { EnginePut, EngineServer, EngineStore, HeldValue } from '../engine-store.js';
import { unwrapValue, VersionSource, wrapValue } from '../stored-value.js';
import { failure, NO_MESSAGE, refusal, unlessAborted } from './nats-link.js';
import { lifeHeaders, MIN_TTL_MS, type HeldMessage } from './nats-message.js';
import type { NatsSession } from './nats-session.js';

/** How long a marker stays: longer than a watcher lags that has not lost its connection. */
const MARKER_TTL = '60s';
/** The longest that giving a lease back takes; then it ends by itself. */
const RELEASE_MS = 5000;
const NOTHING = new Uint8Array();

/** What opens a session, and what is known before there is one. */
export interface SessionSource {
  open(): Promise<NatsSession>;
  /** What to call the servers before one is connected. */
  readonly names: readonly string[];
  /** Closes the connection if it is this engine's own. */
  close(): Promise<void>;
}

/** The commands of a bucket. */
export class NatsStore implements EngineStore {
  readonly #source: SessionSource;
  readonly #versions = new VersionSource();
  #opening: Promise<NatsSession> | undefined;
  #session: NatsSession | undefined;
  #isClosed = false;
  #server = 'nats';

  constructor(source: SessionSource) {
    this.#source = source;
  }

  async connect(): Promise<void> {
    await this.#open();
  }

  async read(keys: readonly string[], signal: AbortSignal): Promise<(HeldValue | undefined)[]> {
    return this.#within(signal, (session) =>
      Promise.all(
        keys.map(async (key) => {
          const message = await session.last(session.subjects.ofKey(key), signal);
          const remainingMs = session.remainingMs(message);
          return remainingMs > 0 ? heldValue(message!, key, remainingMs) : undefined;
        }),
      ),
    );
  }

  async put(
    key: string,
    bytes: Uint8Array,
    how: EnginePut,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const life = checkedLife(how.ttlMs);
    const { stored, version } = wrapValue(bytes, how.flags, this.#versions);
    const sequence = await this.#within(signal, (session) => {
      const subject = session.subjects.ofKey(key);
      if (how.ifAbsent === true) {
        return putIfAbsent(session, subject, stored, life, signal);
      }
      if (how.ifVersion === undefined) {
        return session.publish(subject, stored, life, signal);
      }
      return replace(session, subject, signal, ({ payload }) =>
        unwrapValue(payload, key).version === how.ifVersion ? [stored, life] : undefined,
      );
    });
    return sequence === undefined ? undefined : version;
  }

  async delete(keys: readonly string[], signal: AbortSignal): Promise<number> {
    const marker: [string, string][] = [
      ['KV-Operation', 'PURGE'],
      ['Nats-Rollup', 'sub'],
      ['Nats-TTL', MARKER_TTL],
    ];
    const removed = await this.#within(signal, (session) =>
      Promise.all(
        keys.map((key) =>
          replace(session, session.subjects.ofKey(key), signal, () => [NOTHING, marker]),
        ),
      ),
    );
    return removed.filter((sequence) => sequence !== undefined).length;
  }

  async touch(key: string, ttlMs: number, signal: AbortSignal): Promise<boolean> {
    const life = checkedLife(ttlMs);
    const touched = await this.#within(signal, (session) =>
      replace(session, session.subjects.ofKey(key), signal, ({ payload }) => [payload, life]),
    );
    return touched !== undefined;
  }

  async clear(signal: AbortSignal): Promise<void> {
    await this.#within(signal, async (session) => {
      const { stream, keys, cleared } = session.subjects;
      const purged = await session.link.api(`STREAM.PURGE.${stream}`, { filter: keys }, signal);
      if (purged.error !== undefined) {
        throw refusal('to remove everything', purged);
      }
      // A purge tells nobody.
      await session.publish(cleared, NOTHING, [['Nats-TTL', MARKER_TTL]], signal);
    });
  }

  async lease(
    key: string,
    ttlMs: number,
    signal: AbortSignal,
  ): Promise<(() => Promise<void>) | undefined> {
    const life = lifeHeaders(Math.max(ttlMs, MIN_TTL_MS));
    return this.#within(signal, async (session) => {
      const subject = session.subjects.ofLease(key);
      const sequence = await putIfAbsent(session, subject, NOTHING, life, signal);
      return sequence === undefined ? undefined : () => release(session, sequence);
    });
  }

  async watch(listener: (key: string | undefined) => void): Promise<() => Promise<void>> {
    const session = await this.#open();
    return session.watch(listener);
  }

  servers(): readonly EngineServer[] {
    if (this.#session === undefined) {
      return this.#source.names.map((id) => ({ id, state: 'down', rttMs: 0 }));
    }
    const { connection, isUp, rttMs } = this.#session.link;
    const state = isUp ? 'up' : connection.isClosed() ? 'down' : 'suspect';
    // Without a connection it is the last that is down.
    this.#server = connection.info?.server_name ?? this.#server;
    return [{ id: this.#server, state, rttMs }];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#session?.end();
    await this.#source.close();
  }

  /** Works with the bucket until `signal` aborts. */
  #within<T>(signal: AbortSignal, work: (session: NatsSession) => Promise<T>): Promise<T> {
    return unlessAborted(this.#open().then(work), signal);
  }

  /** Opens the bucket once; after a failure, again. */
  #open(): Promise<NatsSession> {
    if (this.#isClosed) {
      return Promise.reject(failure('the engine is closed'));
    }
    this.#opening ??= this.#source.open().then(
      (session) => (this.#session = session),
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }
}

/** Writes what stands for a live entry, unless it is let be; its sequence, if it was written. */
async function replace(
  session: NatsSession,
  subject: string,
  signal: AbortSignal,
  by: (held: HeldMessage) => readonly [Uint8Array, [string, string][]] | undefined,
): Promise<number | undefined> {
  for (;;) {
    const held = await session.last(subject, signal);
    const written = session.remainingMs(held) > 0 ? by(held!) : undefined;
    if (written === undefined) {
      return undefined;
    }
    const sequence = await session.publish(subject, ...written, signal, held!.sequence);
    if (sequence !== undefined) {
      return sequence;
    }
  }
}

/** Writes where no live entry is; what has ended may still lie there, or a marker. */
async function putIfAbsent(
  session: NatsSession,
  subject: string,
  payload: Uint8Array,
  life: [string, string][],
  signal: AbortSignal,
): Promise<number | undefined> {
  let after = 0;
  for (;;) {
    const sequence = await session.publish(subject, payload, life, signal, after);
    if (sequence !== undefined) {
      return sequence;
    }
    const held = await session.last(subject, signal);
    if (session.remainingMs(held) > 0) {
      return undefined;
    }
    after = held?.sequence ?? 0;
  }
}

/** Gives a lease back; if it has ended, another's has another sequence. */
async function release({ link, subjects }: NatsSession, sequence: number): Promise<void> {
  const name = `STREAM.MSG.DELETE.${subjects.stream}`;
  const body = { seq: sequence, no_erase: true };
  const answer = await link.api(name, body, AbortSignal.timeout(RELEASE_MS));
  if (answer.error !== undefined && ![NO_MESSAGE, NO_SEQUENCE].includes(answer.error.err_code)) {
    throw refusal('to give a lease back', answer);
  }
}

const NO_SEQUENCE = 10043;

function heldValue(message: HeldMessage, key: string, remainingMs: number): HeldValue {
  return { ...unwrapValue(message.payload, key), remainingMs };
}

function checkedLife(ttlMs: number): [string, string][] {
  if (!(ttlMs >= MIN_TTL_MS)) {
    throw outOfRange(`a life of ${ttlMs} ms is too short; NATS keeps entries for 1 s at least`);
  }
  return lifeHeaders(ttlMs);
}
