/** Serves the page, bundled as your build would; loopback only. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Starts the site; the page is told which servers and bucket to use. */
export async function servePage(settings) {
  const { outputFiles } = await build({
    bundle: true,
    entryPoints: [here('page.mjs')],
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  const files = {
    '/': ['text/html; charset=utf-8', await readFile(here('index.html'))],
    '/page.js': ['text/javascript; charset=utf-8', outputFiles[0].contents],
    '/settings.json': ['application/json', JSON.stringify(settings)],
  };
  const server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? ['text/plain', 'not found\n'];
    response.writeHead(url in files ? 200 : 404, { 'content-type': type }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
