/** The benchmark in Rust, benches/native: built once, then a process for each cell. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Builds it and returns a function that runs one cell. */
export async function buildNative(onProgress) {
  onProgress('building benches/native');
  const args = ['bench', '--quiet', '--bench', 'native', '--no-run', '--message-format=json'];
  const { stdout } = await run('cargo', args, { cwd: root, maxBuffer: 2 ** 28 });
  const lines = stdout.trim().split('\n');
  const program = lines.map((line) => JSON.parse(line).executable).find((file) => file);
  if (!program) throw new Error('cargo bench --bench native: it built no program');
  return async ({ who, op, size, ms }) => {
    const { stdout: measured } = await run(program, [who, op, size, ms].map(String));
    return JSON.parse(measured);
  };
}

/** Returns the versions of `crates` that Cargo.lock names. */
export async function crateVersions(crates) {
  const lock = await readFile(path.join(root, 'Cargo.lock'), 'utf8');
  const versionOf = (name) => lock.match(`name = "${name}"\nversion = "(.*)"`)?.[1] ?? '?';
  return Object.fromEntries(crates.map((name) => [name, versionOf(name)]));
}
