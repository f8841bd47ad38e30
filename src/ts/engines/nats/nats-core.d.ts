/**
 * What is taken from `@nats-io/nats-core`, an optional peer. Its own declarations do not hold under
 * `exactOptionalPropertyTypes`, which this package is checked with: tsconfig.json names these.
 */

import type { NatsConnection, NatsHeaders } from './nats-client.js';

export function wsconnect(options: object): Promise<NatsConnection>;
export function headers(): NatsHeaders;
export function createInbox(): string;
export class NoRespondersError extends Error {}
