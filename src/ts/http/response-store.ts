/**
 * Where bodies and records are kept: the one thing that differs between runtimes.
 *
 * The process may end at any `await`. So a body is written under a name of its own before the
 * record that points to it, and goes before the record goes: a record without a body deletes
 * itself when it is asked for, a body without a record is swept when the store is opened.
 */

import type { Gathered } from './gathered.js';
import type { StoredRecord } from './record.js';

/**
 * How long after its opening a store looks for what is not needed for an answer: a worker that has
 * just started has a request waiting.
 */
export const LATER_MS = 100;

/** A part of a body, from the first to the last byte, both included. */
export interface BodyPart {
  readonly start: number;
  readonly end: number;
}

/** What a body is served as. */
export type StoredBody = ReadableStream<Uint8Array> | Uint8Array | Blob;

/** Keeps responses; one for each cache name. */
export interface ResponseStore {
  /** Resolves with every record, after sweeping what a crash has left. */
  open(): Promise<readonly StoredRecord[]>;
  /** Resolves with what is new since `open`, by others. */
  refresh?(): Promise<readonly JournalEntry[]>;
  /** Resolves with the bytes that may be used, if anybody knows. */
  capacity?(): Promise<number>;
  /** Writes a body and resolves with its length; what is cut short is not written. */
  writeBody(record: StoredRecord, body: Gathered | Response): Promise<number>;
  /** Writes the record of a body that is there, or another head for it. */
  writeRecord(record: StoredRecord): Promise<void>;
  /** Resolves with a body or a part of it, or `undefined` if it is not whole. */
  read(record: StoredRecord, part?: BodyPart): Promise<StoredBody | Response | undefined>;
  /** Removes bodies, then their records. */
  remove(ids: readonly string[]): Promise<void>;
}

/** One line of a journal. */
export type JournalEntry =
  | { readonly put: StoredRecord; readonly remove?: undefined }
  | { readonly remove: string; readonly put?: undefined };

/** Applies a journal to records by their ids. */
export function replay(records: Map<string, StoredRecord>, journal: Iterable<JournalEntry>): void {
  for (const { put, remove } of journal) {
    if (put === undefined) {
      records.delete(remove);
    } else {
      records.set(put.id, put);
    }
  }
}
