/** Values for tests of bytes mode: texts unlike any other, and a storage that keeps some as bytes. */

const HEADER = 8;
const KINDS = ['-', 'é', '漢', '😀', '\ud800', '\udfff', '\ufeff'];

let serials = 0;

/** Returns how many bytes a string takes: UTF-8, or two a character and one more. */
export function bytesOf(text) {
  return text.isWellFormed() ? Buffer.byteLength(text) : 2 * text.length + 1;
}

/** Returns what a pair of strings weighs. */
export function weighPair(value, key) {
  return HEADER + bytesOf(key) + (isKeptAsBytes(value) ? value.length : bytesOf(value));
}

/** Returns a text unlike any other, which makes a pair of about this weight. */
export function makeText(weight, key) {
  const serial = ++serials;
  const start = `${serial}`;
  const kind = serial % 3 === 0 ? KINDS[serial % KINDS.length] : '-';
  const room = Math.floor(weight) - HEADER - key.length - start.length;
  // Now and then one of several pieces.
  const left = serial % 97 === 0 ? 5_000 + (serial % 11_000) : room;
  return left > 0 ? start + kind.repeat(Math.ceil(left / bytesOf(kind))) : start;
}

/** Whether the storage below gets a value as bytes: every other one in ASCII. */
export function isKeptAsBytes(value) {
  return value.endsWith('-') && value.charCodeAt(0) % 2 === 0;
}

/** Returns a storage that is given and gives strings, of which it keeps some as bytes. */
export function mixedStorage(storage) {
  const into = (value) => (isKeptAsBytes(value) ? Uint8Array.from(Buffer.from(value)) : value);
  const out = (value) => (typeof value === 'string' ? value : Buffer.from(value).toString());
  return {
    ...storage,
    open() {
      const pairs = storage.open();
      const { stage, valueAt, valueFound } = pairs;
      pairs.stage = (key, value) => stage.call(pairs, key, into(value));
      pairs.valueAt = (slot) => out(valueAt.call(pairs, slot));
      pairs.valueFound = () => out(valueFound.call(pairs));
      return pairs;
    },
  };
}

/** Returns the limits of a setup, and what makes it one of bytes. */
export function byteSetup(bytes, limits) {
  const storage = () => mixedStorage(bytes());
  return { ...limits, weighs: false, weigh: weighPair, makeValue: makeText, storage };
}
