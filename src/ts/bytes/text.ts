/**
 * Strings as bytes: UTF-8, and two bytes a character where a lone surrogate forbids it. The latter
 * begin with a byte that no UTF-8 has, so that no two strings are the same bytes.
 */

const encoder = new TextEncoder();
/** Also a string that begins with U+FEFF is kept as it is. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The first byte of what is not UTF-8. */
const TWO_BYTES = 0xff;
/** As many characters as are faster one by one than by a call. */
const SHORT = 40;
/** Characters that one call may be given. */
const BLOCK = 4096;

/** Writes `text` to `target` from `at` on and returns its length; -1 if it may need more room. */
export function writeText(text: string, target: Uint8Array, at: number, room: number): number {
  const { length } = text;
  if (length <= SHORT && length <= room) {
    let all = 0;
    for (let n = 0; n < length; n++) {
      const code = text.charCodeAt(n);
      all |= code;
      target[at + n] = code;
    }
    if (all < 0x80) {
      return length;
    }
  }
  if (3 * length + 1 > room) {
    return -1;
  }
  const { written } = encoder.encodeInto(text, target.subarray(at, at + room));
  if (written === length || !isIllFormed(text)) {
    return written;
  }
  const bytes = twoBytes(text);
  target.set(bytes, at);
  return bytes.length;
}

/** Returns `text` as bytes of its own. */
export function bytesOfText(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  return bytes.length === text.length || !isIllFormed(text) ? bytes : twoBytes(text);
}

/** Returns the string that `bytes` are. */
export function readText(bytes: Uint8Array): string {
  const { length } = bytes;
  if (bytes[0] === TWO_BYTES) {
    const codes = new Uint16Array(bytes.slice(1).buffer);
    let text = '';
    for (let at = 0; at < codes.length; at += BLOCK) {
      text += String.fromCharCode(...codes.subarray(at, at + BLOCK));
    }
    return text;
  }
  return length === 0 ? '' : decoder.decode(bytes);
}

function isIllFormed(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

function twoBytes(text: string): Uint8Array {
  const codes = Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  const bytes = new Uint8Array(2 * text.length + 1);
  bytes[0] = TWO_BYTES;
  bytes.set(new Uint8Array(codes.buffer), 1);
  return bytes;
}
