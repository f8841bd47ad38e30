/** One connection to a bucket: opened, checked, and kept right about the server's clock. */

import {
  checkServer,
  measureClock,
  openBucket,
  type Bucket,
  type BucketOptions,
} from './nats-bucket.js';
import type { NatsConnection } from './nats-client.js';
import { NO_MESSAGE, NatsLink, refusal, WRONG_SEQUENCE, type Answer } from './nats-link.js';
import { readMessage, type HeldMessage, type MessageAnswer } from './nats-message.js';
import type { NatsSubjects } from './nats-subjects.js';
import { NatsWatch } from './nats-watch.js';

/** How long the measure of the server's clock is believed. */
const CLOCK_MS = 60_000;
/** The longest that opening and measuring take. */
const OPEN_MS = 10_000;

/** A bucket that is open. */
export class NatsSession {
  readonly link: NatsLink;
  readonly subjects: NatsSubjects;
  readonly #maxAgeMs: number;
  readonly #watches = new Set<NatsWatch>();
  #clockMs: number;
  #measuredAt = performance.now();

  private constructor(link: NatsLink, subjects: NatsSubjects, bucket: Bucket) {
    this.link = link;
    this.subjects = subjects;
    this.#maxAgeMs = bucket.maxAgeMs;
    this.#clockMs = bucket.clockMs;
    void this.#follow();
  }

  /** Opens a bucket over a connection. */
  static async open(
    connection: NatsConnection,
    subjects: NatsSubjects,
    options: BucketOptions,
  ): Promise<NatsSession> {
    const link = new NatsLink(connection);
    checkServer(link);
    const bucket = await openBucket(link, subjects, options, AbortSignal.timeout(OPEN_MS));
    return new NatsSession(link, subjects, bucket);
  }

  /** Returns what is left of a message's life, in milliseconds; at most 0 if it is no entry. */
  remainingMs(message: HeldMessage | undefined): number {
    const now = performance.now();
    if (now - this.#measuredAt > CLOCK_MS) {
      void this.#measure();
    }
    return message?.isEntry === true ? message.deadlineMs - (now + this.#clockMs) : 0;
  }

  /** Returns the newest message of a subject, a marker perhaps. */
  async last(subject: string, signal: AbortSignal): Promise<HeldMessage | undefined> {
    const name = `STREAM.MSG.GET.${this.subjects.stream}`;
    const body = { last_by_subj: subject };
    const answer = await this.link.api<{ message: MessageAnswer }>(name, body, signal);
    if (answer.error === undefined) {
      return readMessage(answer.message, this.#maxAgeMs);
    }
    if (answer.error.err_code !== NO_MESSAGE) {
      throw refusal('to read', answer);
    }
    return undefined;
  }

  /**
   * Publishes after the message whose sequence is `after`, 0 for none; `undefined` if there is
   * another by now. Without `after` there is no condition.
   */
  async publish(
    subject: string,
    payload: Uint8Array,
    headers: readonly [string, string][],
    signal: AbortSignal,
    after?: number,
  ): Promise<number | undefined> {
    const condition: [string, string][] =
      after === undefined ? [] : [['Nats-Expected-Last-Subject-Sequence', `${after}`]];
    const asking = { payload, headers: [...headers, ...condition] };
    const answer = await this.link.ask<Answer & { seq: number }>(subject, asking, signal);
    if (answer.error === undefined) {
      return answer.seq;
    }
    if (after !== undefined && WRONG_SEQUENCE.includes(answer.error.err_code)) {
      return undefined;
    }
    throw refusal('to store', answer);
  }

  /** Begins to tell of changes; resolves with what ends that. */
  async watch(listener: (key: string | undefined) => void): Promise<() => Promise<void>> {
    const watch = new NatsWatch(this.link, this.subjects, listener);
    await watch.begin();
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      watch.end();
      return Promise.resolve();
    };
  }

  /** Ends the watches. */
  end(): void {
    for (const watch of this.#watches) {
      watch.end();
    }
    this.#watches.clear();
  }

  /** Follows the connection until it is closed. */
  async #follow(): Promise<void> {
    for await (const { type } of this.link.connection.status()) {
      if (type === 'disconnect' || type === 'close') {
        this.link.isUp = false;
        for (const watch of this.#watches) {
          watch.doubt();
        }
      } else if (type === 'reconnect') {
        this.link.isUp = true;
        void this.#measure();
        for (const watch of this.#watches) {
          void watch.restart();
        }
      }
    }
    this.link.isUp = false;
  }

  async #measure(): Promise<void> {
    this.#measuredAt = performance.now();
    try {
      this.#clockMs = await measureClock(this.link, this.subjects, AbortSignal.timeout(OPEN_MS));
    } catch {
      // The next read after a minute tries again; clocks do not drift far in that time.
    }
  }
}
