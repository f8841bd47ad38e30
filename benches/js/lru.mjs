/**
 * `tidecache/lru` beside lru-cache: CPU time of reads and of reads that store what they miss.
 *
 *     node benches/js/lru.mjs        (cargo xtask build first)
 *
 * Each contestant has a process of its own for each cell, and the median of its rounds counts.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { LRUCache as Original } from 'lru-cache';

import { load } from '../../tests/js/lib/package.mjs';

const { LRUCache } = await load('tidecache/lru');
const ROUNDS = 15;
const STEPS = 400_000;
const CONTESTANTS = [
  { name: 'lru-cache', Class: Original, own: {} },
  { name: 'tidecache/lru', Class: LRUCache, own: {} },
  { name: 'tidecache/lru, adaptive', Class: LRUCache, own: { evictionPolicy: 'adaptive' } },
];

/** Returns which key each step asks for: few of them often, as by Zipf's law. */
function asks(keys) {
  const picked = new Int32Array(STEPS);
  let state = 12_345;
  for (let at = 0; at < STEPS; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    picked[at] = Math.floor(keys ** (state / 2 ** 32)) - 1;
  }
  return picked;
}

/** Runs the steps and returns nanoseconds of CPU for each, and the share of hits. */
function run({ Class, own }, max, options, names, picked) {
  const cache = new Class({ max, ...options, ...own });
  for (let at = 0; at < max; at++) cache.set(names[at], at);
  let hits = 0;
  const before = process.cpuUsage();
  for (let at = 0; at < STEPS; at++) {
    const name = names[picked[at]];
    if (cache.get(name) === undefined) {
      cache.set(name, at);
    } else {
      hits++;
    }
  }
  const { user, system } = process.cpuUsage(before);
  return { time: ((user + system) * 1_000) / STEPS, hits: hits / STEPS };
}

const median = (numbers) => [...numbers].sort((one, other) => one - other)[numbers.length >> 1];

/** Returns the median time of a contestant in one cell, and its hits. */
function measure(at, max, factor, options) {
  const names = Array.from({ length: max * factor }, (_, key) => `user:${key}:profile`);
  const picked = asks(max * factor);
  const rounds = Array.from({ length: ROUNDS }, () =>
    run(CONTESTANTS[at], max, options, names, picked),
  );
  return { time: median(rounds.map((round) => round.time)), hits: rounds[0].hits };
}

const [cell] = process.argv.slice(2);
if (cell === undefined) {
  const program = fileURLToPath(import.meta.url);
  console.log('entries  keys  ttl     contestant                  ns a step   hits');
  for (const max of [1_000, 100_000]) {
    for (const factor of [1, 10]) {
      for (const ttl of [0, 300_000]) {
        CONTESTANTS.forEach(({ name }, at) => {
          const argument = JSON.stringify([at, max, factor, { ttl }]);
          const { time, hits } = JSON.parse(execFileSync(process.execPath, [program, argument]));
          const row = [String(max).padStart(7), `${factor}x`.padStart(4), String(ttl).padStart(6)];
          const figures = `${time.toFixed(0).padStart(9)}  ${(100 * hits).toFixed(1).padStart(5)} %`;
          console.log(`${row.join('  ')}  ${name.padEnd(26)}  ${figures}`);
        });
      }
    }
  }
} else {
  console.log(JSON.stringify(measure(...JSON.parse(cell))));
}
