/** Chance that comes out the same each time: a seeded generator, and Zipf's law. */

/** Returns a function that draws numbers from [0, 1): mulberry32 [1]. */
export function seeded(seed: number): () => number {
  // [1] T. Ettinger, "mulberry32", 2017, public domain.
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a function that draws ranks below `count`, rank r as often as 1 / (r + 1)^skew. */
export function zipf(count: number, skew: number, random: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sums[rank] = sum += (rank + 1) ** -skew;
  }
  return () => {
    const drawn = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > drawn) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };
}
