/**
 * The site that the browsers visit: a project with the package in it, and one page for each way of
 * loading. Every page ends with `outcome` set, to `{ result }` or `{ error }`.
 */
import path from 'node:path';

import { BUNDLERS } from '../../package/lib/bundlers.mjs';
import { browserScript } from '../../package/lib/outlive-contract.mjs';
import { makeProject, write } from '../../package/lib/project.mjs';
import { moduleScript } from '../../package/lib/scripts.mjs';

/** Where a page finds the package that no bundler has touched. */
export const PACKAGE = '/node_modules/tidecache';

const page = (script) => `<!doctype html>
<meta charset="utf-8" />
<link rel="icon" href="data:," />
<title>tidecache</title>
${script}
`;
const moduleTag = (source) => `<script type="module" src="${source}"></script>`;
const classicTag = (source) => `<script src="${source}"></script>`;

/** Any end is an answer; an error crosses as its text. */
const SETTLE = `const settled = outcome.then(
  (result) => ({ result }),
  (error) => ({ error: String(error?.stack ?? error) }),
);
`;

/** What ends the script of each kind of scope. */
const IN_PAGE = `${SETTLE}settled.then((one) => { globalThis.outcome = one; });`;
const IN_WORKER = `${SETTLE}settled.then((one) => postMessage(one));`;
const onEvent = (name) => `${SETTLE}addEventListener('${name}', ({ ports: [port] }) => {
  settled.then((one) => port.postMessage(one));
});`;
// The listener is there before the script's first turn ends, as service workers want it.
const IN_SERVICE_WORKER = onEvent('message');
const IN_SHARED_WORKER = onEvent('connect');

/** Pages that start a worker of some kind and show what it answers. */
const startWorker = (source, options) => `
const worker = new Worker('${source}', ${options});
worker.onmessage = ({ data }) => { globalThis.outcome = data; };
worker.onerror = ({ message }) => { globalThis.outcome = { error: message }; };
`;
const startSharedWorker = (source) => `
const worker = new SharedWorker('${source}', { type: 'module' });
worker.port.onmessage = ({ data }) => { globalThis.outcome = data; };
worker.onerror = ({ message }) => { globalThis.outcome = { error: message ?? 'no reason' }; };
`;
const startServiceWorker = (source, options) => `
(async () => {
  const registration = await navigator.serviceWorker.register('${source}', ${options});
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => { globalThis.outcome = data; };
  worker.postMessage('run', [port2]);
})().catch((error) => { globalThis.outcome = { error: String(error) }; });
`;

/** Pages that no bundler is needed for. */
export const PLAIN = [
  { by: 'a module script, unbundled', path: '/plain.html' },
  { by: 'a module worker, unbundled', path: '/worker.html' },
  { by: 'a module shared worker, unbundled', path: '/shared-worker.html' },
  { by: 'a module service worker, unbundled', path: '/service-worker.html' },
];

/** The same scopes, with `tidecache/persist` and `tidecache/channel`. */
export const OUTLIVE = [
  { by: 'a module script, with persist and channel', path: '/outlive.html' },
  { by: 'a module worker, with persist and channel', path: '/outlive-worker.html' },
  { by: 'a module service worker, with persist and channel', path: '/outlive-service.html' },
];

const outlive = (after) => browserScript({ folder: PACKAGE, after });

/** A page's script that brings the module as a file, which `source` says where to fetch. */
const slim = (before, source) =>
  moduleScript({ from: 'tidecache/slim', before, source, after: IN_PAGE });

/** Makes the project `name` with the pages of {@link PLAIN}; returns its folder. */
export function makeSite(name) {
  const from = `${PACKAGE}/index.js`;
  return makeProject(name, {
    'plain.html': page(moduleTag('/plain.js')),
    'plain.js': moduleScript({ from, after: IN_PAGE }),
    'worker.html': page(classicTag('/start-worker.js')),
    'start-worker.js': startWorker('/worker.js', "{ type: 'module' }"),
    'worker.js': moduleScript({ from, after: IN_WORKER }),
    'shared-worker.html': page(classicTag('/start-shared-worker.js')),
    'start-shared-worker.js': startSharedWorker('/shared-worker.js'),
    'shared-worker.js': moduleScript({ from, after: IN_SHARED_WORKER }),
    'service-worker.html': page(classicTag('/start-service-worker.js')),
    'start-service-worker.js': startServiceWorker('/service-worker.js', "{ type: 'module' }"),
    'service-worker.js': moduleScript({ from, after: IN_SERVICE_WORKER }),
    'outlive.html': page(moduleTag('/outlive.js')),
    'outlive.js': outlive(IN_PAGE),
    'outlive-worker.html': page(classicTag('/start-outlive-worker.js')),
    'start-outlive-worker.js': startWorker('/outlive-worker.js', "{ type: 'module' }"),
    'outlive-worker.js': outlive(IN_WORKER),
    'outlive-service.html': page(classicTag('/start-outlive-service.js')),
    'start-outlive-service.js': startServiceWorker('/outlive-service.js', "{ type: 'module' }"),
    'outlive-service.js': outlive(IN_SERVICE_WORKER),
    // For bundlers, by the package's name.
    'outlive-page.js': browserScript({ after: IN_PAGE }),
    'page.js': moduleScript({ after: IN_PAGE }),
    'classic-worker.js': moduleScript({ after: IN_WORKER }),
    'classic-service-worker.js': moduleScript({ after: IN_SERVICE_WORKER }),
    'index.html': page(moduleTag('./page.js')),
    'slim-vite.js': slim("import url from 'tidecache/core.wasm?url';\n", 'url'),
    'slim-webpack.js': slim('', "new URL('tidecache/core.wasm', import.meta.url)"),
  });
}

/** Bundles `entry` and writes the page for it; returns the page's path. */
export async function bundlePage(project, bundler, format, { entry = 'page.js' } = {}) {
  const to = `${bundler}-${format}`;
  const { bundle } = BUNDLERS.find(({ runtime }) => runtime === bundler);
  const file = await bundle({ project, entry, to, target: 'browser', format });
  const source = `/${to}/${path.basename(file)}`;
  const start = {
    'classic-worker.js': `<script>${startWorker(source, '{}')}</script>`,
    'classic-service-worker.js': `<script>${startServiceWorker(source, '{}')}</script>`,
  };
  const name = `${to}-${path.parse(entry).name}.html`;
  const script = format === 'esm' ? moduleTag(source) : classicTag(source);
  await write(project, { [name]: page(start[entry] ?? script) });
  return `/${name}`;
}
