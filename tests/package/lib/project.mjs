/**
 * Throw-away projects below target/package-tests/ with the packed package in their node_modules.
 *
 * Nothing here reads pkg/ or src/: what is tested is what users get. `TIDECACHE_TARBALL` names
 * another tarball than the one that `cargo xtask build` leaves.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const inRoot = (...parts) => path.join(root, ...parts);
export const tarball = path.resolve(
  process.env.TIDECACHE_TARBALL ?? inRoot('target/package/tidecache.tgz'),
);

const execute = promisify(execFile);

/** At most so many characters of a failure are shown. */
const SHOWN = 2000;

/** Runs a program and returns what it wrote to its standard output; its failure is the error. */
export async function run(program, args, { cwd = root, env = {}, timeoutMs = 120_000 } = {}) {
  const options = {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    maxBuffer: 2 ** 26,
    timeout: timeoutMs,
  };
  // The outer runner's channel is not for the programs it tests.
  delete options.env.NODE_TEST_CONTEXT;
  try {
    return (await execute(program, args, options)).stdout;
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message;
    // A minified bundle quotes itself, all on one line: its end says what is wrong.
    const end = said.length > SHOWN ? `…${said.slice(-SHOWN)}` : said;
    throw new Error(`${program} ${args.join(' ')} failed (${error.code}):\n${end}`);
  }
}

/** Puts the tarball's files into `folder`. */
export async function unpack(folder) {
  await access(tarball).catch(() => {
    throw new Error(`${tarball} is not there: cargo xtask build`);
  });
  await mkdir(folder, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
}

/** Writes `files` (name to text) below `folder`. */
export async function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Makes the project `name` anew, holding `files` and the package; returns its folder. */
export async function makeProject(name, files = {}) {
  const folder = inRoot('target/package-tests', name);
  await rm(folder, { recursive: true, force: true });
  await unpack(path.join(folder, 'node_modules/tidecache'));
  const manifest = { name: 'app', private: true, dependencies: { tidecache: '*' } };
  await write(folder, { 'package.json': JSON.stringify(manifest), ...files });
  return folder;
}

/** Returns what the last line of a program's output says in JSON. */
export function lastJson(text) {
  return JSON.parse(text.trimEnd().split('\n').at(-1));
}
