/**
 * The programs that make the site: VitePress and TypeDoc.
 *
 * They are installed once for each state of package.json, below target/docs-site, apart from our own
 * tools: nobody who only builds or tests waits for them.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const inRoot = (...parts) => path.join(root, ...parts);

const execute = promisify(execFile);
const NAMES = ['package.json', 'package-lock.json', '.npmrc'];
const LIMIT_MS = 300_000;

/** Runs a program; what it said is in the error if it fails. */
export async function run(program, args, { cwd = root, env = {} } = {}) {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 26, timeout: LIMIT_MS };
  // The outer runner's channel is not for the programs it tests.
  delete options.env.NODE_TEST_CONTEXT;
  try {
    const { stdout, stderr } = await execute(program, args, options);
    return stdout + stderr;
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message;
    throw new Error(`${program} ${args.join(' ')} failed:\n${said}`, { cause: error });
  }
}

/** Returns the folder in whose node_modules the programs are, installing them if they are not. */
export async function install() {
  const texts = await Promise.all(NAMES.map((name) => readFile(inRoot('xtask/docs', name))));
  const state = createHash('sha256').update(Buffer.concat(texts)).digest('hex').slice(0, 16);
  const folder = inRoot('target/docs-site', state);
  const stamp = path.join(folder, 'installed');
  if (await stat(stamp).catch(() => undefined)) return folder;
  await rm(inRoot('target/docs-site'), { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of NAMES) await copyFile(inRoot('xtask/docs', name), path.join(folder, name));
  await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder });
  await writeFile(stamp, '');
  return folder;
}
