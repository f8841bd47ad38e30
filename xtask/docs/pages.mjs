/**
 * The pages of the site: docs/ as it is, and the few files elsewhere that people read.
 *
 * The texts stay as they are read in the repository. Only links that leave docs/ are changed: to the
 * page that the file became, or to a copy of it below files/.
 */
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { inRoot } from './tools.mjs';

/** Pages from outside docs/: the file, and the page it becomes. */
const ELSEWHERE = {
  'README.md': 'overview.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
};

const LINK = /(\]\()([^()\s]+)(\))/g;

/** Writes all pages below `folder` and returns their names. */
export async function writePages(folder) {
  const found = await readdir(inRoot('docs'), { recursive: true, withFileTypes: true });
  const names = found
    .filter((one) => one.isFile())
    .map((one) => path.relative(inRoot('docs'), path.join(one.parentPath ?? one.path, one.name)))
    .map((name) => name.split(path.sep).join('/'));
  const pages = new Map(names.map((name) => [`docs/${name}`, name]));
  for (const [file, page] of Object.entries(ELSEWHERE)) pages.set(file, page);
  for (const [file, page] of pages) {
    const target = path.join(folder, page);
    await mkdir(path.dirname(target), { recursive: true });
    if (!page.endsWith('.md')) {
      await copyFile(inRoot(file), target);
      continue;
    }
    const text = await readFile(inRoot(file), 'utf8');
    await writeFile(target, await withLinks(text, { file, page, pages, folder }));
  }
  return [...pages.values()];
}

/** Returns `text` with its links as they have to be from `page`. */
async function withLinks(text, { file, page, pages, folder }) {
  const edits = [];
  for (const match of text.matchAll(LINK)) {
    const [address, hash = ''] = match[2].split('#');
    if (address === '' || /^[a-z]+:/.test(address)) continue;
    const meant = path.posix.join(path.posix.dirname(file), address);
    const target = pages.get(meant) ?? (await copied(meant, folder));
    if (target === undefined) throw new Error(`${file}: ${match[2]} is not there`);
    let relative = path.posix.relative(path.posix.dirname(page), target);
    if (!relative.startsWith('.')) relative = `./${relative}`;
    const by = `](${relative}${hash && `#${hash}`})`;
    edits.push({ from: match.index, to: match.index + match[0].length, by });
  }
  return edits.reduceRight(
    (result, { from, to, by }) => result.slice(0, from) + by + result.slice(to),
    text,
  );
}

/** Copies a file that is no page to where the site has it; returns its name there. */
async function copied(file, folder) {
  const found = await stat(inRoot(file)).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  // As text, which browsers show.
  const name = `files/${file}.txt`;
  const target = path.join(folder, 'public', name);
  await mkdir(path.dirname(target), { recursive: true });
  await copyFile(inRoot(file), target);
  return name;
}
