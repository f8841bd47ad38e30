/** Bytes in IndexedDB: one database a name, one value, one transaction a write. */

import { committed, openDatabase, resultOf } from '../database.js';
import type { PersistentStore } from './types.js';

const BYTES = 'bytes';

/** Keeps bytes in the database `tidecache/persist/NAME`. */
export class IndexedDbStore implements PersistentStore {
  readonly #name: string;

  constructor(name: string) {
    this.#name = `tidecache/persist/${name}`;
  }

  async read(): Promise<Uint8Array | undefined> {
    return this.#use(async (database) => {
      const found = await resultOf(database.transaction(BYTES).objectStore(BYTES).get(0));
      return found instanceof Uint8Array ? found : undefined;
    });
  }

  async write(snapshot: Uint8Array): Promise<void> {
    await this.#use(async (database) => {
      // What a crash of the machine loses is a cache.
      const transaction = database.transaction(BYTES, 'readwrite', { durability: 'relaxed' });
      const finished = committed(transaction);
      transaction.objectStore(BYTES).put(snapshot, 0);
      // A page that is left has no time to see that no request follows.
      transaction.commit?.();
      await finished;
    });
  }

  /** Opened each time: an open database would have to be closed by whoever forgets a cache. */
  async #use<R>(work: (database: IDBDatabase) => Promise<R>): Promise<R> {
    const database = await openDatabase(this.#name, (made) => {
      made.createObjectStore(BYTES);
    });
    try {
      return await work(database);
    } finally {
      database.close();
    }
  }
}
