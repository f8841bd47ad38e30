/**
 * The bucket and the server, looked at before anything is stored: what would lose lives in silence
 * or show what was removed is refused.
 */

import { CacheConnectionError } from '../../cluster/cluster-errors.js';
import { timeOf } from './nats-message.js';
import { NO_STREAM, refusal, type Answer, type NatsLink } from './nats-link.js';
import type { NatsSubjects } from './nats-subjects.js';

/** How a bucket that is not there is made; what is given is checked of one that is. */
export interface BucketOptions {
  /** How many servers hold each entry: 1, 3 or 5. @defaultValue 1 for a new bucket */
  readonly replicas?: number;
  /** Whether it outlives the servers. @defaultValue `'file'` for a new bucket */
  readonly storage?: 'file' | 'memory';
  /** How much it may hold; what was stored first makes room. @defaultValue no limit */
  readonly maxBytes?: number;
}

/** What a bucket is like. */
export interface Bucket {
  /** How long it keeps what has no life of its own, in milliseconds; 0 without an end. */
  readonly maxAgeMs: number;
  /** What the server's clock is ahead of `performance.now()`. */
  readonly clockMs: number;
}

interface StreamConfig {
  readonly allow_msg_ttl?: boolean;
  readonly allow_rollup_hdrs?: boolean;
  readonly max_msgs_per_subject: number;
  readonly max_age: number;
  readonly max_bytes: number;
  readonly num_replicas: number;
  readonly storage: string;
  readonly subjects?: readonly string[];
}

interface StreamInfo {
  readonly config: StreamConfig;
  readonly ts: string;
}

/** The first version that keeps lives as they are needed here. */
const VERSION: readonly number[] = [2, 12, 3];

/** Refuses a server that is too old. */
export function checkServer(link: NatsLink): void {
  const { version = '0', headers, jetstream } = link.connection.info ?? {};
  const numbers = version.split(/[.-]/, 3).map(Number);
  const differs = VERSION.findIndex((wanted, at) => numbers[at] !== wanted);
  if (differs >= 0 && !(numbers[differs]! > VERSION[differs]!)) {
    throw unfit(`the NATS server is ${version}; entries need ${VERSION.join('.')} or newer to end`);
  }
  if (headers !== true || jetstream !== true) {
    throw unfit('the NATS server has no JetStream; begin its configuration with jetstream {}');
  }
}

/** Makes the bucket unless it is there, and checks it. */
export async function openBucket(
  link: NatsLink,
  subjects: NatsSubjects,
  options: BucketOptions,
  signal: AbortSignal,
): Promise<Bucket> {
  let found = await lookAt(link, subjects, signal);
  if (found.error?.err_code === NO_STREAM) {
    const made: Answer = await link.api(
      `STREAM.CREATE.${subjects.stream}`,
      configOf(subjects, options),
      signal,
    );
    if (made.error !== undefined && made.error.err_code !== NAME_IN_USE) {
      throw refusal(`to make the bucket ${subjects.stream}`, made);
    }
    found = await lookAt(link, subjects, signal);
  }
  if (found.error !== undefined) {
    throw refusal(`to tell of the bucket ${subjects.stream}`, found);
  }
  checkBucket(found.config, subjects, options);
  return { maxAgeMs: found.config.max_age / 1e6, clockMs: found.clockMs };
}

/** Returns what the server's clock is ahead of `performance.now()`. */
export async function measureClock(
  link: NatsLink,
  subjects: NatsSubjects,
  signal: AbortSignal,
): Promise<number> {
  const found = await lookAt(link, subjects, signal);
  if (found.error !== undefined) {
    throw refusal(`to tell of the bucket ${subjects.stream}`, found);
  }
  return found.clockMs;
}

/** Two clients have made it at once, and not quite the same. */
const NAME_IN_USE = 10058;

async function lookAt(
  link: NatsLink,
  { stream }: NatsSubjects,
  signal: AbortSignal,
): Promise<Answer & StreamInfo & { clockMs: number }> {
  const start = performance.now();
  const info = await link.api<StreamInfo>(`STREAM.INFO.${stream}`, undefined, signal);
  const between = (start + performance.now()) / 2;
  return { ...info, clockMs: info.error === undefined ? timeOf(info.ts) - between : 0 };
}

function configOf({ stream, all }: NatsSubjects, options: BucketOptions): object {
  return {
    name: stream,
    subjects: [all],
    // A second one would come to light again when the first ends.
    max_msgs_per_subject: 1,
    max_bytes: options.maxBytes ?? -1,
    storage: options.storage ?? 'file',
    num_replicas: options.replicas ?? 1,
    discard: 'old',
    allow_msg_ttl: true,
    allow_rollup_hdrs: true,
    // Any replica would answer those who read so, also with what is old.
    allow_direct: false,
  };
}

function checkBucket(config: StreamConfig, { stream, all }: NatsSubjects, wanted: BucketOptions) {
  const faults = [
    config.allow_msg_ttl !== true && 'allow_msg_ttl is not true, so that entries never end',
    config.allow_rollup_hdrs !== true && 'allow_rollup_hdrs is not true, so that nothing goes',
    config.max_msgs_per_subject !== 1 && 'its history is not 1, so that old values come back',
    config.subjects?.includes(all) !== true && `its subjects are not ${all}`,
    differs('replicas', wanted.replicas, config.num_replicas),
    differs('storage', wanted.storage, config.storage),
    differs('maxBytes', wanted.maxBytes, config.max_bytes),
  ].filter((fault) => fault !== false);
  if (faults.length > 0) {
    throw unfit(
      `the bucket ${stream} is there and does not fit: ${faults.join('; ')}. Change it, or take ` +
        'the name of a bucket that is not there',
    );
  }
}

function differs(
  name: string,
  wanted: number | string | undefined,
  held: number | string,
): string | false {
  const isFit = wanted === undefined || wanted === held;
  return isFit ? false : `${name} is ${held}, not ${wanted}`;
}

function unfit(message: string): CacheConnectionError {
  return new CacheConnectionError('ERR_CACHE_UNSUPPORTED', message);
}
