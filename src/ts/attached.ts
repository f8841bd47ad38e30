import { wrongType } from './errors.js';
import type { Attachable, Extension } from './extension.js';

/** Returns what one cache may be given, once. */
export function once(make: () => Extension): Attachable {
  let isTaken = false;
  return {
    attach(): Extension {
      if (isTaken) {
        throw wrongType('this persist or channel belongs to a cache already; make another one');
      }
      isTaken = true;
      return make();
    },
  };
}
