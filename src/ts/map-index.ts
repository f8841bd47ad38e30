import type { KeyIndex } from './key-index.js';

/** A JavaScript `Map` holds this many entries and throws a `RangeError` at the next. */
const MAP_SIZE_MAX = 1 << 24;

/**
 * An index on the engine's `Map`, and on further maps when one is full: a cache of more than 2²⁴
 * entries becomes slower and does not fail.
 */
export class MapIndex implements KeyIndex {
  map = new Map<string, number>();
  full: Map<string, number>[] = [];
  readonly mapSizeMax: number;

  constructor(mapSizeMax = MAP_SIZE_MAX) {
    this.mapSizeMax = mapSizeMax;
  }

  find(key: string): number | undefined {
    const slot = this.map.get(key);
    return slot === undefined && this.full.length !== 0 ? this.findInFull(key) : slot;
  }

  put(key: string, slot: number): void {
    if (this.map.size >= this.mapSizeMax) {
      this.full.push(this.map);
      this.map =
        this.full.find((map) => map.size < this.mapSizeMax / 2) ?? new Map<string, number>();
      this.full = this.full.filter((map) => map !== this.map);
    }
    this.map.set(key, slot);
  }

  delete(key: string): void {
    if (!this.map.delete(key)) {
      this.full.some((map) => map.delete(key));
    }
  }

  clear(): void {
    this.map = new Map();
    this.full = [];
  }

  private findInFull(key: string): number | undefined {
    for (const map of this.full) {
      const slot = map.get(key);
      if (slot !== undefined) {
        return slot;
      }
    }
    return undefined;
  }
}
