/** IndexedDB in Promises. */

/** Resolves with a database, of which `upgrade` makes the stores when it is new. */
export function openDatabase(
  name: string,
  upgrade: (database: IDBDatabase) => void,
): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      upgrade(request.result);
    };
    request.onsuccess = () => {
      const database = request.result;
      // Somebody wants it deleted: it goes, and the next open makes another.
      database.onversionchange = () => {
        database.close();
      };
      resolve(database);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('a request to IndexedDB failed'));
    };
    request.onblocked = () => {
      reject(new Error(`the database ${name} is blocked`));
    };
  });
}

/** Resolves with what a request of a transaction gives. */
export function resultOf<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result as T);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('a request to IndexedDB failed'));
    };
  });
}

/** Resolves when a transaction has taken effect. */
export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(transaction.error ?? new Error('the transaction was aborted'));
    };
  });
}
