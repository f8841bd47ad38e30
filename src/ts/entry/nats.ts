/** The engine of those who have NATS; it wants the package `@nats-io/nats-core`. */

export { natsEngine } from '../engines/nats/nats-engine.js';
export type {
  NatsBucketOptions,
  NatsConnectionOptions,
  NatsOptions,
  NatsServerOptions,
} from '../engines/nats/nats-engine.js';
export type {
  NatsConnection,
  NatsHeaders,
  NatsMessage,
  NatsRequestOptions,
} from '../engines/nats/nats-client.js';
export type { Engine } from '../engines/engine.js';
