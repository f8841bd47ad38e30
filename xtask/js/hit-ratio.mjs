/**
 * Replays through the packed package, for `cargo xtask hit-ratio --through npm`:
 *
 *     node xtask/js/hit-ratio.mjs FOLDER/N.jobs
 *
 * Each line of the file is a job: trace, size, policy, seed. FOLDER has the traces by number:
 * `T.requests` (u32, numbers of keys), `T.keys` (JSON), perhaps `T.weights` (u32). Prints a line
 * for each job: the hits and what they weigh.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { load } from '../../tests/js/lib/package.mjs';

/** Returns the numbers of a file. */
function readWords(file) {
  const bytes = readFileSync(file);
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Returns a trace by its number. */
function readTrace(folder, number) {
  const at = (kind) => path.join(folder, `${number}.${kind}`);
  return {
    requests: readWords(at('requests')),
    keys: JSON.parse(readFileSync(at('keys'), 'utf8')),
    weights: existsSync(at('weights')) ? readWords(at('weights')) : undefined,
  };
}

/** Reads every key, sets it if that was a miss, and counts. */
function replay(TTLCache, { requests, keys, weights }, { size, evictionPolicy, seed }) {
  const { sync } = new TTLCache({
    evictionPolicy,
    ...(weights === undefined ? { maxSize: size } : { maxWeight: size, weigh: (weight) => weight }),
    defaultTtl: Infinity,
    cleanupInterval: false,
    random: () => seed / 2 ** 32,
  });
  let hits = 0;
  let weight = 0;
  for (let at = 0; at < requests.length; at++) {
    const key = keys[requests[at]];
    const own = weights === undefined ? 0 : weights[at];
    if (sync.get(key) !== undefined) {
      hits++;
      weight += own;
    } else {
      sync.set(key, own);
    }
  }
  return { hits, weight };
}

/** Does the jobs of a file. */
async function main(file) {
  const { TTLCache } = await load();
  const traces = new Map();
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const [number, size, evictionPolicy, seed] = line.split(' ');
    if (!traces.has(number)) {
      // One at a time: the jobs of a trace stand together.
      traces.clear();
      traces.set(number, readTrace(path.dirname(file), number));
    }
    const job = { size: Number(size), evictionPolicy, seed: Number(seed) };
    const { hits, weight } = replay(TTLCache, traces.get(number), job);
    console.log(`${hits} ${weight}`);
  }
}

await main(process.argv[2]);
