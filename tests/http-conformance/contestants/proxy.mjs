/**
 * examples/proxy: a shared cache before the origin, in a process of its own. The client is the
 * suite's own, which has no cache modes: the platform's adds `Cache-Control: no-cache` for them.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

import { inRoot } from '../../package/lib/project.mjs';

const requireFromSuite = createRequire(import.meta.resolve('http-cache-tests/cli.mjs'));
const fetch = requireFromSuite('node-fetch');

export const edition = 'shared';

/** Starts the proxy on a free port. */
export async function start(origin) {
  const script = inRoot('examples/proxy/proxy.mjs');
  const child = spawn(process.execPath, [script, '--origin', origin, '--listen', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const base = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the proxy ended with ${code}`)));
    child.stdout.on('data', (bytes) => {
      const found = /^listening on (http:\S+),/m.exec(String(bytes));
      if (found !== null) resolve(found[1]);
    });
  });
  return {
    fetch,
    base,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
