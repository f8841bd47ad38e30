/**
 * Where things lie in a bucket. A user's key is one token of base64url without padding, in which
 * `=` never stands: what begins with it is ours.
 */

const encoder = new TextEncoder();

/** The subjects of one bucket. */
export class NatsSubjects {
  /** The stream that is the bucket. */
  readonly stream: string;
  /** All subjects of the stream. */
  readonly all: string;
  /** Those of users' keys and of the marker of a clear: one token. Leases have two. */
  readonly keys: string;
  /** What is published when everything has been removed. */
  readonly cleared: string;
  readonly #prefix: string;

  constructor(bucket: string) {
    this.stream = `KV_${bucket}`;
    this.#prefix = `$KV.${bucket}.`;
    this.all = `${this.#prefix}>`;
    this.keys = `${this.#prefix}*`;
    this.cleared = `${this.#prefix}=clear`;
  }

  /** Returns the subject of a key. */
  ofKey(key: string): string {
    return this.#prefix + tokenOf(key);
  }

  /** Returns the subject of the right to load a key. */
  ofLease(key: string): string {
    return `${this.#prefix}=lease.${tokenOf(key)}`;
  }

  /** Returns the key of a subject; `undefined` if it is that of no key of ours. */
  keyOf(subject: string): string | undefined {
    const token = subject.slice(this.#prefix.length);
    return token === EMPTY ? '' : fromToken(token);
  }
}

/** The token of the empty key, for no token is empty. */
const EMPTY = '=';
const decoder = new TextDecoder('utf-8', { fatal: true });

function tokenOf(key: string): string {
  const bytes = encoder.encode(key);
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') || EMPTY;
}

function fromToken(token: string): string | undefined {
  try {
    const text = atob(token.replace(/-/g, '+').replace(/_/g, '/'));
    return decoder.decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
