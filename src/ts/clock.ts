/**
 * What time it is, in milliseconds that never go back.
 *
 * The clock of all caches that were given none is `Date.now`. Asking it costs as much as a hit, so
 * in a burst of work the answer is kept: after {@link STEADY} readings that found the clock
 * standing still, for {@link READINGS} readings, and never beyond the end of this turn of the event
 * loop (of this synchronous run, where there is no `setImmediate`). A timer would not do: browsers
 * hold the timers of hidden pages back for a minute. Only the platform's own answers are kept, so
 * that fake timers are asked every time.
 *
 * Where no answer is kept, {@link coarse} is `Infinity`. Nothing is fresh against it, so a hit
 * needs no other check than the comparison with its deadline that it makes anyway.
 *
 * Clocks are made monotonic by an offset: when a clock steps back, or another takes its place, time
 * goes on from where it was. Nothing that died comes back to life, and nothing lives longer.
 */

import { describe, outOfRange, wrongType } from './errors.js';
import type { Clock } from './types.js';

/** The platform's own `Date.now`; `undefined` if it was a fake when this module was loaded. */
export const platformDateNow = isNative(Date.now) ? Date.now : undefined;

/** The platform's answer that is kept, `Infinity` if none is. */
export let coarse = Infinity;

/** Readings that one answer may serve. A power of two. */
export const READINGS = 32;

/** Readings in a row that must find the clock standing still before an answer is kept. */
const STEADY = 8;

let readings = 0;
/** How many readings in a row have found the clock standing still. */
let steady = 0;
/** Whether the end of this turn is waited for. */
let armed = false;
/** The `Date.now` that was asked last. */
let asked: unknown;
/**
 * The latest moment, what it is ahead of `Date.now`, and what that said: in an array, which
 * allocates nothing.
 */
const times = new Float64Array([-Infinity, 0, NaN]);
const LATEST = 0;
const OFFSET = 1;
const READ = 2;

/** Returns the present moment: a kept answer if there is one. */
export function now(): number {
  if (readings > 0 && coarse !== Infinity && Date.now === platformDateNow) {
    readings--;
    return coarse;
  }
  return askPlatform();
}

/** Returns the present moment as the platform says, and perhaps keeps it. */
export function askPlatform(): number {
  const dateNow = Date.now;
  const read = Date.now();
  if (read === times[READ]! && dateNow === asked) {
    steady++;
  } else {
    advance(dateNow, read);
  }
  const latest = times[LATEST]!;
  if (steady >= STEADY && dateNow === platformDateNow) {
    keep(latest);
  } else {
    coarse = Infinity;
  }
  return latest;
}

/** Notes that a clock says something else than the one asked last. */
function advance(dateNow: () => number, read: number): void {
  const before = times[LATEST]!;
  if (dateNow !== asked) {
    // Another clock: its time counts, unless it is behind.
    times[OFFSET] = asked === undefined ? 0 : Math.max(0, before - read);
    asked = dateNow;
  } else if (read + times[OFFSET]! < before) {
    times[OFFSET] = before - read;
  }
  const latest = read + times[OFFSET]!;
  times[LATEST] = latest;
  times[READ] = read;
  steady = latest === before ? steady + 1 : 0;
}

/** Returns what to take off a moment of {@link now} to get milliseconds since the epoch. */
export function platformOffset(): number {
  return times[OFFSET]!;
}

function isNative(method: () => number): boolean {
  return Function.prototype.toString.call(method).includes('[native code]');
}

const settled = Promise.resolve();
let atEndOfTurn: (callback: () => void) => unknown = (callback) => settled.then(callback);

/** Says how to be called at the end of this turn, instead of at that of the synchronous run. */
export function setEndOfTurn(call: typeof atEndOfTurn): void {
  atEndOfTurn = call;
}

function keep(latest: number): void {
  coarse = latest;
  readings = READINGS;
  if (!armed) {
    armed = true;
    atEndOfTurn(forget);
  }
}

function forget(): void {
  armed = false;
  steady = 0;
  coarse = Infinity;
}

/** Makes a clock of the caller monotonic, and refuses what is not a number. */
export class MonotonicClock {
  readonly #clock: Clock;
  #latest = -Infinity;
  #offset = 0;

  constructor(clock: Clock) {
    if (typeof clock?.now !== 'function') {
      throw wrongType(`clock is ${describe(clock)}; give an object with now(), in milliseconds`);
    }
    this.#clock = clock;
  }

  /** Returns the present moment; never less than before. */
  now(): number {
    const read = this.#clock.now();
    if (!Number.isFinite(read)) {
      throw outOfRange(`clock.now() gave ${describe(read)}; it must give finite milliseconds`);
    }
    if (read + this.#offset < this.#latest) {
      this.#offset = this.#latest - read;
    }
    this.#latest = read + this.#offset;
    return this.#latest;
  }

  /** What to take off a moment of this clock to get its owner's. */
  get offset(): number {
    return this.#offset;
  }
}

/** The longest delay that `setTimeout` understands. */
export const DELAY_MAX_MS = 2 ** 31 - 1;

/** Keeps a timer from holding the process, where the platform has such a thing. */
export function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
    (timer as { unref(): void }).unref();
  } else if (typeof timer === 'number') {
    (globalThis as { Deno?: { unrefTimer(id: number): void } }).Deno?.unrefTimer(timer);
  }
}
