/** Writes a module as text; src/ts/module-text.ts reads it, and says why and how. */

const DIGITS = 91;
const SINGLES = 89;

/** Returns `bytes` as text of printable ASCII without quotes and backslashes. */
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
  // The backslash is left out.
  const codes = digits.map((digit) => digit + (digit >= 57 ? 0x24 : 0x23));
  return codes.map((code) => String.fromCharCode(code)).join('');
}
