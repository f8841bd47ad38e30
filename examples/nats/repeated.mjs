/** Repeats what a dying server has swallowed the answer of, or what has no leader to do it yet. */
import { CacheConnectionError } from '../../pkg/cluster.js';

/** How long it is worth to try. */
const PATIENCE_MS = 60_000;

/** Settles as `work` does, once the engine has answered. */
export async function repeated(work) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CacheConnectionError) || Date.now() > end) throw error;
    }
  }
}
