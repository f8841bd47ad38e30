/**
 * A project with the frameworks of apps/package.json and the packed package, for the tests.
 *
 * They are installed once for each state of that file, below target/adapters, apart from our own
 * tools: nobody who only builds waits for them. `npm install` rather than `npm ci`, which wants
 * every package for every other system to be there as well.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { inRoot, run, unpack, write } from '../../package/lib/project.mjs';

const NAMES = ['package.json', 'package-lock.json', '.npmrc'];
const from = (name) => inRoot('tests/adapters/apps', name);

/** The project's folder. */
export const project = await install();

/** Imports a package, or a file of one, as an app of the project does. */
export async function load(name) {
  const file = `load-${name.replaceAll(/\W+/g, '-')}.mjs`;
  await write(project, { [file]: `export * from '${name}';\n` });
  return import(pathToFileURL(path.join(project, file)).href);
}

async function install() {
  const texts = await Promise.all(NAMES.map((name) => readFile(from(name))));
  const state = createHash('sha256').update(Buffer.concat(texts)).digest('hex').slice(0, 16);
  const folder = inRoot('target/adapters', state);
  const stamp = path.join(folder, 'installed');
  if (!(await stat(stamp).catch(() => undefined))) {
    await rm(inRoot('target/adapters'), { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const name of NAMES) await copyFile(from(name), path.join(folder, name));
    const words = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', words, { cwd: folder, timeoutMs: 300_000 });
    await writeFile(stamp, '');
  }
  const own = path.join(folder, 'node_modules/tidecache');
  await rm(own, { recursive: true, force: true });
  await unpack(own);
  return folder;
}
