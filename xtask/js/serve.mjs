/**
 * Serves the playground: www/dist, and the built package below /pkg/ and the examples below /examples/.
 * Loopback only.
 *
 *     node xtask/js/serve.mjs [PORT]         0 takes any free port; 8080 is the default
 *
 * A module must come as application/wasm or no browser compiles it while it streams, and nothing
 * may be kept by the browser, or a rebuilt package would not show.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const TYPES = {
  '.cjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** Returns the file that a URL's path means, or `undefined` outside the folders. */
export function fileOf(pathname) {
  const wanted = path.posix.normalize(decodeURIComponent(pathname));
  if (wanted.includes('\0')) return undefined;
  const name = wanted.endsWith('/') ? `${wanted}index.html` : wanted;
  const folder = /^\/(?:pkg|examples)\//.test(name) ? root : path.join(root, 'www/dist');
  const file = path.join(folder, name);
  // `..` cannot climb out of a normalised absolute path; this holds if that ever changes.
  return file.startsWith(folder + path.sep) ? file : undefined;
}

/** What the service worker's example may keep, and for how long: its own worker is the lesson. */
const KEPT = 'max-age=10, stale-while-revalidate=600';

/** Answers one request. */
async function answer(request, response) {
  try {
    const file = fileOf(new URL(request.url, 'http://localhost').pathname);
    if (file === undefined) throw new Error('outside');
    const content = await readFile(file);
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    const isKept = file.includes(path.join('service-worker', 'harbours'));
    const headers = { 'content-type': type, 'cache-control': isKept ? KEPT : 'no-store' };
    response.writeHead(200, headers);
    response.end(content);
  } catch {
    response.writeHead(404, { 'content-type': TYPES['.txt'] });
    response.end('not found\n');
  }
}

/** Starts the server and prints where it is. */
function main([port = '8080']) {
  const server = createServer(answer);
  server.on('error', (error) => {
    console.error(`cannot serve on port ${port}: ${error.message}`);
    process.exitCode = 1;
  });
  server.listen(Number(port), '127.0.0.1', () => {
    const url = `http://127.0.0.1:${server.address().port}/`;
    console.log(`the playground is at ${url} (Ctrl-C ends it)`);
    console.log(`a cluster of three workers is at ${url}examples/three-workers/`);
    console.log(`a page that works without a network is at ${url}examples/service-worker/`);
  });
}

main(process.argv.slice(2));
