/** Many calls at once, and not too many. */

/**
 * As many calls of one group are under way: fewer than a node takes, so that a large group is slow
 * rather than refused.
 */
const AT_ONCE = 64;

/**
 * Resolves with what `call` gives for each item, in their order. The first {@link AT_ONCE} begin in
 * this turn.
 * @throws what the first call that fails throws; no call begins after that.
 */
export async function inGroups<T, R>(
  items: readonly T[],
  call: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let hasFailed = false;
  const work = async (): Promise<void> => {
    while (next < items.length && !hasFailed) {
      const at = next++;
      try {
        results[at] = await call(items[at]!);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
  return results;
}
