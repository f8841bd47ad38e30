/** The response cache's own benchmarks, which print for themselves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPTS = ['http-decision.mjs', 'http-bytes.mjs'];

/** Runs them one after the other. */
export async function runHttp() {
  for (const script of SCRIPTS) {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const [code] = await once(spawn(process.execPath, [file], { stdio: 'inherit' }), 'exit');
    if (code !== 0) throw new Error(`${script} ended with ${code}`);
  }
  return { scripts: SCRIPTS };
}
