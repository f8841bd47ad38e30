/**
 * What a message of a bucket says: an entry with its deadline, or that there is none.
 *
 * The server cuts a life to whole seconds (a `Nats-TTL` of 1500 ms ends after 1 s) and refuses less
 * than one. So what is sent is rounded up, and what was meant stands beside it in `Tidecache-TTL`:
 * the server's sweep frees memory, the reader decides.
 */

/** The newest message of a subject, as the server holds it. */
export interface HeldMessage {
  readonly sequence: number;
  /** Whether it stands for an entry: it is no marker of a deletion. */
  readonly isEntry: boolean;
  /** The header of 20 bytes and the value. */
  readonly payload: Uint8Array;
  /** The server's clock at its deadline, in milliseconds; `Infinity` without an end. */
  readonly deadlineMs: number;
}

/** A message as `STREAM.MSG.GET` answers with it. */
export interface MessageAnswer {
  readonly seq: number;
  readonly time: string;
  readonly hdrs?: string;
  readonly data?: string;
}

/** The least life that the server keeps. */
export const MIN_TTL_MS = 1000;
/** Beyond this the server is told no end: its clock counts nanoseconds in 64 bits. */
const TOLD_MAX_SECONDS = 1e9;

/** Returns the headers that give a message its life. */
export function lifeHeaders(ttlMs: number): [string, string][] {
  const seconds = Math.ceil(ttlMs / 1000);
  const told = seconds > TOLD_MAX_SECONDS ? 'never' : `${seconds}s`;
  const isExact = ttlMs === Infinity || (told !== 'never' && ttlMs === seconds * 1000);
  return [['Nats-TTL', told], ...(isExact ? [] : ([[OWN, `${ttlMs}`]] as [string, string][]))];
}

/** Reads an answer; `maxAgeMs` is the bucket's own limit, 0 for none. */
export function readMessage(answer: MessageAnswer, maxAgeMs: number): HeldMessage {
  const headers = answer.hdrs === undefined ? '' : atob(answer.hdrs);
  const life = lifeOf(headers, maxAgeMs > 0 ? maxAgeMs : Infinity);
  return {
    sequence: answer.seq,
    isEntry: !/^(?:KV-Operation|Nats-Marker-Reason):/im.test(headers),
    payload: fromBase64(answer.data ?? ''),
    deadlineMs: timeOf(answer.time) + life,
  };
}

/** Returns a time of the server's in milliseconds; not every engine reads its nanoseconds. */
export function timeOf(text: string): number {
  return Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));
}

const OWN = 'Tidecache-TTL';
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A life of its own goes before the bucket's. */
function lifeOf(headers: string, ofBucket: number): number {
  const own = Number(fieldOf(headers, OWN));
  if (own > 0) {
    return own;
  }
  const told = fieldOf(headers, 'Nats-TTL');
  if (told === undefined || told === 'never') {
    return told === undefined ? ofBucket : Infinity;
  }
  // Seconds, or a duration as Go writes it: `1h30m`. What is cut is cut as the server does.
  const parts = [...told.matchAll(/([\d.]+)(h|ms|m|s|$)/g)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit || 's']!, 0);
  return Math.floor(ms / 1000) * 1000;
}

function fieldOf(headers: string, name: string): string | undefined {
  return new RegExp(`^${name}: *([^\\r\\n]*)`, 'im').exec(headers)?.[1]?.trim();
}

function fromBase64(text: string): Uint8Array {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = characters.charCodeAt(at);
  }
  return bytes;
}
