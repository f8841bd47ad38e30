/** Writes modules as text. */

const DIGITS = 91;
const SINGLES = 89;

/** Returns the character of a digit: printable ASCII without quotes and the backslash. */
const characterOf = (digit) => String.fromCharCode(digit + (digit >= 57 ? 0x24 : 0x23));

/** Returns `bytes` in 91 digits; src/ts/module-text.ts reads them, and says why and how. */
export function writeModuleText(bytes) {
  const digits = [];
  for (const byte of bytes) {
    if (byte < SINGLES) {
      digits.push(byte);
    } else {
      const rest = byte - SINGLES;
      digits.push(SINGLES + Math.floor(rest / DIGITS), rest % DIGITS);
    }
  }
  return digits.map(characterOf).join('');
}

/** Returns `bytes` in 64 digits, four for three bytes; src/js/unpack.rs reads them. */
export function writePackedText(bytes) {
  const digits = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [first, second = 0, third = 0] = bytes.subarray(at, at + 3);
    const three = (first << 16) | (second << 8) | third;
    digits.push(three >> 18, (three >> 12) & 63, (three >> 6) & 63, three & 63);
  }
  return digits.map(characterOf).join('');
}
