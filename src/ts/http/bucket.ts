/**
 * One cache name: its records in memory, its index of bytes, and its store.
 *
 * Lookups are answered from memory. What changes is done one commit at a time: the index decides,
 * the record is written, then victims go. Nothing here fails a response: a store that fails is an
 * event, and the entry is not there.
 */

import type { Gathered } from './gathered.js';
import { TooLong } from './gathered.js';
import { MemoryStore } from './memory-store.js';
import { weightOf, type StoredRecord } from './record.js';
import { LATER_MS, type BodyPart, type ResponseStore, type StoredBody } from './response-store.js';
import { ByteIndex } from './rules.js';
import type { HttpCacheEvent } from './types.js';

/** How much and what a bucket keeps. */
export interface BucketLimits {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly policy: string | undefined;
}

/** What a bucket tells the cache it is of. */
export interface BucketHost {
  emit(type: HttpCacheEvent['type'], url: string, bucket: string, why: string, of?: unknown): void;
  /** Tells other tabs. */
  tell(bucket: string, news: BucketNews): void;
}

/** What other tabs are told. */
export interface BucketNews {
  readonly put?: StoredRecord;
  readonly removed?: readonly string[];
}

/** How much the limit shrinks when the browser has no room. */
const SHRUNK = 0.8;

/** Parts lie beside the whole, each in a slot of its own. */
const slotOf = ({ key, variant, part }: StoredRecord): string =>
  part === undefined ? `${key}\n${variant}` : `${key}\n${variant}\n${part.is}`;

