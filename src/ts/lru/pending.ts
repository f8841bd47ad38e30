/** A fetch under way, which holds the slot of its key until it has ended. */
export class Pending<V> {
  readonly controller = new AbortController();
  /** What the key had before. */
  readonly stale: V | undefined;
  promise!: Promise<V | undefined>;

  constructor(stale: V | undefined) {
    this.stale = stale;
  }
}
