/** A static server on the loopback, for tests only. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

const TYPES = {
  '.cjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/**
 * Serves the files below `folder`; `answerTo(pathname)` may answer first, with
 * `{ status, headers, body }`, each optional. What is not there is a 404.
 */
export async function serve(folder, answerTo = () => undefined) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const special = answerTo(pathname) ?? {};
    const file = path.join(folder, path.posix.normalize(pathname));
    const body = special.body ?? (await readFile(file).catch(() => undefined));
    const status = special.status ?? (body === undefined ? 404 : 200);
    const type = TYPES[path.extname(pathname)] ?? 'text/plain; charset=utf-8';
    response.writeHead(status, {
      'cache-control': 'no-store',
      'content-type': type,
      ...special.headers,
    });
    response.end(body ?? 'not found\n');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
