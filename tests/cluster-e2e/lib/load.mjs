/** 32 clients in processes of their own that use the nodes, and what they were told. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { start } from './world.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = path.join(root, 'target/cluster-e2e');
mkdirSync(folder, { recursive: true });

const run = promisify(execFile);
/** When the simulator's time begins. */
const EPOCH_MS = 1_700_000_000_000n;
/** What is added to the clock that all processes share. */
const clockOffset = (BigInt(Date.now()) - EPOCH_MS) * 1_000_000n - process.hrtime.bigint();

/** Builds the checker if need be, which no test has to wait for, and returns its path. */
async function buildChecker() {
  const words = ['test', '--test', 'history', '--no-run', '--message-format=json'];
  const { stdout } = await run('cargo', words, { cwd: root, maxBuffer: 1 << 26 });
  const found = stdout.split('\n').filter((line) => line.includes('"executable":"'));
  return JSON.parse(found.at(-1)).executable;
}

const checker = await buildChecker();

/** Returns the present as histories have it. */
export function now() {
  return process.hrtime.bigint() + clockOffset;
}

/** The clients of one test. */
export class Load {
  #name;
  #world;
  #processes = [];
  #files = [];
  #plan = { nodes: 3, replicas: 3, read: 2, write: 2, max_drift: 500, timeout: 2_000 };

  constructor(world, name) {
    this.#world = world;
    this.#name = name;
  }

  /** Starts clients, half of them in each of two processes; resolves when all are connected. */
  static async start(world, name, plan = {}) {
    const load = new Load(world, name);
    await Promise.all([0, 1].map((at) => load.add(at * 16, plan)));
    return load;
  }

  /** Starts 16 clients in a process. */
  async add(first, { shiftMs, ...plan } = {}) {
    const file = path.join(folder, `${this.#name}-${first}.txt`);
    const [keys, pauseMs, clients] = [12, 30, 16];
    const { seed } = this.#world;
    const all = {
      prefix: `${this.#name}:`,
      nodes: this.#world.addresses(),
      keys,
      pauseMs,
      clients,
      seed,
      first,
      file,
    };
    const options = { timeout: this.#plan.timeout, ...plan.options };
    const whole = { ...all, ...plan, options, clockOffset: String(clockOffset) };
    this.#files.push(file);
    this.#processes.push((await start('clients', whole, shiftMs)).child);
  }

  /** Resolves when each client has a link to each node that answers. */
  async linked() {
    const told = this.#processes.map(async (child) => {
      child.send('linked');
      await once(child, 'message');
    });
    await Promise.all(told);
  }

  /** Ends the clients; resolves with what they asked and were told. */
  async stop() {
    const told = this.#processes.map(async (child) => {
      child.send('stop');
      const [what] = await once(child, 'message');
      await child.ended;
      return what;
    });
    const all = await Promise.all(told);
    const faults = all.flatMap((one) => one.faults);
    assert.deepEqual(faults.slice(0, 3), [], `${faults.length} faults`);
    const text = this.#files.map((file) => readFileSync(file, 'utf8')).join('');
    const stats = all.flatMap((one) => one.stats);
    return new Told(this.#name, this.#plan, text, stats);
  }
}

/** What clients were told. */
export class Told {
  #file;
  #text;

  constructor(name, plan, text, stats) {
    this.#file = path.join(folder, `${name}.txt`);
    const head = Object.entries({ ...plan, max_ttl: 86_400_000 }).map((pair) => pair.join('='));
    this.#text = `plan ${head.join(' ')}\n${text}`;
    this.stats = stats;
    this.calls = text.split('\n').slice(0, -1).map(parse);
  }

  get failures() {
    return this.calls.filter(({ line }) => line.includes(' failed '));
  }

  /** Returns the longest call that was under way between two moments, in milliseconds. */
  worst(from, to) {
    const within = this.calls.filter(({ begun, ended }) => begun < to && ended > from);
    return within.reduce((one, other) => (one.ms > other.ms ? one : other));
  }

  /** Returns how long calls took, by their share. */
  quantile(share, calls = this.calls) {
    const sorted = calls.map(({ ms }) => ms).sort((one, other) => one - other);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  }

  /** Throws unless the simulator's checker agrees with everything; resolves with what it counts. */
  async check() {
    writeFileSync(this.#file, this.#text);
    const env = { ...process.env, HISTORY: this.#file };
    const args = ['real_clients', '--nocapture'];
    const { stdout } = await run(checker, args, { env }).catch(({ stdout, stderr }) => {
      throw new Error(`cargo test --test history, HISTORY=${this.#file}: ${stdout}${stderr}`);
    });
    return /^checked .*$/m.exec(stdout)[0];
  }
}

function parse(line) {
  const [, begun, ended] = line.split(' ', 3).map((word) => BigInt(word));
  return { begun, ended, ms: Number(ended - begun) / 1e6, line };
}
