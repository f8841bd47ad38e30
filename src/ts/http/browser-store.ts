/**
 * Responses in browsers: bodies in Cache Storage, records in IndexedDB.
 *
 * A body has a URL of its own, never the one it came from, so that the browser's rules about Vary
 * and queries have no part in finding it. The record also lies in a field of the body's response:
 * without IndexedDB, or after it was lost, records are read from there.
 */

import type { Gathered } from './gathered.js';
import { Journal } from './journal.js';
import type { StoredRecord } from './record.js';
import {
  LATER_MS,
  type BodyPart,
  type JournalEntry,
  type ResponseStore,
} from './response-store.js';

/** Where bodies are; nothing is ever fetched from there. */
const BODIES = '/.tidecache/';
/** The field that has the record. */
const META = 'x-tidecache-meta';
/** A body without a record is another tab's that is being written, until it is this old. */
const ORPHAN_AGE_MS = 60_000;
/** Bodies that are looked at, at once. */
const AT_ONCE = 32;

/** Keeps one cache of Cache Storage and one database. */
export class BrowserStore implements ResponseStore {
  readonly #caches: CacheStorage;
  readonly #name: string;
  readonly #failed: (error: unknown) => void;
  #cache: Cache | undefined;
  #journal: Journal | undefined;

  constructor(caches: CacheStorage, name: string, failed: (error: unknown) => void) {
    this.#caches = caches;
    this.#name = `tidecache/${name}`;
    this.#failed = failed;
  }

  async open(): Promise<readonly StoredRecord[]> {
    const opening = Journal.open(this.#name).catch((error: unknown) => {
      this.#failed(error);
      return undefined;
    });
    [this.#cache, this.#journal] = await Promise.all([this.#caches.open(this.#name), opening]);
    const records = (await this.#journal?.load()) ?? new Map<string, StoredRecord>();
    if (records.size > 0) {
      setTimeout(() => void this.#sweep(records).catch(this.#failed), LATER_MS);
      return [...records.values()];
    }
    return this.#rebuild();
  }

  async refresh(): Promise<readonly JournalEntry[]> {
    if (this.#journal !== undefined) {
      return this.#journal.news();
    }
    return (await this.#rebuild()).map((put) => ({ put }));
  }

  async capacity(): Promise<number> {
    const { storage } = navigator as { storage?: StorageManager };
    const { quota } = (await storage?.estimate?.()) ?? {};
    return quota === undefined ? Infinity : quota / 2;
  }

  async writeBody(record: StoredRecord, body: Gathered | Response): Promise<number> {
    if (body instanceof Response) {
      await this.#cache!.put(urlOf(record.id), body);
      return 0;
    }
    const known = body.isWhole ? { ...record, bytes: body.bytes } : record;
    await this.#cache!.put(urlOf(record.id), wrapped(body.body(), known));
    return body.bytes;
  }

  async writeRecord(record: StoredRecord): Promise<void> {
    if (this.#journal !== undefined) {
      await this.#journal.append([{ put: record }]);
      return;
    }
    const held = await this.#cache!.match(urlOf(record.id));
    if (held !== undefined && !record.isOpaque && metaOf(held)?.receivedAt !== record.receivedAt) {
      await this.#cache!.put(urlOf(record.id), wrapped(await held.blob(), record));
    }
  }

  async read(record: StoredRecord, part?: BodyPart): Promise<Response | Blob | undefined> {
    const held = await this.#cache!.match(urlOf(record.id));
    return part === undefined ? held : (await held?.blob())?.slice(part.start, part.end + 1);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#cache!.delete(urlOf(id))));
    await this.#journal?.append(ids.map((id) => ({ remove: id })));
  }

  /** Reads the records from the bodies; bodies without one go. */
  async #rebuild(): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    const requests = await this.#cache!.keys();
    for (let at = 0; at < requests.length; at += AT_ONCE) {
      const read = async (request: Request): Promise<void> => {
        const held = await this.#cache!.match(request);
        const record = held && metaOf(held);
        if (record === undefined) {
          await this.#cache!.delete(request);
        } else {
          found.push({ ...record, bytes: record.bytes || (await held!.blob()).size });
        }
      };
      await Promise.all(requests.slice(at, at + AT_ONCE).map(read));
    }
    if (found.length > 0) {
      await this.#journal?.append(found.map((put) => ({ put })));
    }
    return found;
  }

  /** Removes bodies that no record names. */
  async #sweep(records: ReadonlyMap<string, StoredRecord>): Promise<void> {
    const oldest = Date.now() - ORPHAN_AGE_MS;
    for (const request of await this.#cache!.keys()) {
      const id = request.url.slice(request.url.lastIndexOf('/') + 1);
      const writtenAt = Number.parseInt(id.split('-')[1] ?? '', 36);
      // One from before this store was opened; what has no time in its name is nobody's.
      if (!records.has(id) && !(writtenAt > oldest)) {
        await this.#cache!.delete(request);
      }
    }
  }
}

/** Returns the synthetic URL of a body. */
function urlOf(id: string): string {
  return BODIES + id;
}

/** Returns a body as it is put: with the record, and none of the origin's fields. */
function wrapped(body: BodyInit, record: StoredRecord): Response {
  const headers = { [META]: encodeURIComponent(JSON.stringify(record)) };
  return new Response(body, { headers });
}

/** Returns the record that lies with a body. */
function metaOf(held: Response): StoredRecord | undefined {
  try {
    return JSON.parse(decodeURIComponent(held.headers.get(META)!)) as StoredRecord;
  } catch {
    return undefined;
  }
}
