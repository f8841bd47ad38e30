/** The suite's own origin server, in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { inRoot } from '../../package/lib/project.mjs';

const SERVER = fileURLToPath(import.meta.resolve('http-cache-tests/server/server.mjs'));

/** Where the runs keep what they write. */
export const inTarget = (...parts) => inRoot('target/http-conformance', ...parts);

/** Starts the origin; besides the tests' resources it serves the files in `folder`. */
export async function startOrigin(folder = inTarget()) {
  await mkdir(folder, { recursive: true });
  const child = spawn(process.execPath, [SERVER], {
    cwd: folder,
    env: {
      ...process.env,
      npm_config_protocol: 'http',
      npm_config_port: '0',
      npm_config_pidfile: inTarget('origin.pid'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the origin ended at once: ${said}`)));
    // It goes on talking: whatever it says is read, or its pipe would fill up.
    child.stdout.on('data', (bytes) => {
      said += String(bytes);
      const found = /^Listening on .*:(\d+)\/$/m.exec(said);
      if (found !== null) resolve(Number(found[1]));
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}
