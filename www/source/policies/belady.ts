/**
 * Belady's choice [1], which knows the future: of all that is held and the newcomer, the one that
 * is asked for last leaves. Since the newcomer may be that one, no policy can have more hits.
 *
 * [1] L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", IBM
 * Systems Journal 5(2), 1966.
 */

/** Returns for each request when its key is asked for next; the length if never. */
export function nextUses(ids: Uint32Array, keys: number): Uint32Array {
  const seen = new Uint32Array(keys).fill(ids.length);
  const next = new Uint32Array(ids.length);
  for (let at = ids.length - 1; at >= 0; at--) {
    next[at] = seen[ids[at]!]!;
    seen[ids[at]!] = at;
  }
  return next;
}

/** Returns how many requests are hits with room for `size` keys. O(n log n). */
export function beladyHits(
  ids: Uint32Array,
  next: Uint32Array,
  keys: number,
  size: number,
): number {
  // When each held key is asked for next; 0 for keys that are not held.
  const held = new Uint32Array(keys);
  const heap = new Latest(ids.length);
  let [count, hits] = [0, 0];
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at]!;
    if (held[id] === 0) {
      count++;
    } else {
      hits++;
    }
    held[id] = next[at]!;
    heap.push(next[at]!, id);
    while (count > size) {
      const [when, victim] = heap.pop();
      // A key that was asked for since stands in the heap a second time, earlier.
      if (held[victim] === when) {
        held[victim] = 0;
        count--;
      }
    }
  }
  return hits;
}

/** A heap whose top is the latest. */
class Latest {
  readonly #whens: Uint32Array;
  readonly #ids: Uint32Array;
  #count = 0;

  constructor(capacity: number) {
    this.#whens = new Uint32Array(capacity);
    this.#ids = new Uint32Array(capacity);
  }

  push(when: number, id: number): void {
    let at = this.#count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#whens[parent]! >= when) {
        break;
      }
      this.#put(at, this.#whens[parent]!, this.#ids[parent]!);
      at = parent;
    }
    this.#put(at, when, id);
  }

  pop(): readonly [number, number] {
    const top = [this.#whens[0]!, this.#ids[0]!] as const;
    const last = --this.#count;
    const [when, id] = [this.#whens[last]!, this.#ids[last]!];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < last && this.#whens[child + 1]! > this.#whens[child]!) {
        child++;
      }
      if (child >= last || this.#whens[child]! <= when) {
        break;
      }
      this.#put(at, this.#whens[child]!, this.#ids[child]!);
      at = child;
    }
    this.#put(at, when, id);
    return top;
  }

  #put(at: number, when: number, id: number): void {
    this.#whens[at] = when;
    this.#ids[at] = id;
  }
}
