/**
 * Builds the playground, www/dist, on the package as it is packed:
 *
 * 1. target/package/tidecache.tgz is unpacked where the bundler and tsc look for it.
 * 2. tsc checks the sources.
 * 3. Vite bundles the page, then the service worker, which is told what to keep.
 *
 * Prints a line of sizes at the end: the first load is what index.html asks for by itself.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build } from 'vite';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const inRoot = (name) => path.join(root, name);
const dist = inRoot('www/dist');

/** Unpacks the tarball as a package manager would. */
function unpack() {
  const folder = inRoot('target/www/node_modules/tidecache');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tarball = inRoot('target/package/tidecache.tgz');
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
}

/** Checks the types; what is wrong is the error. */
function check() {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '--project', inRoot('www/tsconfig.json')]);
  } catch (error) {
    throw new Error(`tsc:\n${error.stdout}${error.stderr}`, { cause: error });
  }
}

/** Finds the package where it was unpacked, by its exports map, as for any program. */
const packed = {
  name: 'packed-package',
  enforce: 'pre',
  resolveId(source) {
    if (!/^tidecache(\/|$)/.test(source)) return undefined;
    return this.resolve(source, inRoot('target/www/importer.js'), { skipSelf: true });
  },
};

const shared = {
  root: inRoot('www'),
  base: './',
  configFile: false,
  logLevel: 'warn',
  plugins: [packed],
  worker: { format: 'es', plugins: () => [packed] },
};

async function buildPage() {
  await build({
    ...shared,
    build: { outDir: dist, emptyOutDir: true, target: 'es2022', modulePreload: false },
  });
}

/** Returns what the worker keeps: every file, each with its hash. */
function filesToKeep() {
  const files = readdirSync(dist, { recursive: true, withFileTypes: true });
  const names = files
    .filter((file) => file.isFile())
    .map((file) => path.relative(dist, path.join(file.parentPath ?? file.path, file.name)));
  return names.sort().map((name) => {
    const hash = createHash('sha256').update(readFileSync(path.join(dist, name)));
    return { url: name.split(path.sep).join('/'), revision: hash.digest('hex').slice(0, 16) };
  });
}

async function buildWorker() {
  await build({
    ...shared,
    define: { FILES_TO_KEEP: JSON.stringify(filesToKeep()) },
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: 'es2022',
      lib: {
        entry: inRoot('www/source/service-worker.ts'),
        formats: ['iife'],
        name: 'worker',
        fileName: () => 'service-worker.js',
      },
    },
  });
}

/** Returns the files that index.html asks for by itself, itself included. */
export function firstLoad(folder = dist) {
  const seen = new Set();
  const add = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = readFileSync(path.join(folder, name), 'utf8');
    const asked = name.endsWith('.html')
      ? text.matchAll(/(?:src|href)="\.?\/?([^":]+\.(?:js|css))"/g)
      : text.matchAll(/(?:^|[;}])import(?:[^;"'(]*from)?["']\.\/([^"']+)["']/g);
    for (const [, file] of asked) {
      add(name.endsWith('.html') ? file : path.posix.join(path.posix.dirname(name), file));
    }
  };
  add('index.html');
  return [...seen];
}

/** Returns the size of files as servers send them. */
export function gzipBytes(names, folder = dist) {
  const size = (name) => gzipSync(readFileSync(path.join(folder, name)), { level: 9 }).length;
  return names.reduce((sum, name) => sum + size(name), 0);
}

async function main() {
  unpack();
  check();
  await buildPage();
  await buildWorker();
  const first = firstLoad();
  const all = filesToKeep().map(({ url }) => url);
  console.log(
    `www/dist: ${all.length} files, ${gzipBytes(all)} bytes with gzip, ` +
      `${gzipBytes(first)} of them at the first load`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
