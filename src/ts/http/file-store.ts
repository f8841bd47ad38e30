/**
 * Responses in files, for Node: one file a body, and a journal of records.
 *
 * A line of the journal is written when its body is complete. Opening reads the journal as far as
 * it is whole, keeps what has a body of the right length, writes that as a new journal and puts it
 * in the old one's place in one step; then it sweeps the bodies that no record names.
 */

import type { Gathered } from './gathered.js';
import type { StoredRecord } from './record.js';
import { replay, type BodyPart, type JournalEntry, type ResponseStore } from './response-store.js';

interface Handle {
  close(): Promise<void>;
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    at: number,
  ): Promise<{ bytesRead: number }>;
  stat(): Promise<{ size: number }>;
  write(bytes: Uint8Array): Promise<{ bytesWritten: number }>;
}

/** The part of `node:fs/promises` that is used here. */
export interface FileSystem {
  appendFile(path: string, text: string): Promise<void>;
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  open(path: string, flags: string): Promise<Handle>;
  readFile(path: string, encoding: 'utf8'): Promise<string>;
  readdir(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: true }): Promise<void>;
  stat(path: string): Promise<{ size: number }>;
  writeFile(path: string, text: string): Promise<void>;
}

/** Bytes that are read at once. */
const CHUNK_BYTES = 64 << 10;
/** Lines after which a journal is written anew, unless that many records are held. */
const JOURNAL_LINES_MAX = 4_096;
/** Bodies whose lengths are asked at once. */
const AT_ONCE = 64;

/** Keeps bodies below `DIRECTORY/NAME`. */
export class FileStore implements ResponseStore {
  readonly #files: FileSystem;
  readonly #folder: string;
  readonly #records = new Map<string, StoredRecord>();
  #lines = 0;
  #isTorn = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(files: FileSystem, directory: string, name: string) {
    this.#files = files;
    this.#folder = `${directory}/${encodeURIComponent(name)}`;
  }

  async open(): Promise<readonly StoredRecord[]> {
    await this.#files.mkdir(`${this.#folder}/bodies`, { recursive: true });
    const text = await this.#files.readFile(this.#journalPath, 'utf8').catch(() => '');
    const entries: JournalEntry[] = [];
    for (const line of text.split('\n')) {
      try {
        entries.push(JSON.parse(line) as JournalEntry);
      } catch {
        // The last line of a process that was killed, or the empty one after the last.
      }
    }
    replay(this.#records, entries);
    await this.#dropBodiless();
    await this.#compact();
    const names = await this.#files.readdir(`${this.#folder}/bodies`);
    for (const name of names.filter((name) => !this.#records.has(name))) {
      await this.#files.rm(this.#body(name), { force: true });
    }
    return [...this.#records.values()];
  }

  async writeBody({ id }: StoredRecord, body: Gathered | Response): Promise<number> {
    if (body instanceof Response) {
      throw new TypeError('files keep no opaque responses');
    }
    const handle = await this.#files.open(this.#body(id), 'w');
    try {
      for await (const chunk of body.chunks()) {
        for (let at = 0; at < chunk.byteLength;) {
          at += (await handle.write(chunk.subarray(at))).bytesWritten;
        }
      }
    } finally {
      await handle.close();
    }
    return body.bytes;
  }

  async writeRecord(record: StoredRecord): Promise<void> {
    this.#records.set(record.id, record);
    await this.#append([{ put: record }]);
  }

  async read(
    record: StoredRecord,
    part: BodyPart = { start: 0, end: record.bytes - 1 },
  ): Promise<Uint8Array | ReadableStream<Uint8Array> | undefined> {
    const handle = await this.#files.open(this.#body(record.id), 'r').catch(() => undefined);
    if (handle === undefined) {
      return undefined;
    }
    const length = part.end + 1 - part.start;
    if ((await handle.stat()).size !== record.bytes) {
      await handle.close();
      return undefined;
    }
    if (length > CHUNK_BYTES) {
      return streamOf(handle, part.start, length);
    }
    const bytes = new Uint8Array(length);
    const { bytesRead } = await handle
      .read(bytes, 0, length, part.start)
      .finally(() => handle.close());
    return bytesRead === length ? bytes : undefined;
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await this.#files.rm(this.#body(id), { force: true });
    }
    const known = ids.filter((id) => this.#records.delete(id));
    await this.#append(known.map((id) => ({ remove: id })));
  }

  get #journalPath(): string {
    return `${this.#folder}/journal.ndjson`;
  }

  #body(id: string): string {
    return `${this.#folder}/bodies/${id}`;
  }

  async #dropBodiless(): Promise<void> {
    const records = [...this.#records.values()];
    for (let at = 0; at < records.length; at += AT_ONCE) {
      const check = async ({ id, bytes }: StoredRecord): Promise<void> => {
        const found = await this.#files.stat(this.#body(id)).catch(() => undefined);
        if (found?.size !== bytes) {
          this.#records.delete(id);
        }
      };
      await Promise.all(records.slice(at, at + AT_ONCE).map(check));
    }
  }

  /** Appends lines, one call after the other, and all of one call at once. */
  async #append(entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) {
      return;
    }
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    const work = this.#last.then(async () => {
      // Opened each time: an open file would have to be closed by whoever forgets a cache.
      // After a failure the last line may be half there; it ends, so that it spoils no other.
      const text = this.#isTorn ? `\n${lines}` : lines;
      this.#isTorn = true;
      await this.#files.appendFile(this.#journalPath, text);
      this.#isTorn = false;
      this.#lines += entries.length;
      if (this.#lines > Math.max(JOURNAL_LINES_MAX, 2 * this.#records.size)) {
        await this.#compact();
      }
    });
    this.#last = work.catch(() => undefined);
    await work;
  }

  async #compact(): Promise<void> {
    const lines = Array.from(this.#records.values(), (put) => `${JSON.stringify({ put })}\n`);
    await this.#files.writeFile(`${this.#journalPath}.new`, lines.join(''));
    await this.#files.rename(`${this.#journalPath}.new`, this.#journalPath);
    this.#lines = lines.length;
  }
}

/** Returns a part of a file as a stream that closes the file at its end. */
function streamOf(handle: Handle, start: number, length: number): ReadableStream<Uint8Array> {
  let at = start;
  const end = start + length;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const bytes = new Uint8Array(Math.min(CHUNK_BYTES, end - at));
          const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
          if (bytesRead === 0) {
            throw new Error('a stored body is shorter than its record says');
          }
          at += bytesRead;
          controller.enqueue(bytes.subarray(0, bytesRead));
          if (at < end) {
            return;
          }
        } catch (error) {
          await handle.close();
          throw error;
        }
        await handle.close();
        controller.close();
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  );
}
