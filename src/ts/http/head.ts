/** Heads as the rules take them: lower-case names, `name:value` and a line feed for each field. */

import { headBlock, headPairs } from './rules.js';

/** Returns the fields as text, each `Set-Cookie` by itself. */
export function headText(headers: Headers): string {
  let text = '';
  headers.forEach((value, name) => {
    text += `${name}:${value}\n`;
  });
  return text;
}

/** Returns the value of a field, several joined by commas, or `undefined`. */
export function fieldOf(text: string, name: string): string | undefined {
  const values = headPairs(text).flatMap(([field, value]) => (field === name ? [value] : []));
  return values.length === 0 ? undefined : values.join(', ');
}

/** Returns `text` without the fields of these names. */
export function without(text: string, ...names: readonly string[]): string {
  return headBlock(headPairs(text).filter(([name]) => !names.includes(name)));
}
