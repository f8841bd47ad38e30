/**
 * What the entries table lists: keys in order, gathered a few milliseconds at a time, sorted in a
 * worker. The list is a picture of the moment it was gathered; rows ask the cache when drawn.
 */

import type { TTLCache } from 'tidecache';

import type { Page } from './live-load';

/** By what the list is sorted. */
export type SortBy = 'key' | 'bytes' | 'left';

/** How the list is wanted. */
export interface Wish {
  readonly by: SortBy;
  readonly direction: 1 | -1;
  readonly filter: string;
}

const SLICE_MS = 4;
const SCANNED = 1e9;

/** The list, and the one that is being gathered. */
export class EntriesList {
  #keys: readonly string[] = [];
  #order = new Uint32Array(0);
  readonly #worker = new Worker(new URL('./sort-worker.ts', import.meta.url), { type: 'module' });
  #gathering:
    { from: IterableIterator<[string, Page]>; keys: string[]; numbers: number[] } | undefined;
  #sorting = false;

  /** How many entries there were. */
  get length(): number {
    return this.#order.length;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#gathering === undefined && !this.#sorting;
  }

  /** Returns the key at a place of the list, which has to be in it. */
  at(place: number): string {
    return this.#keys[this.#order[place]!]!;
  }

  /** Begins anew. */
  begin(cache: TTLCache<Page>): void {
    this.#gathering = { from: cache.sync.entries(), keys: [], numbers: [] };
  }

  /** Goes on gathering; calls `done` when there is a new list. */
  advance(wish: Wish, done: () => void): void {
    const gathering = this.#gathering;
    if (gathering === undefined || this.#sorting) {
      return;
    }
    const ends = performance.now() + SLICE_MS;
    const { from, keys, numbers } = gathering;
    while (performance.now() < ends) {
      for (let left = 200; left > 0; left--) {
        const step: IteratorResult<[string, Page], unknown> = from.next();
        if (step.done === true) {
          this.#sort(keys, numbers, wish, done);
          return;
        }
        const [key, page]: [string, Page] = step.value;
        if (wish.filter === '' || key.includes(wish.filter)) {
          keys.push(key);
          numbers.push(numberOf(wish.by, key, page));
        }
      }
    }
  }

  /** Ends the worker. */
  close(): void {
    this.#worker.terminate();
  }

  #sort(keys: string[], numbers: number[], { direction }: Wish, done: () => void): void {
    this.#gathering = undefined;
    this.#sorting = true;
    const column = Float64Array.from(numbers);
    this.#worker.onmessage = ({ data }: MessageEvent<Uint32Array<ArrayBuffer>>) => {
      this.#sorting = false;
      this.#keys = keys;
      this.#order = data;
      done();
    };
    this.#worker.postMessage({ column, direction }, [column.buffer]);
  }
}

function numberOf(by: SortBy, key: string, page: Page): number {
  if (by === 'bytes') {
    return page.bytes;
  }
  if (by === 'left') {
    return page.until;
  }
  return Number(key.slice(5)) + (key.startsWith('scan/') ? SCANNED : 0);
}
