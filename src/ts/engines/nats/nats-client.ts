/** What is used of the client of NATS, so that the declarations of this package need no other. */

/** Headers of a message. */
export interface NatsHeaders {
  /** The number of a status, 0 if it is none. */
  readonly code: number;
  /** Returns a header's value, or the empty text. */
  get(name: string): string;
  /** Gives a header its value. */
  set(name: string, value: string): void;
}

/** A message. */
export interface NatsMessage {
  /** Where it was published. */
  readonly subject: string;
  /** Where answers go. */
  readonly reply?: string | undefined;
  /** Its headers. */
  readonly headers?: NatsHeaders | undefined;
  /** Reads it as JSON. */
  json(): unknown;
  /** Answers with nothing. */
  respond(): boolean;
}

/** What a question or a publication is given. */
export interface NatsRequestOptions {
  /** How long an answer is waited for, in milliseconds. */
  timeout: number;
  /** What goes before the payload. */
  headers?: NatsHeaders;
}

/** A connection: that of `@nats-io/nats-core` and of all that is built on it. */
export interface NatsConnection {
  /** What the server told of itself. */
  readonly info?:
    | {
        readonly version: string;
        readonly headers?: boolean | undefined;
        readonly jetstream?: boolean | undefined;
        readonly max_payload: number;
        readonly server_name: string;
      }
    | undefined;
  /** Publishes and waits for an answer. */
  request(
    subject: string,
    payload?: Uint8Array | string,
    options?: NatsRequestOptions,
  ): Promise<NatsMessage>;
  /** Publishes. */
  publish(subject: string, payload?: Uint8Array | string): void;
  /** Calls back with what is published; what it returns ends that. */
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: NatsMessage) => void },
  ): { unsubscribe(): void };
  /** What happens to the connection. */
  status(): AsyncIterable<{ readonly type: string }>;
  /** Whether it has ended for good. */
  isClosed(): boolean;
  /** The server it is to. */
  getServer(): string;
  /** Ends it. */
  close(): Promise<void>;
}
