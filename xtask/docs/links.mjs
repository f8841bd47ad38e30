/**
 * Checks the links of the finished site, as a browser would follow them: every file and anchor that
 * a page links, loads or embeds has to be there, and nothing may be loaded from elsewhere.
 *
 * What rustdoc made is only a target: its own links are rustdoc's, which fails on broken ones.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const TAG = /<(a|link|script|img|iframe|source)\b([^>]*)>/g;
const ADDRESS = /\s(href|src)="([^"]*)"/g;
const ID = /\sid="([^"]+)"/g;
const STYLE = /(?:url\(\s*["']?|@import\s+["'])([^"')]+)/g;
/** Below these folders only the targets of links are looked at. */
const GUESTS = ['rust/', 'play/', 'files/'];

/** Returns what is wrong with the site in `folder`, one line each. */
export async function brokenLinks(folder) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Set(
    found
      .filter((one) => one.isFile())
      .map((one) => path.relative(folder, path.join(one.parentPath ?? one.path, one.name)))
      .map((name) => name.split(path.sep).join('/')),
  );
  const read = (name) => readFile(path.join(folder, name), 'utf8');
  const anchors = new Map();
  const anchorsOf = async (name) => {
    if (!anchors.has(name)) {
      const ids = [...(await read(name)).matchAll(ID)].map(([, id]) => unescaped(id));
      anchors.set(name, new Set(ids));
    }
    return anchors.get(name);
  };
  const complaints = new Set();
  let checked = 0;
  const own = [...files].filter((name) => !GUESTS.some((guest) => name.startsWith(guest)));
  for (const name of own.filter((name) => name.endsWith('.css'))) {
    for (const [, address] of (await read(name)).matchAll(STYLE)) {
      if (/^(https?:)?\/\//.test(address)) complaints.add(`${name}: loads ${address}`);
    }
  }
  for (const name of own.filter((name) => name.endsWith('.html'))) {
    for (const [, tag, attributes] of (await read(name)).matchAll(TAG)) {
      for (const [, , escaped] of attributes.matchAll(ADDRESS)) {
        checked++;
        const url = new URL(unescaped(escaped), `https://site.invalid/${name}`);
        if (url.host !== 'site.invalid') {
          if (tag !== 'a' && url.protocol !== 'data:') complaints.add(`${name}: loads ${url}`);
          continue;
        }
        const target = fileOf(decodeURIComponent(url.pathname), files);
        const hash = decodeURIComponent(url.hash.slice(1));
        if (target === undefined) {
          complaints.add(`${name}: ${escaped} is not there`);
        } else if (hash !== '' && target.endsWith('.html')) {
          if (!(await anchorsOf(target)).has(hash))
            complaints.add(`${name}: ${escaped}, no anchor`);
        }
      }
    }
  }
  return { complaints: [...complaints].sort(), checked, pages: own.length };
}

/** Returns the file that a static server gives for a path. */
function fileOf(pathname, files) {
  const name = pathname.slice(1);
  const names = [name, `${name}index.html`, `${name}/index.html`];
  return names.find((one) => files.has(one));
}

function unescaped(text) {
  const marks = { '&amp;': '&', '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>' };
  return text.replace(/&(?:amp|quot|#39|lt|gt);/g, (mark) => marks[mark]);
}
