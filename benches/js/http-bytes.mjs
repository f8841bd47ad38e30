/**
 * Byte hit rates of the response cache's index: of the bytes asked for, the part that was there.
 *
 *     node benches/js/http-bytes.mjs                      the generator, below
 *         --seeds 1,2,3                                   three by default
 *         --trace FILE.u32.zst                            the order of requests from a trace
 *         --policies w-tinylfu,lru                        whom to compare
 *
 * The generator: 1,000,000 requests for 200,000 responses by Zipf's law with exponent 0.9; bodies
 * are log-normal (median 10 kB, sigma 1.5, at most 20 MB), whatever their popularity. A trace gives
 * the order of requests only: its keys get sizes by the same law, so such a figure is half real.
 * Caches hold 1, 3 and 10 % of the bytes of all responses that are asked for.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { decompress } from 'fzstd';
import { LRUCache } from 'lru-cache';

import { loadInsides } from './http-source.mjs';
import { seeded, zipf } from './keys.mjs';

const REQUESTS = 1_000_000;
const RESPONSES = 200_000;
const SKEW = 0.9;
const MEDIAN_BYTES = 10_000;
const SIGMA = 1.5;
const BYTES_MAX = 20_000_000;
const SHARES = [0.01, 0.03, 0.1];

function readArguments(args) {
  const text = { type: 'string' };
  const options = {
    seeds: { ...text, default: '1,2,3' },
    policies: { ...text, default: 'w-tinylfu,lru' },
    trace: text,
  };
  const { values } = parseArgs({ args, options });
  return {
    ...values,
    seeds: values.seeds.split(',').map(Number),
    policies: values.policies.split(','),
  };
}

/** Returns the size of a response by its number: always the same for one seed. */
function sizesOf(seed) {
  const sizes = new Map();
  const random = seeded(seed * 7919 + 1);
  return (key) => {
    let size = sizes.get(key);
    if (size === undefined) {
      // [1] Box, Muller, "A note on the generation of random normal deviates", 1958.
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const normal = radius * Math.cos(2 * Math.PI * random());
      const drawn = Math.round(MEDIAN_BYTES * Math.exp(SIGMA * normal));
      size = Math.min(BYTES_MAX, Math.max(1, drawn));
      sizes.set(key, size);
    }
    return size;
  };
}

/** Returns the keys asked for, in order. */
async function requestsOf({ trace }, seed) {
  if (trace !== undefined) {
    const bytes = decompress(await readFile(trace));
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  }
  const draw = zipf(RESPONSES, SKEW, seeded(seed));
  return Uint32Array.from({ length: REQUESTS }, draw);
}

/** Returns the part of the bytes that `cache` had. */
function replay(cache, keys, sizeOf) {
  let asked = 0;
  let had = 0;
  for (const key of keys) {
    const size = sizeOf(key);
    asked += size;
    if (cache.get(key, size)) had += size;
    else cache.put(key, size);
  }
  return had / asked;
}

/** Returns our index with that policy. */
function ours(ByteIndex, policy, maxBytes) {
  const index = new ByteIndex({ maxBytes, policy });
  return {
    get: (key, size) => index.touch(String(key), size),
    put: (key, size) => index.put(String(key), size),
  };
}

/** Returns lru-cache with a limit in bytes: the plain twin of our `lru`. */
function twin(maxBytes) {
  const cache = new LRUCache({ maxSize: maxBytes });
  return {
    get: (key) => cache.get(key) !== undefined,
    put: (key, size) => cache.set(key, true, { size }),
  };
}

const options = readArguments(process.argv.slice(2));
const { ByteIndex } = await loadInsides();
const names = [...options.policies, 'lru-cache'];
console.log(['seed', 'share', ...names].map((cell) => cell.padStart(11)).join(''));
const sums = new Map(names.map((name) => [name, 0]));
let cells = 0;
for (const seed of options.seeds) {
  const keys = await requestsOf(options, seed);
  const sizeOf = sizesOf(seed);
  const total = [...new Set(keys)].reduce((sum, key) => sum + sizeOf(key), 0);
  for (const share of SHARES) {
    const maxBytes = Math.floor(total * share);
    const rates = options.policies.map((policy) =>
      replay(ours(ByteIndex, policy, maxBytes), keys, sizeOf),
    );
    rates.push(replay(twin(maxBytes), keys, sizeOf));
    names.forEach((name, at) => sums.set(name, sums.get(name) + rates[at]));
    cells++;
    const shown = rates.map((rate) => (100 * rate).toFixed(2).padStart(11));
    console.log([String(seed).padStart(11), String(share).padStart(11), ...shown].join(''));
  }
}
const means = names.map((name) => ((100 * sums.get(name)) / cells).toFixed(2).padStart(11));
console.log(['mean'.padStart(11), ''.padStart(11), ...means].join(''));
