/** What users download: every entry of the package after gzip at level 9. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { printHead } from './report.mjs';

const FILES = ['core.wasm', 'index.js', 'index.cjs', 'slim.js', 'slim.cjs', 'workerd.js'];

const ABOUT = `Bytes, raw and after gzip -9. index carries the module inside, as text; slim and workerd
do not, and need core.wasm beside them.`;

/** Prints the sizes of the package in `folder` and returns them. */
export async function runSize({ folder }) {
  printHead('size', ABOUT);
  const report = [];
  for (const file of FILES) {
    const content = await readFile(path.join(folder, file));
    const gzip = gzipSync(content, { level: 9 }).length;
    report.push({ file, bytes: content.length, gzip });
    const cells = [String(content.length).padStart(9), String(gzip).padStart(9)];
    console.log(`${file.padEnd(14)}${cells.join('')}`);
  }
  return report;
}
