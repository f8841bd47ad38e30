/** The field Cache-Status (RFC 9211); the same as `src/http/status.rs` writes. */

import type { CacheStatusParts } from './rule-types.js';

/** Returns the member that says what a cache did. What it cannot hold is left out. */
export function cacheStatus(parts: CacheStatusParts): string {
  const { cache, hit = false, fwd, fwdStatus = 0, ttlMs = Number.NaN } = parts;
  let text = item('', cache);
  if (hit) {
    text += ';hit';
  } else if (fwd !== undefined) {
    text += `;fwd=${fwd}`;
    if (fwdStatus !== 0) {
      text += `;fwd-status=${fwdStatus}`;
    }
  }
  if (!Number.isNaN(ttlMs)) {
    text += `;ttl=${Math.floor(ttlMs / 1000)}`;
  }
  if (!hit) {
    text +=
      (parts.stored === true ? ';stored' : '') + (parts.collapsed === true ? ';collapsed' : '');
  }
  return text + item(';key=', parts.key) + item(';detail=', parts.detail);
}

/** Returns a value as a token, else as a string; nothing if it is neither (RFC 8941, 3.3). */
function item(name: string, value: string | undefined): string {
  if (value === undefined || !/^[ -~]*$/.test(value)) {
    return '';
  }
  const isToken = name !== ';key=' && /^[a-z*][\w!#$%&'*+.^`|~:/-]*$/i.test(value);
  return name + (isToken ? value : `"${value.replace(/["\\]/g, '\\$&')}"`);
}
