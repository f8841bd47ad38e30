/**
 * Shows what the packed package does, as a transcript.
 *
 *     node examples/demo.mjs                            a generated day of a web shop
 *     node examples/demo.mjs --trace FILE               your own request log
 *     node examples/demo.mjs --trace FILE --sizes 100,1000
 *
 * A request log is a text file with one key a line, or little-endian u32 ids in a zstd stream
 * (*.u32.zst). `cargo xtask demo` builds the package and runs this. Needs pkg/.
 */
import { parseArgs } from 'node:util';

import { printTable, sizesOf } from './demo/replay.mjs';
import { playScenes } from './demo/scenes.mjs';
import { generateShopDay, printShopDay } from './demo/shop.mjs';
import { readTrace } from './demo/trace.mjs';

const USAGE = 'usage: node examples/demo.mjs [--trace FILE] [--sizes N,N,...]';

/** Returns the options of the command line; throws with the usage when they are not understood. */
function readArguments(args) {
  try {
    const options = { trace: { type: 'string' }, sizes: { type: 'string' } };
    const { values } = parseArgs({ args, options });
    const sizes = values.sizes?.split(',').map(Number);
    if (sizes?.some((size) => !(Number.isInteger(size) && size >= 1))) {
      throw new Error(`--sizes ${values.sizes}: give whole numbers of entries, at least 1`);
    }
    return { trace: values.trace, sizes };
  } catch (error) {
    throw new Error(`${error.message}\n${USAGE}`, { cause: error });
  }
}

async function main(args) {
  const { trace, sizes } = readArguments(args);
  const input = trace === undefined ? generateShopDay() : await readTrace(trace);
  await playScenes(input);
  printTable(input, sizes ?? sizesOf(input));
  if (trace === undefined) printShopDay(input);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
}
