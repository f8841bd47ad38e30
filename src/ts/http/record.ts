/** What is known of a stored response besides its body. */

import type { StoredHead } from './rules.js';

/** A stored response's metadata; plain data that can be cloned and written as JSON. */
export interface StoredRecord extends StoredHead {
  /** The body's name: new with each write, so that a head never meets another's body. */
  readonly id: string;
  /** What it is looked up by: partition, line feed, URL. */
  readonly key: string;
  /** Tells responses of one key apart by the request fields that `Vary` names. */
  readonly variant: string;
  /** The length of the body. */
  readonly bytes: number;
  /** The response's reason phrase. */
  readonly statusText: string;
  /** What it can be purged by. */
  readonly tags: readonly string[];
  /** The version of a precached file. */
  readonly revision?: string | undefined;
  /** Set for a 206: its Content-Range, and the Range that it answered. */
  readonly part?: { readonly is: string; readonly asked: string };
  /** Set for a response that nobody may look into. */
  readonly isOpaque?: true;
}

/** What an entry costs beside its body and head: maps, journal, file names. */
const OVERHEAD_BYTES = 256;

/** Returns what an entry counts against `maxBytes`. */
export function weightOf(record: StoredRecord): number {
  const texts = record.headers.length + record.requestHeaders.length + record.key.length;
  return record.bytes + texts + OVERHEAD_BYTES;
}

/** Returns the key of a URL in a partition. */
export function keyOf(partition: string, url: string): string {
  const hash = url.indexOf('#');
  return `${partition}\n${hash < 0 ? url : url.slice(0, hash)}`;
}

/** Returns the partition that a key is of. */
export function partitionOf(key: string): string {
  return key.slice(0, key.indexOf('\n'));
}

/** Returns the URL that a key is of. */
export function urlOf(key: string): string {
  return key.slice(key.indexOf('\n') + 1);
}

/** Returns a name for a body that no other has; safe in URLs and file names. */
export function newId(key: string, now: number): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  const chance = Math.floor(Math.random() * 2 ** 48).toString(36);
  return `${(hash >>> 0).toString(36)}-${now.toString(36)}-${chance}`;
}
