/**
 * One contestant, one cell, one process:
 *
 *     node benches/js/sync-cell.mjs '{"who":"lru-cache","op":"mix","size":1000,...}'
 *
 * Prints a line of JSON: CPU and wall nanoseconds an operation, and what the checks need.
 */
import { measureSync } from './sync-load.mjs';

const clocks = {
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
};

console.log(JSON.stringify(await measureSync(JSON.parse(process.argv[2]), clocks)));
