/**
 * The packed package, for the tests: what users install, not what lies in src/ts.
 *
 * target/package/tidecache.tgz is unpacked once for each of its states, below target/js-package, so
 * that a build beside running tests does not change what they load.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const tarball = path.join(root, 'target/package/tidecache.tgz');

/**
 * The project that the package is installed in; `node_modules/tidecache` is in it. Programs that a
 * test starts use the test's own.
 */
export const project = process.env.TIDECACHE_PROJECT ?? install();

/** Returns the path of a file of the package. */
export function packageFile(name) {
  return path.join(project, 'node_modules/tidecache', name);
}

/** Imports the package as users do: `tidecache`, `tidecache/http`. */
export function load(name = 'tidecache') {
  return import(pathToFileURL(path.join(project, `${name.replaceAll('/', '-')}.mjs`)).href);
}

let copies = 0;

/** Imports a file of the package once more: a module of its own, nothing compiled yet. */
export function loadFresh(file = 'index.js') {
  return import(`${pathToFileURL(packageFile(file)).href}?copy=${++copies}`);
}

function install() {
  const packed = readTarball();
  const state = createHash('sha256').update(packed).digest('hex').slice(0, 16);
  const folder = path.join(root, 'target/js-package', state);
  if (existsSync(folder)) {
    return folder;
  }
  mkdirSync(path.dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}-`);
  const modules = path.join(draft, 'node_modules');
  mkdirSync(modules);
  execFileSync('tar', ['-xz', '-C', modules], { input: packed });
  renameSync(path.join(modules, 'package'), path.join(modules, 'tidecache'));
  const entries = ['', '/slim', '/cluster', '/http', '/http/slim', '/bytes', '/lru', '/metrics'];
  for (const entry of [...entries, '/persist', '/channel', '/nats']) {
    const name = `tidecache${entry}`;
    const file = path.join(draft, `${name.replaceAll('/', '-')}.mjs`);
    writeFileSync(file, `export * from '${name}';\n`);
  }
  try {
    renameSync(draft, folder);
  } catch {
    // Another test file was faster; its copy is the same.
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Returns the tarball, which a build that is under way takes away for a few seconds. */
function readTarball() {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 25; attempt++) {
    if (existsSync(tarball)) {
      return readFileSync(tarball);
    }
    Atomics.wait(pause, 0, 0, 200);
  }
  throw new Error(`${tarball} is not there; run \`cargo xtask build\` first`);
}
