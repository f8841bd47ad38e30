/** The hash of a key, where one is needed: in the table of large caches, and for some policies. */

/** Returns 32 seeded bits of all characters of `key`, two independent lanes at a time. */
export function hashOf(key: string, seed: number): number {
  const length = key.length;
  let even = seed ^ length;
  let odd = ~seed;
  let at = 0;
  for (; at + 1 < length; at += 2) {
    even = Math.imul(even ^ key.charCodeAt(at), 0x9e3779b1);
    odd = Math.imul(odd ^ key.charCodeAt(at + 1), 0x85ebca6b);
  }
  if (at < length) {
    even = Math.imul(even ^ key.charCodeAt(at), 0x9e3779b1);
  }
  let hash = even ^ ((odd << 15) | (odd >>> 17));
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  return hash ^ (hash >>> 15);
}
