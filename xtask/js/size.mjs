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

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** What is measured, in bytes after gzip: a file of pkg/, perhaps without the module inside it. */
const LIMITS = [
  { name: 'core.wasm', file: 'core.wasm', limit: 15_000 },
  { name: 'default entry, all of it', file: 'index.js', limit: 30_000 },
  { name: 'default entry without the module', file: 'index.js', limit: 13_200, bare: true },
  { name: 'default entry for require', file: 'index.cjs', limit: 30_000 },
  { name: 'slim entry', file: 'slim.js', limit: 13_200 },
  { name: 'workerd entry', file: 'workerd.js', limit: 13_200 },
  // The goal is 60,000 and is missed: docs/decisions.md 16.
  { name: 'cluster entry, all of it', file: 'cluster.js', limit: 177_000 },
  { name: 'cluster entry for require', file: 'cluster.cjs', limit: 177_000 },
  { name: 'cluster entry without the module', file: 'cluster.js', limit: 27_000, bare: true },
];

/** The module in base64: no other string literal is remotely as long. */
const MODULE = /(["'`])[A-Za-z0-9+/=]{2000,}\1/g;

/** Returns the size after gzip, at the level that servers use for files they keep. */
const gzipSize = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** Measures one line of the table. */
async function measure({ name, file, limit, bare = false }) {
  let content = await readFile(path.join(root, 'pkg', file));
  if (bare) {
    const [whole, without] = [content.toString(), content.toString().replace(MODULE, "''")];
    if (whole === without) throw new Error(`pkg/${file} holds no module in base64`);
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
