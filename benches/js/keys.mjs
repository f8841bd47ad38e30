/**
 * Keys and the order in which they are asked for. All of it is seeded, so that every contestant gets
 * the same keys in the same order.
 */

/** Returns a function that draws numbers from [0, 1): xorshift32 [1]. */
export function seeded(seed) {
  // [1] G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (14), 2003.
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * Returns a function that draws ranks from 0 to `count - 1` by Zipf's law with exponent `s`, not 1,
 * by rejection-inversion [1]: no table, which would drive the caches under test out of the
 * processor's own.
 *
 * [1] W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone discrete
 * distributions", ACM TOMACS 6 (3), 1996.
 */
export function zipf(count, s, random) {
  const integral = (x) => (x ** (1 - s) - 1) / (1 - s);
  const inverse = (y) => (1 + y * (1 - s)) ** (1 / (1 - s));
  const first = integral(1.5) - 1;
  const last = integral(count + 0.5);
  const shortcut = 2 - inverse(integral(2.5) - 2 ** -s);
  return () => {
    for (;;) {
      const drawn = last + random() * (first - last);
      const x = inverse(drawn);
      const rank = Math.min(Math.max(Math.round(x), 1), count);
      if (rank - x <= shortcut || drawn >= integral(rank + 0.5) - rank ** -s) return rank - 1;
    }
  };
}

const KEY_LENGTH = 32;
const bytes = new Uint8Array(KEY_LENGTH);
const encoder = new TextEncoder();
// In pages; Node's own way is faster, and what is made is the same: flat, one byte a character.
const cut =
  typeof Buffer === 'undefined'
    ? (
        (decoder) => () =>
          decoder.decode(bytes)
      )(new TextDecoder('latin1'))
    : (
        (buffer) => () =>
          buffer.latin1Slice(0, KEY_LENGTH)
      )(Buffer.from(bytes.buffer));

/**
 * Returns the key of a number: 32 characters, a flat string that nobody has hashed yet. What servers
 * cut out of a request is such a string.
 */
export function freshKey(number) {
  encoder.encodeInto(`user:profile:session:${String(number).padStart(11, '0')}`, bytes);
  return cut();
}

/** Returns the keys of 0 to `count - 1`, made in random order so that neighbours lie apart. */
export function heldKeys(count, random) {
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  const keys = new Array(count).fill('');
  for (const number of order) keys[number] = freshKey(number);
  return { keys, order };
}
