/**
 * The benchmarks. `cargo xtask bench ARGUMENTS` builds the package and runs this.
 *
 *     node benches/js/main.mjs                    within 45 minutes on two quiet cores
 *     node benches/js/main.mjs --quick            within ten: sizes 1k and 100k, one skew, shorter
 *     node benches/js/main.mjs --full             every size and skew against every peer; hours
 *     node benches/js/main.mjs --only sync,size   some parts: sync, promise, memory, native, startup,
 *                                                 growth, size; and those that are left out
 *                                                 otherwise: cluster, http, bytes,
 *                                                 browser
 *         --browser           the synchronous cells in headless Chromium too
 *         --rounds N          5 by default; fewer give times and no ratios
 *         --cells REGEXP      cells by name, such as '100k|1M' or '^mix'
 *         --policies A,B      ours in `sync`: lru, sieve and adaptive unless given
 *         --against A,B       peers in `sync`: all unless given
 *         --json FILE         keeps every single measurement; an interrupted run goes on from there
 *         --docs              writes the tables of docs/benchmarks.md and its picture
 *
 * How it measures, and what it does not show, is in docs/benchmarks.md. The package is copied first,
 * so that a build meanwhile changes nothing.
 */
import { access, cp, mkdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { runBytes } from './bytes.mjs';
import { runCluster } from './cluster.mjs';
import { writeDocs } from './docs.mjs';
import { runGrowth } from './growth.mjs';
import { runHttp } from './http.mjs';
import { Journal } from './journal.mjs';
import { describeMachine, printMachine } from './machine.mjs';
import { runMemory } from './memory.mjs';
import { runNative } from './native.mjs';
import { runPromise } from './promise.mjs';
import { runSize } from './size.mjs';
import { runStartup } from './startup.mjs';
import { ROUNDS_MIN } from './statistics.mjs';
import { runBrowser, runSync } from './sync.mjs';
import { SYNC } from './sync-contestants.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const PARTS = {
  size: runSize,
  startup: runStartup,
  native: runNative,
  promise: runPromise,
  sync: runSync,
  memory: runMemory,
  growth: runGrowth,
  browser: runBrowser,
  cluster: runCluster,
  http: runHttp,
  bytes: runBytes,
};
/** What only runs when it is asked for. */
const ASKED_FOR = ['browser', 'cluster', 'http', 'bytes'];
const OURS = 'tidecache:';
/** How long the timed parts of one run of one cell are together. */
const CELL_MS = 300;
const QUICK_CELL_MS = 150;

function readArguments(args) {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const options = {
    only: text,
    quick: flag,
    full: flag,
    browser: flag,
    docs: flag,
    rounds: { ...text, default: String(ROUNDS_MIN) },
    cells: { ...text, default: '' },
    policies: { ...text, default: 'lru,sieve,adaptive' },
    against: {
      ...text,
      default: Object.keys(SYNC)
        .filter((who) => !who.startsWith(OURS) && who !== 'lru-cache-no-ttl')
        .join(','),
    },
    json: text,
  };
  const { values } = parseArgs({ args, options });
  const parts =
    values.only?.split(',') ?? Object.keys(PARTS).filter((part) => !ASKED_FOR.includes(part));
  if (values.browser && !parts.includes('browser')) parts.push('browser');
  for (const part of parts) {
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
    extent: values.quick ? 'quick' : values.full ? 'full' : 'default',
    docs: values.docs,
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
  const { parts, json, docs, ...options } = readArguments(args);
  const folder = await copyPackage();
  try {
    const machine = describeMachine(folder, args);
    printMachine(machine);
    const journal = new Journal(json, machine);
    const url = (file) => pathToFileURL(path.join(folder, file)).href;
    const environment = {
      TIDECACHE_BENCH_ENTRY: url('index.js'),
      TIDECACHE_BENCH_CLUSTER: url('cluster.js'),
    };
    for (const part of parts) {
      const report = await PARTS[part]({ ...options, folder, environment, onProgress, journal });
      journal.report(part, report, os.loadavg()[0]);
    }
    const load = os.loadavg()[0].toFixed(1);
    console.log(`\nload ${load} at the end; what runs here counts as one`);
    if (docs) await writeDocs(journal);
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
