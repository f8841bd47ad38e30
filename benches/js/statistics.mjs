/** The few statistics that the reports need. */

/** Returns the middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Returns the geometric mean: ratios are averaged so that twice and half cancel out. */
export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Returns the least and the greatest value. */
export function spread(values) {
  return { least: Math.min(...values), greatest: Math.max(...values) };
}

/** Fewer rounds than this give no ratio: one disturbed run would be a third of the truth. */
export const ROUNDS_MIN = 5;

/**
 * Returns what the rounds of a cell say about `peer / ours`, above 1 if ours is faster; `undefined`
 * if there are too few. Both times of one ratio are of the same round, minutes apart at most.
 */
export function compare(rounds, ours, peer, clock) {
  if (rounds.length < ROUNDS_MIN) return undefined;
  const ratios = rounds.map((round) => round[peer][clock] / round[ours][clock]);
  return { ratios, median: median(ratios), ...spread(ratios) };
}
