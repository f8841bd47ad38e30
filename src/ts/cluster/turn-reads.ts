/**
 * Reads of one key that begin in the same turn are one.
 *
 * Only they: a read that joined one sent before it began could miss a write that was acknowledged
 * in between, which a quorum read promises not to. What is sent goes out when the turn is over, so
 * none of those that share it began after that.
 */

/** Shares what begins in one turn. */
export class TurnReads<T> {
  readonly #open = new Map<string, Promise<T>>();

  /** Returns the Promise of this turn's read called `name`, begun by `read` if it is the first. */
  share(name: string, read: () => Promise<T>): { readonly result: Promise<T>; isFirst: boolean } {
    const found = this.#open.get(name);
    if (found !== undefined) {
      return { result: found, isFirst: false };
    }
    const result = read();
    if (this.#open.size === 0) {
      queueMicrotask(() => {
        this.#open.clear();
      });
    }
    this.#open.set(name, result);
    return { result, isFirst: true };
  }
}
