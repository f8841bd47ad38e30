/**
 * Paths of keys as texts, each path as one and no other: a key that is in no namespace and does not
 * begin with U+0000 is its own text, which is what nearly all are.
 */

import type { Path } from './extension.js';

/** Begins the text of any other path: the length of each name and the name, a dot, the key. */
const MARK = '\0';

/** Returns the text of a path. */
export function textOf(path: Path): string {
  const key = path.at(-1)!;
  if (path.length === 1 && !key.startsWith(MARK)) {
    return key;
  }
  const names = path.slice(0, -1).map((name) => `${name.length}:${name}`);
  return `${MARK}${names.join('')}.${key}`;
}

/**
 * Returns the path of a text.
 * @throws {RangeError} It is the text of none.
 */
export function pathOf(text: string): Path {
  if (!text.startsWith(MARK)) {
    return [text];
  }
  const path: string[] = [];
  let at = 1;
  while (text[at] !== '.') {
    const [head, length] = /^(\d+):/.exec(text.slice(at, at + 20)) ?? [];
    if (head === undefined || at + head.length + Number(length) >= text.length) {
      throw new RangeError('a key is in no namespace');
    }
    const start = at + head.length;
    at = start + Number(length);
    path.push(text.slice(start, at));
  }
  path.push(text.slice(at + 1));
  return path;
}
