/** Pages of headless Chromium that run cells. */
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { startChromium } from '../../tests/browser/lib/browsers.mjs';

const PACKAGE = '/package/index.js';

/** Serves the package in `folder` and the page, and starts a browser. */
export async function openChromium(folder) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('sync-page.mjs', import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false,
    external: [PACKAGE],
    define: { 'process.env.TIDECACHE_BENCH_ENTRY': JSON.stringify(PACKAGE) },
    logLevel: 'error',
  });
  const server = createServer((request, response) => {
    answer(request.url, outputFiles[0].text, folder)
      .then(([type, body]) => response.writeHead(200, headers(type)).end(body))
      .catch(() => response.writeHead(404).end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await startChromium();
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    version: browser.version(),
    /** Runs one cell in a page that nobody has used. */
    measure: (parameters) =>
      inPage(browser, `${origin}/`, (page) =>
        page.evaluate((cell) => globalThis.measureCell(cell), parameters),
      ),
    /** Returns the milliseconds from the import in a new page to the answer of the first get. */
    start: () => inPage(browser, `${origin}/empty`, (page) => page.evaluate(firstGet, PACKAGE)),
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A context of its own is a process of its own. */
async function inPage(browser, url, act) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(url);
    if (!url.endsWith('/empty')) await page.waitForFunction(() => 'measureCell' in globalThis);
    return await act(page);
  } finally {
    await context.close();
  }
}

/** Runs in the page. */
async function firstGet(url) {
  const { TTLCache } = await import(url);
  const imported = performance.now();
  const cache = new TTLCache({ maxSize: 1_000 });
  await cache.get('key');
  return performance.now() - imported;
}

async function answer(url, script, folder) {
  if (url === '/' || url === '/empty') {
    const tag = url === '/' ? '<script type="module" src="/cell.js"></script>' : '';
    return ['text/html', `<!doctype html><title>cell</title>${tag}`];
  }
  if (url === '/cell.js') return ['text/javascript', script];
  // The names of files in the package, and nothing outside.
  const file = path.join(folder, path.basename(url));
  return ['text/javascript', await readFile(file)];
}

/** Isolated pages have the finer clock. */
const headers = (type) => ({
  'content-type': type,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
});
