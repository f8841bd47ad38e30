import { describe, outOfRange, wrongType } from './errors.js';
import type { Duration } from './types.js';

const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Returns the milliseconds of a duration in text, for strings that come from outside.
 *
 * ```ts
 * duration('1.5h'); // 5400000
 * ```
 * @throws {TypeError} `ERR_CACHE_INVALID_ARGUMENT`: not digits followed by ms, s, m, h or d.
 */
export function duration(text: string): number {
  return readText(text, 'a duration');
}

/**
 * Returns the milliseconds of a TTL, an interval or a timeout called `name`.
 * @throws {TypeError} for what is no duration.
 * @throws {RangeError} for 0, less, and NaN.
 */
export function milliseconds(span: Duration, name: string): number {
  const ms = typeof span === 'number' ? span : readText(span, name);
  if (!(ms > 0)) {
    throw outOfRange(
      `${name} is ${describe(span)}; give more than 0: milliseconds, '30s', or Infinity for never`,
    );
  }
  return ms;
}

/** Returns a stale window called `name`; 0 is none. */
export function readWindow(span: Duration | undefined, name: string): number | undefined {
  return span === undefined || span === 0 ? span : milliseconds(span, name);
}

function readText(text: string, name: string): number {
  const match = typeof text === 'string' ? PATTERN.exec(text) : null;
  if (match === null) {
    throw wrongType(
      `${name} is ${describe(text)}; give milliseconds, or '500ms', '30s', '5m', '2h', '7d'`,
    );
  }
  return Number(match[1]) * UNITS[match[2]!]!;
}
