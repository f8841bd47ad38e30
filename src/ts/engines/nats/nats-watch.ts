/**
 * Changes of a bucket in their order, by a consumer of JetStream that is sent only headers.
 *
 * A subscription without one would be told before the stream has stored: who then reads, reads what
 * is old, and is told no more. What is lost on the way is known by the numbers of the deliveries
 * and by heartbeats, and makes everything unsure: `undefined`.
 */

import { createInbox } from '@nats-io/nats-core';

import type { NatsMessage } from './nats-client.js';
import { pause, refusal, type NatsLink } from './nats-link.js';
import type { NatsSubjects } from './nats-subjects.js';

const HEARTBEAT_MS = 5000;
const NANOSECONDS = 1e6;
/** How long the server keeps a consumer that nobody listens to. */
const UNHEARD_MS = 30_000;

/** Tells of changes from when {@link NatsWatch.begin} resolves until {@link NatsWatch.end}. */
export class NatsWatch {
  readonly #link: NatsLink;
  readonly #subjects: NatsSubjects;
  readonly #listener: (key: string | undefined) => void;
  readonly #ended = new AbortController();
  #subscription: { unsubscribe(): void } | undefined;
  #consumer = '';
  #delivered = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRestarting = false;

  constructor(link: NatsLink, subjects: NatsSubjects, listener: (key: string | undefined) => void) {
    this.#link = link;
    this.#subjects = subjects;
    this.#listener = listener;
  }

  /** Begins; rejects if the server refuses. */
  async begin(): Promise<void> {
    await this.#subscribe();
  }

  /** Ends it. */
  end(): void {
    this.#ended.abort();
    this.#leave();
  }

  /** Says that anything may have changed: nothing is heard any more. */
  doubt(): void {
    this.#listener(undefined);
  }

  /** Begins anew, as the connection was lost or something did not arrive. */
  async restart(): Promise<void> {
    if (this.#isRestarting || this.#ended.signal.aborted) {
      return;
    }
    this.#isRestarting = true;
    this.#listener(undefined);
    const { signal } = this.#ended;
    try {
      this.#leave();
      while (!(await this.#subscribe().then(isDone, isFailed))) {
        await pause(1000 * Math.random());
        signal.throwIfAborted();
      }
      // What has changed since is not told any more.
      this.#listener(undefined);
    } catch {
      // It has been ended.
    } finally {
      this.#isRestarting = false;
    }
  }

  async #subscribe(): Promise<void> {
    const { stream, keys } = this.#subjects;
    const inbox = createInbox();
    this.#delivered = 0;
    this.#subscription = this.#link.connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error === null) {
          this.#take(message);
        }
      },
    });
    const config = {
      deliver_subject: inbox,
      deliver_policy: 'new',
      ack_policy: 'none',
      filter_subject: keys,
      headers_only: true,
      flow_control: true,
      idle_heartbeat: HEARTBEAT_MS * NANOSECONDS,
      inactive_threshold: UNHEARD_MS * NANOSECONDS,
      mem_storage: true,
      num_replicas: 1,
    };
    const body = { stream_name: stream, config };
    const { signal } = this.#ended;
    const made = await this.#link.api<{ name: string }>(`CONSUMER.CREATE.${stream}`, body, signal);
    if (made.error !== undefined) {
      throw refusal(`to tell of changes of ${stream}`, made);
    }
    this.#consumer = made.name;
    this.#listen();
  }

  /** Forgets the consumer, which the server does too if it is not reached. */
  #leave(): void {
    clearTimeout(this.#timer);
    this.#subscription?.unsubscribe();
    const { connection } = this.#link;
    if (this.#consumer !== '' && !connection.isClosed()) {
      const name = `$JS.API.CONSUMER.DELETE.${this.#subjects.stream}.${this.#consumer}`;
      this.#consumer = '';
      connection.publish(name);
    }
  }

  /** Waits for the next sign of life. */
  #listen(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.restart(), 2 * HEARTBEAT_MS + HEARTBEAT_MS / 2);
  }

  #take(message: NatsMessage): void {
    if (message.headers?.code === STATUS) {
      this.#takeStatus(message);
      return;
    }
    this.#listen();
    if (numberOf(message) !== ++this.#delivered) {
      void this.restart();
      return;
    }
    const { subject } = message;
    this.#listener(subject === this.#subjects.cleared ? undefined : this.#subjects.keyOf(subject));
  }

  #takeStatus(message: NatsMessage): void {
    this.#listen();
    const stalled = message.headers?.get('Nats-Consumer-Stalled');
    if (stalled) {
      this.#link.connection.publish(stalled);
    }
    if (message.reply) {
      message.respond();
      return;
    }
    const last = message.headers?.get('Nats-Last-Consumer');
    if (last && Number(last) !== this.#delivered) {
      void this.restart();
    }
  }
}

const STATUS = 100;
const isDone = (): boolean => true;
const isFailed = (): boolean => false;

/** Returns which delivery of the consumer a message is. Longer forms name domain and account. */
function numberOf({ reply = '' }: NatsMessage): number {
  const tokens = reply.split('.');
  return Number(tokens[tokens.length > 9 ? 8 : 6]);
}
