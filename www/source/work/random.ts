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

/**
 * Returns a function that draws ranks below `count`, rank r as often as 1 / (r + 1)^skew, by
 * rejection and inversion [1]: no table, so that millions of keys cost nothing to begin with.
 */
export function zipf(count: number, skew: number, random: () => number): () => number {
  // [1] W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone
  // discrete distributions", ACM TOMACS 6(3), 1996.
  if (skew === 0) {
    return () => Math.floor(random() * count);
  }
  const flat = 1 - skew;
  const isLog = Math.abs(flat) < 1e-9;
  const density = (x: number): number => x ** -skew;
  const area = (x: number): number => (isLog ? Math.log(x) : (x ** flat - 1) / flat);
  const inverse = (y: number): number => (isLog ? Math.exp(y) : (1 + y * flat) ** (1 / flat));
  const first = area(1.5) - 1;
  const last = area(count + 0.5);
  const squeeze = 2 - inverse(area(2.5) - density(2));
  return () => {
    for (;;) {
      const drawn = last + random() * (first - last);
      const x = inverse(drawn);
      const rank = Math.min(count, Math.max(1, Math.round(x)));
      if (rank - x <= squeeze || drawn >= area(rank + 0.5) - density(rank)) {
        return rank - 1;
      }
    }
  };
}
