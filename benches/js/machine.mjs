/** What a figure has to carry along: the machine, the versions, the date and the command. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const readJson = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

const PEERS = [
  'lru-cache',
  'mnemonist',
  '@neophi/sieve-cache',
  'quick-lru',
  'lru.min',
  'tiny-lru',
  'toad-cache',
  'transitory',
  'keyv',
  'cache-manager',
  'cacheable',
  'ws',
];

/** Returns the description that goes to the head of a report and into the JSON file. */
export function describeMachine(packageFolder, args) {
  const [cpu] = os.cpus();
  const build = createHash('sha256');
  for (const file of ['index.js', 'core.wasm', 'cluster.js']) {
    build.update(readFileSync(path.join(packageFolder, file)));
  }
  const versions = PEERS.map((name) => [
    name,
    readJson(`node_modules/${name}/package.json`).version,
  ]);
  return {
    date: new Date().toISOString(),
    command: ['node benches/js/main.mjs', ...args].join(' '),
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.platform()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    packages: {
      tidecache: JSON.parse(readFileSync(path.join(packageFolder, 'package.json'))).version,
      ...Object.fromEntries(versions),
    },
    build: build.digest('hex').slice(0, 12),
    loadAtStart: os.loadavg()[0],
  };
}

/** Prints the description. */
export function printMachine(machine) {
  const { cpu, cores, memoryGb, node, packages, build, date, command, loadAtStart } = machine;
  const names = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  console.log(`${command}\n${date}, Node ${node}, ${names.join(', ')}, build ${build}`);
  console.log(
    `${cpu}, ${cores} cores, ${memoryGb} GB, load ${loadAtStart.toFixed(1)} at the start`,
  );
}