/** The entries of one cache name. */
export class Bucket {
  readonly name: string;
  readonly limits: BucketLimits;
  /** Records on their way in; what takes one out of here before it is written keeps it out. */
  readonly drafts = new Set<StoredRecord>();
  readonly #host: BucketHost;
  readonly #bySlot = new Map<string, StoredRecord>();
  readonly #byKey = new Map<string, StoredRecord[]>();
  #store: ResponseStore;
  readonly #index: ByteIndex;
  #maxBytes: number;
  readonly #opened: Promise<readonly StoredRecord[]>;
  #opening: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, limits: BucketLimits, store: ResponseStore, host: BucketHost) {
    this.name = name;
    this.limits = limits;
    this.#store = store;
    this.#host = host;
    this.#opened = store.open();
    // Whoever waits for it looks after it.
    this.#opened.catch(() => undefined);
    this.#maxBytes = limits.maxBytes;
    const { maxBytes, maxEntries, policy } = limits;
    this.#index = new ByteIndex({
      maxBytes,
      ...(maxEntries !== Infinity && { maxEntries }),
      ...(policy !== undefined && { policy }),
    });
  }

  /** Bytes held: bodies and heads. */
  get bytes(): number {
    return this.#index.bytes;
  }

  /** Entries held. */
  get size(): number {
    return this.#bySlot.size;
  }

  /** Resolves when the records are in memory; a store that does not open is replaced by memory. */
  ready(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Returns the records of a key, one a variant or part of one, the newest first. */
  find(key: string): readonly StoredRecord[] {
    return this.#byKey.get(key) ?? [];
  }

  /** Returns every record. */
  records(): StoredRecord[] {
    return [...this.#bySlot.values()];
  }

  /** Resolves with a body, counted as a use; an entry that has lost it is removed. */
  async read(record: StoredRecord, part?: BodyPart): Promise<StoredBody | Response | undefined> {
    try {
      const body = await this.#store.read(record, part);
      if (body !== undefined) {
        this.#index.touch(slotOf(record), record.bytes);
        return body;
      }
    } catch (error) {
      this.#failed(record.url, error);
    }
    await this.remove([record]);
    return undefined;
  }

  /** Counts a lookup that found nothing. */
  missed(): void {
    this.#index.miss();
  }

  /** Writes a body and its record; resolves with why it is not kept, or `''`. */
  async put(draft: StoredRecord, body: Gathered | Response, opaqueBytes = 0): Promise<string> {
    await this.ready();
    let bytes: number;
    try {
      bytes = await this.#writeBody(draft, body);
    } catch (error) {
      await this.#dropBody(draft.id);
      if (error instanceof TooLong) {
        return 'it is longer than maxBytes';
      }
      this.#failed(draft.url, error);
      return isQuota(error) ? 'the browser has no room' : 'the body ended early or was not written';
    }
    const record = { ...draft, bytes: Math.max(bytes, opaqueBytes) };
    return this.#commit(async () => {
      if (this.drafts.has(draft)) {
        return this.#admit(record);
      }
      await this.#dropBody(draft.id);
      return 'it was purged or outdated before it was stored';
    });
  }

  /** Gives an entry another head. */
  async freshen(record: StoredRecord, head: Partial<StoredRecord>): Promise<StoredRecord> {
    const next = { ...record, ...head };
    await this.#commit(async () => {
      if (this.#bySlot.get(slotOf(record))?.id === record.id) {
        await this.#admit(next);
      }
    });
    return next;
  }

  /** Removes entries that are still the ones given. */
  async remove(records: readonly StoredRecord[]): Promise<number> {
    const held = records.filter((record) => this.#bySlot.get(slotOf(record))?.id === record.id);
    for (const record of held) {
      this.#forget(record);
      this.#index.delete(slotOf(record));
    }
    await this.#removeBodies(held.map(({ id }) => id));
    return held.length;
  }

  /** Takes over what another tab has done. */
  async hear({ put, removed = [] }: BucketNews): Promise<void> {
    await this.ready();
    if (put !== undefined && this.#index.put(slotOf(put), weightOf(put)).stored) {
      this.#remember(put);
    }
    const ids = new Set(removed);
    for (const record of this.records()) {
      if (ids.has(record.id)) {
        this.#forget(record);
        this.#index.delete(slotOf(record));
      }
    }
  }

  /** Reads what other tabs have written since, for whoever has waited for one of them. */
  async refresh(): Promise<void> {
    try {
      for (const { put, remove } of (await this.#store.refresh?.()) ?? []) {
        await this.hear(put === undefined ? { removed: [remove] } : { put });
      }
    } catch (error) {
      this.#failed('', error);
    }
  }

  async #open(): Promise<void> {
    try {
      this.#fill(await this.#opened);
      if (this.#store.capacity !== undefined) {
        setTimeout(() => void this.#fitCapacity(), LATER_MS);
      }
    } catch (error) {
      this.#failed('', error);
      this.#store = new MemoryStore();
    }
  }

  /** Lowers the limit to what the store may use. */
  async #fitCapacity(): Promise<void> {
    const capacity = await this.#store.capacity!().catch(() => Infinity);
    if (capacity < this.#maxBytes) {
      this.#maxBytes = Math.max(1, Math.floor(capacity));
      await this.#removeBodies(this.#evict(this.#index.resize(this.#maxBytes)));
    }
  }

  /** Puts records into the index; those it has no room for are removed. */
  #fill(records: readonly StoredRecord[]): void {
    const surplus: string[] = [];
    for (const record of [...records].sort((a, b) => a.receivedAt - b.receivedAt)) {
      const before = this.#bySlot.get(slotOf(record));
      if (before !== undefined && before.id !== record.id) {
        surplus.push(before.id);
      }
      const { stored, victims } = this.#index.put(slotOf(record), weightOf(record));
      surplus.push(...this.#evict(victims));
      if (stored) {
        this.#remember(record);
      } else {
        this.#forget(before);
        surplus.push(record.id);
      }
    }
    void this.#removeBodies(surplus);
  }

  async #admit(record: StoredRecord): Promise<string> {
    const before = this.#bySlot.get(slotOf(record));
    const replaced = before === undefined || before.id === record.id ? [] : [before.id];
    const { stored, victims } = this.#index.put(slotOf(record), weightOf(record));
    const evicted = this.#evict(victims);
    if (!stored) {
      this.#forget(before);
      await this.#removeBodies([record.id, ...replaced, ...evicted]);
      return 'the entries that are held are worth more, or it is too heavy';
    }
    try {
      await this.#store.writeRecord(record);
    } catch (error) {
      this.#failed(record.url, error);
      this.#forget(before);
      this.#index.delete(slotOf(record));
      await this.#removeBodies([record.id, ...replaced, ...evicted]);
      return 'its record was not written';
    }
    this.#remember(record);
    this.#host.tell(this.name, { put: record });
    await this.#removeBodies([...replaced, ...evicted]);
    return '';
  }

  async #writeBody(draft: StoredRecord, body: Gathered | Response): Promise<number> {
    try {
      return await this.#store.writeBody(draft, body);
    } catch (error) {
      if (!isQuota(error)) {
        throw error;
      }
      this.#host.emit('quota', draft.url, this.name, 'the browser has no room; entries go', error);
      const bytes = body instanceof Response ? this.#maxBytes / 10 : body.bytes;
      await this.#commit(() => this.#shrink(2 * bytes));
      // What has streamed through is gone; the next request for it finds the room.
      if (body instanceof Response || !body.isWhole) {
        throw error;
      }
      return await this.#store.writeBody(draft, body);
    }
  }

  /** Lowers the limit, and frees `bytes` at least if that much is held. */
  async #shrink(bytes: number): Promise<void> {
    const held = this.bytes;
    this.#maxBytes = Math.max(1, Math.floor(this.#maxBytes * SHRUNK));
    const target = Math.max(1, Math.floor(Math.min(this.#maxBytes, held - bytes)));
    const victims = this.#evict(this.#index.resize(target));
    this.#index.resize(this.#maxBytes);
    await this.#removeBodies(victims);
  }

  /** Forgets the victims of the index and returns the ids of their bodies. */
  #evict(slots: readonly string[]): string[] {
    return slots.flatMap((slot) => {
      const record = this.#bySlot.get(slot);
      if (record === undefined) {
        return [];
      }
      this.#forget(record);
      this.#host.emit('evicted', record.url, this.name, 'to make room for others');
      return [record.id];
    });
  }

  #remember(record: StoredRecord): void {
    this.#bySlot.set(slotOf(record), record);
    this.#byKey.set(record.key, [record, ...this.#othersThan(record)]);
  }

  #forget(record: StoredRecord | undefined): void {
    if (record === undefined) {
      return;
    }
    this.#bySlot.delete(slotOf(record));
    const others = this.#othersThan(record);
    if (others.length === 0) {
      this.#byKey.delete(record.key);
    } else {
      this.#byKey.set(record.key, others);
    }
  }

  #othersThan(record: StoredRecord): StoredRecord[] {
    return this.find(record.key).filter((other) => slotOf(other) !== slotOf(record));
  }

  async #removeBodies(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) {
      return;
    }
    try {
      await this.#store.remove(ids);
      this.#host.tell(this.name, { removed: ids });
    } catch (error) {
      this.#failed('', error);
    }
  }

  async #dropBody(id: string): Promise<void> {
    await this.#store.remove([id]).catch(() => undefined);
  }

  /** Runs one piece of work after the other. */
  #commit<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  #failed(url: string, error: unknown): void {
    // Aborts are the caller's; nothing is wrong with the storage.
    if ((error as Error | undefined)?.name !== 'AbortError') {
      this.#host.emit('error', url, this.name, String(error), error);
    }
  }
}

/** Whether a store has said that there is no room. */
function isQuota(error: unknown): boolean {
  return (
    ['QuotaExceededError', 'ENOSPC', 'EDQUOT'].includes((error as { code?: string }).code ?? '') ||
    (error as Error).name === 'QuotaExceededError'
  );
}
