/**
 * Makes the site of the documentation, target/docs, which any static server can serve:
 *
 * 1. docs/ and the README become pages (pages.mjs); TypeDoc writes those of the API from the
 *    declarations in pkg/.
 * 2. VitePress makes HTML of them, with a search that runs in the page.
 * 3. rustdoc's pages go below rust/, the playground below play/.
 * 4. Every link is checked (links.mjs); a broken one fails.
 *
 *     node xtask/docs/build.mjs
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { brokenLinks } from './links.mjs';
import { writePages } from './pages.mjs';
import { inRoot, install, run } from './tools.mjs';

/** Where the site is. */
export const site = inRoot('target/docs');

/** The faces of the package, as TypeDoc shows them. */
const FACES =
  'index bytes lru cluster redis nats http persist channel metrics keyv unstorage next apollo hono fastify';

/** Writes the API's pages below `folder`. */
async function writeApi(tools, folder) {
  const settings = {
    entryPoints: FACES.split(' ').map((name) => inRoot(`pkg/${name}.d.ts`)),
    tsconfig: path.join(tools, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    out: path.join(folder, 'api'),
    readme: 'none',
    name: 'API',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    sanitizeComments: true,
    disableSources: true,
    githubPages: false,
    skipErrorChecking: true,
  };
  const compilerOptions = {
    lib: ['ES2022', 'ESNext.Disposable', 'DOM'],
    module: 'NodeNext',
    strict: true,
    target: 'ES2022',
    types: [],
  };
  await writeFile(
    path.join(tools, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: settings.entryPoints }),
  );
  await writeFile(path.join(tools, 'typedoc.json'), JSON.stringify(settings));
  const program = path.join(tools, 'node_modules/typedoc/bin/typedoc');
  await run(process.execPath, [program, '--options', 'typedoc.json'], { cwd: tools });
}

/** Builds the site; returns what the check of its links counted. */
export async function build() {
  const tools = await install();
  const pages = path.join(tools, 'pages');
  await rm(pages, { recursive: true, force: true });
  await mkdir(path.join(pages, '.vitepress'), { recursive: true });
  const own = (name) => inRoot('xtask/docs', name);
  await cp(own('config.mjs'), path.join(pages, '.vitepress/config.mjs'));
  await cp(own('theme'), path.join(pages, '.vitepress/theme'), { recursive: true });
  const rust = ['doc', '--quiet', '--no-deps', '--package', 'tidecache'];
  await run('cargo', rust, { env: { RUSTDOCFLAGS: '-Dwarnings' } });
  await writePages(pages);
  await writeApi(tools, pages);
  await rm(site, { recursive: true, force: true });
  const vitepress = path.join(tools, 'node_modules/vitepress/bin/vitepress.js');
  await run(process.execPath, [vitepress, 'build', pages], {
    cwd: tools,
    env: { DOCS_OUT: site, NODE_ENV: 'production' },
  });
  await cp(inRoot('target/doc'), path.join(site, 'rust'), { recursive: true });
  await cp(inRoot('www/dist'), path.join(site, 'play'), { recursive: true });
  const { complaints, checked, pages: count } = await brokenLinks(site);
  if (complaints.length > 0) throw new Error(`broken links:\n${complaints.join('\n')}`);
  return { checked, count };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { checked, count } = await build();
  console.log(`target/docs: ${count} files, ${checked} links and none of them broken`);
}
