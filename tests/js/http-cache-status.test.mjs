/** Cache-Status as TypeScript writes it, by the rules that `src/http/status.rs` has too. */
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from './lib/package.mjs';

const { createCache, CacheOnly } = await load('tidecache/http');

/** What a response says of a hit and of a miss, in a cache of that name. */
async function said(cacheStatus) {
  const cache = createCache({ cacheStatus, storage: 'memory' });
  const get = cache.fetch(
    async () => new Response('x', { headers: { 'cache-control': 'max-age=9' } }),
  );
  const statuses = [];
  for (let at = 0; at < 2; at++) {
    const response = await get('http://origin.test/');
    await response.text();
    await cache.settled();
    statuses.push(response.headers.get('cache-status'));
  }
  return statuses;
}

test('a name is a token, or else a string', async () => {
  const miss = ';fwd=uri-miss;fwd-status=200;stored';
  for (const [name, written] of [
    ['tidecache', 'tidecache'],
    ["*a!#$%&'*+-.^_`|~:/9", "*a!#$%&'*+-.^_`|~:/9"],
    ['9', '"9"'],
    ['my cache', '"my cache"'],
    ['say "no" \\', '"say \\"no\\" \\\\"'],
  ]) {
    const [first, second] = await said(name);
    assert.equal(first, written + miss);
    assert.match(second.slice(written.length), /^;hit;ttl=[89]$/);
    assert.ok(second.startsWith(written));
  }
});

test('a detail is said as a string if it is no token', async () => {
  const get = createCache({ storage: 'memory' }).fetch(fetch, new CacheOnly());
  const response = await get('http://origin.test/');
  const expected = 'tidecache;fwd=request;detail="CacheOnly, and it is not stored"';
  assert.equal(response.headers.get('cache-status'), expected);
});
