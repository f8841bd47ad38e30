/** Options that count something. */

import { describe, outOfRange, wrongType } from '../errors.js';

/** Returns an option called `name` that is a whole number from `min` to `max`. */
export function whole(number: number, name: string, min: number, max: number): number {
  if (typeof number !== 'number') {
    throw wrongType(`${name} is ${describe(number)}; give a whole number`);
  }
  if (!Number.isInteger(number) || number < min || number > max) {
    throw outOfRange(`${name} is ${number}; give a whole number, ${min} to ${max}`);
  }
  return number;
}
