/** Work that runs one after the other for each key, in the order in which it was handed in. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` when all earlier work for `key` has settled; resolves or rejects as it does. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before === undefined ? work() : before.then(work);
    const settled = result.then(ignore, ignore).then(() => {
      if (this.#last.get(key) === settled) {
        this.#last.delete(key);
      }
    });
    this.#last.set(key, settled);
    return result;
  }
}

function ignore(): void {
  // What failed has been told to whoever awaits it.
}
