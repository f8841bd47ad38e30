/** The runtimes that the package runs in, as npm installs them, and the versions they say they are. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

import { inRoot, run } from './project.mjs';

const require = createRequire(import.meta.url);

/** Returns the version of a development tool, as package-lock.json installed it. */
export const versionOf = (name) => require(inRoot('node_modules', name, 'package.json')).version;

const bin = (name) => inRoot('node_modules', name);

/** Node as this machine has it, then the lines that npm brings, on the platform it has them for. */
const linux = process.platform === 'linux' && process.arch === 'x64';
const lines = linux ? [bin('node-22/bin/node'), bin('node-24/bin/node')] : [];
export const NODES = await Promise.all(
  [process.execPath, ...lines].map(async (program) => ({ program, version: await ask(program) })),
);

export const DENO = { program: bin('.bin/deno'), version: versionOf('deno') };
export const BUN = { program: bin('.bin/bun'), version: versionOf('bun') };
export const WORKERD = { program: bin('.bin/workerd'), version: versionOf('workerd') };

/** Returns a Node's version without its v. */
async function ask(program) {
  if (!existsSync(program)) {
    throw new Error(`${program} is not there: npm ci --include=optional`);
  }
  return (await run(program, ['--version'])).trim().slice(1);
}
