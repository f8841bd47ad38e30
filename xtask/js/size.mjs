/**
 * Holds the sizes that users download against their limits.
 *
 *     node xtask/js/size.mjs                 prints the table; fails above a limit
 *     node xtask/js/size.mjs --gzip FILE     prints the gzip size of one file
 *
 * Two compilers give different bytes, and so do two versions of zlib: the limits leave slack.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** What the service worker of an app imports. */
const WORKER = 'createCache, registerRoute, route, CacheFirst, NetworkFirst, StaleWhileRevalidate';

/**
 * What is measured, in bytes after gzip: a file of pkg/, perhaps without the module inside it, or
 * what a bundler leaves of it for who `uses` one of its classes.
 */
const LIMITS = [
  { name: 'core.wasm', file: 'core.wasm', limit: 15_000 },
  // The goals are 30,000 and 10,000, and are missed since the cache loads, tags and tells.
  { name: 'default entry, all of it', file: 'index.js', limit: 34_320 },
  { name: 'default entry without the module', file: 'index.js', limit: 18_760, bare: true },
  { name: 'default entry for require', file: 'index.cjs', limit: 34_560 },
  { name: 'slim entry', file: 'slim.js', limit: 18_670 },
  { name: 'workerd entry', file: 'workerd.js', limit: 18_610 },
  { name: 'metrics entry', file: 'metrics.js', limit: 1_605 },
  { name: 'persist entry', file: 'persist.js', limit: 9_140 },
  { name: 'channel entry', file: 'channel.js', limit: 9_250 },
  { name: 'bytes.wasm', file: 'bytes.wasm', limit: 9_500 },
  { name: 'bytes entry, all of it', file: 'bytes.js', limit: 12_430 },
  { name: 'lru entry, all of it', file: 'lru.js', limit: 27_560 },
  { name: 'lru entry without the module', file: 'lru.js', limit: 11_860, bare: true },
  { name: 'the largest adapter', file: 'fastify.js', limit: 900 },
  { name: 'cluster entry, all of it', file: 'cluster.js', limit: 111_500 },
  { name: 'cluster entry for require', file: 'cluster.cjs', limit: 112_000 },
  { name: 'cluster entry without its modules', file: 'cluster.js', limit: 29_200, bare: true },
  // What a page downloads that has nodes elsewhere.
  { name: 'a client alone, bundled', file: 'cluster.js', limit: 60_000, uses: 'DistributedCache' },
  { name: 'nats entry', file: 'nats.js', limit: 17_200 },
  { name: 'redis entry', file: 'redis.js', limit: 15_600 },
  // The goal is 30,000 for all of it, and is missed.
  { name: 'http.wasm', file: 'http.wasm', limit: 28_000 },
  { name: 'http entry, all of it', file: 'http.js', limit: 52_000 },
  { name: 'http entry for require', file: 'http.cjs', limit: 52_500 },
  { name: 'http entry without the module', file: 'http.js', limit: 23_500, bare: true },
  { name: 'http slim entry', file: 'http-slim.js', limit: 23_500 },
  { name: 'a service worker, bundled', file: 'http-browser.js', limit: 47_500, uses: WORKER },
  {
    name: 'only createCache, bundled',
    file: 'http-browser.js',
    limit: 47_000,
    uses: 'createCache',
  },
  {
    name: 'its JavaScript alone',
    file: 'http-browser.js',
    limit: 19_500,
    uses: 'createCache',
    bare: true,
  },
  {
    name: 'CachePolicy alone, bundled',
    file: 'http-browser.js',
    limit: 36_000,
    uses: 'CachePolicy',
  },
];

/** The module as text: no other string literal is remotely as long. */
const MODULE = /"[^"\\\s]{1000,}"/g;

/** Returns the size after gzip, at the level that servers use for files they keep. */
const gzipSize = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** Returns a file, or what is left of it in a bundle of who `uses` one of its classes. */
async function read(file, uses) {
  if (uses === undefined) return readFile(file);
  const contents = `export { ${uses} } from ${JSON.stringify(file)};`;
  const { outputFiles } = await build({
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'neutral',
    stdin: { contents, resolveDir: root },
    target: 'es2022',
    write: false,
  });
  return Buffer.from(outputFiles[0].contents);
}

/** Measures one line of the table. */
async function measure({ name, file, limit, bare = false, uses }) {
  let content = await read(path.join(root, 'pkg', file), uses);
  if (bare) {
    const [whole, without] = [content.toString(), content.toString().replace(MODULE, "''")];
    if (whole === without) throw new Error(`pkg/${file} holds no module as text`);
    content = Buffer.from(without);
  }
  const size = gzipSize(content);
  console.log(`${name.padEnd(36)}${String(size).padStart(8)} of at most ${limit}`);
  return size <= limit;
}

/** Runs one of the two forms. */
async function main([option, file]) {
  if (option === '--gzip') {
    console.log(gzipSize(await readFile(file)));
    return;
  }
  let within = true;
  for (const line of LIMITS) within = (await measure(line)) && within;
  if (!within) throw new Error('a size is above its limit');
}

await main(process.argv.slice(2));
