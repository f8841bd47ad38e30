import { CacheError } from './errors.js';
import type { KeyIndex } from './key-index.js';

/** The index of a closed cache: whoever looks for a key is told so, at no cost to open caches. */
export class ClosedIndex implements KeyIndex {
  find(): never {
    throw closedError();
  }

  put(): never {
    throw closedError();
  }

  delete(): never {
    throw closedError();
  }

  clear(): never {
    throw closedError();
  }
}

/** Returns the error for use after dispose. */
export function closedError(): CacheError {
  return new CacheError('ERR_CACHE_CLOSED', 'this cache is closed; make a new one');
}
