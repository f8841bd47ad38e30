/**
 * Records in IndexedDB: a snapshot, and a journal of what changed since.
 *
 * One transaction writes what one commit changes. When the journal has grown, one transaction makes
 * a snapshot of the last one and the journal, as they are then in the database and not as some tab
 * remembers them: so tabs and workers may write at once.
 */

import { committed, openDatabase, resultOf } from '../database.js';
import type { StoredRecord } from './record.js';
import { replay, type JournalEntry } from './response-store.js';

/** Entries after which a snapshot is made. */
const JOURNAL_MAX = 256;

interface Snapshot {
  /** The number of the last entry that is in it. */
  readonly through: number;
  readonly records: readonly StoredRecord[];
}

/** A database of records. */
export class Journal {
  readonly #database: IDBDatabase;
  #seen = 0;
  #length = 0;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /** Resolves with the database called `name`; rejects where there is no IndexedDB. */
  static async open(name: string): Promise<Journal> {
    const database = await openDatabase(name, (made) => {
      made.createObjectStore('journal', { autoIncrement: true });
      made.createObjectStore('snapshot');
    });
    return new Journal(database);
  }

  /** Resolves with every record. */
  async load(): Promise<Map<string, StoredRecord>> {
    const transaction = this.#begin('readonly');
    const [snapshot, entries, last] = await all(transaction);
    this.#seen = last;
    this.#length = entries.length;
    return merged(snapshot, entries);
  }

  /** Resolves with what was written since the last look. */
  async news(): Promise<readonly JournalEntry[]> {
    const transaction = this.#begin('readonly');
    const [snapshot, entries, last, numbers] = await all(transaction);
    const seen = this.#seen;
    this.#seen = Math.max(seen, last);
    const puts = (snapshot?.through ?? 0) > seen ? snapshot!.records.map((put) => ({ put })) : [];
    return [...puts, ...entries.filter((_, at) => (numbers[at] as number) > seen)];
  }

  /** Appends entries, in one transaction. */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    const transaction = this.#begin('readwrite');
    for (const entry of entries) {
      transaction.objectStore('journal').add(entry);
    }
    await committed(transaction);
    this.#length += entries.length;
    if (this.#length > JOURNAL_MAX) {
      await this.#compact();
    }
  }

  async #compact(): Promise<void> {
    this.#length = 0;
    const transaction = this.#begin('readwrite');
    const finished = committed(transaction);
    const [snapshot, entries, last] = await all(transaction);
    const records = [...merged(snapshot, entries).values()];
    transaction.objectStore('snapshot').put({ through: last, records } satisfies Snapshot, 0);
    transaction.objectStore('journal').clear();
    await finished;
  }

  #begin(mode: 'readonly' | 'readwrite'): IDBTransaction {
    // A record that a crash of the machine loses has a body that is swept.
    return this.#database.transaction(['journal', 'snapshot'], mode, { durability: 'relaxed' });
  }
}

/** Reads the snapshot, the entries, the number of the last one, and their numbers. */
async function all(
  transaction: IDBTransaction,
): Promise<[Snapshot | undefined, JournalEntry[], number, IDBValidKey[]]> {
  const journal = transaction.objectStore('journal');
  const asked = [
    resultOf<Snapshot | undefined>(transaction.objectStore('snapshot').get(0)),
    resultOf<JournalEntry[]>(journal.getAll()),
    resultOf<IDBValidKey[]>(journal.getAllKeys()),
  ] as const;
  const [snapshot, entries, numbers] = await Promise.all(asked);
  return [
    snapshot,
    entries,
    (numbers.at(-1) as number | undefined) ?? snapshot?.through ?? 0,
    numbers,
  ];
}

function merged(
  snapshot: Snapshot | undefined,
  entries: readonly JournalEntry[],
): Map<string, StoredRecord> {
  const records = new Map(snapshot?.records.map((record) => [record.id, record]));
  replay(records, entries);
  return records;
}
