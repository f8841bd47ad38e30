/**
 * The benchmarks in Node. `cargo xtask bench ARGUMENTS` builds the package and runs this.
 *
 *     node benches/js/main.mjs                    everything; the better part of an hour
 *     node benches/js/main.mjs --quick            sizes 1k and 100k, one skew, shorter runs
 *     node benches/js/main.mjs --only sync,size   some parts: sync, promise, size, cluster, bytes
 *         --rounds N          5 by default; fewer give times and no ratios
 *         --cells REGEXP      cells by name, such as '100k|1M' or '^mix'
 *         --policies A,B      ours in `sync`: lru (default), lfu, fifo
 *         --against A,B       peers in `sync`: lru-cache (default), lru-cache-no-ttl, ...
 *         --json FILE         writes every single measurement
 *
 * How it measures, and what it does not show, is in docs/benchmarks.md. The package is copied first,
 * so that a build meanwhile changes nothing.
 */
import { access, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { runBytes } from './bytes.mjs';
import { runCluster } from './cluster.mjs';
import { describeMachine, printMachine } from './machine.mjs';
import { runPromise } from './promise.mjs';
import { runSize } from './size.mjs';
import { ROUNDS_MIN } from './statistics.mjs';
import { runSync } from './sync.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const PARTS = {
  sync: runSync,
  promise: runPromise,
  size: runSize,
  cluster: runCluster,
  bytes: runBytes,
};
const LATER = ['startup', 'memory', 'native', 'browser'];
/** How long the timed parts of one run of one cell are together. */
const CELL_MS = 500;
const QUICK_CELL_MS = 150;

function readArguments(args) {
  const text = { type: 'string' };
  const options = {
    only: text,
    quick: { type: 'boolean', default: false },
    rounds: { ...text, default: String(ROUNDS_MIN) },
    cells: { ...text, default: '' },
    policies: { ...text, default: 'lru' },
    against: { ...text, default: 'lru-cache' },
    json: text,
  };
  const { values } = parseArgs({ args, options });
  const parts = values.only?.split(',') ?? Object.keys(PARTS);
  for (const part of parts) {
    if (LATER.includes(part)) throw new Error(`'${part}' is not written yet; it comes later`);
    if (!(part in PARTS)) {
      throw new Error(`no part '${part}'; there are ${Object.keys(PARTS).join(', ')}`);
    }
  }
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds >= 1)) {
    throw new Error(`--rounds ${values.rounds}: give a whole number, at least 1`);
  }
  return {
    parts,
    rounds,
    quick: values.quick,
    ms: values.quick ? QUICK_CELL_MS : CELL_MS,
    pattern: new RegExp(values.cells),
    policies: values.policies.split(','),
    against: values.against.split(','),
    json: values.json,
  };
}

/** Copies the package to where nobody builds. */
async function copyPackage() {
  const folder = path.join(root, 'target', 'bench', `pkg-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.dirname(folder), { recursive: true });
  try {
    await cp(path.join(root, 'pkg'), folder, { recursive: true });
    for (const file of ['package.json', 'index.js', 'core.wasm', 'cluster.js'])
      await access(path.join(folder, file));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error('pkg/ is not there or not complete: cargo xtask build', { cause: error });
  }
  return folder;
}

/** Shows how far a run is, on terminals only. */
function onProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function main(args) {
  const { parts, json, ...options } = readArguments(args);
  const folder = await copyPackage();
  try {
    const machine = describeMachine(folder, args);
    printMachine(machine);
    const url = (file) => pathToFileURL(path.join(folder, file)).href;
    const environment = {
      TIDECACHE_BENCH_ENTRY: url('index.js'),
      TIDECACHE_BENCH_CLUSTER: url('cluster.js'),
    };
    const reports = {};
    for (const part of parts) {
      reports[part] = await PARTS[part]({ ...options, folder, environment, onProgress });
    }
    machine.loadAtEnd = os.loadavg()[0];
    console.log(`\nload ${machine.loadAtEnd.toFixed(1)} at the end; what runs here counts as one`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ machine, reports })}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
