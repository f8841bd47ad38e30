/**
 * Finds the names of properties that only the local caches' own code knows, so that their bundles
 * may shorten them.
 *
 * Such a name is that of a class member or of a property that src/ts gives an object, and is none of
 * these: a name in the published declarations, in a declaration of a platform (the ECMAScript, DOM
 * and worker libraries of TypeScript, Node's types), in the glue of a module, in a file that is a
 * seam between bundles, or in a string. Names in interfaces alone stay too: they say what others
 * have. What is left could only be reached by code that no declaration tells of.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import ts from 'typescript';

/** Files below src/ts by which bundles know one another: all their names stay. */
const SEAMS = ['counts', 'extension', 'key-index', 'storage'];
/** Shorter names are not worth the list. */
const LENGTH_MIN = 3;

/** Calls `see` with each node of a file's tree. */
async function walk(file, see) {
  const text = await readFile(file, 'utf8');
  const visit = (node) => {
    see(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
}

/** Returns the files of a folder, and of those in it, whose name ends in `end`. */
async function filesIn(folder, end) {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith(end)).map((name) => path.join(folder, name));
}

/** Adds a file's own names to `own`, and to `known` those that stay because of it. */
async function addOwn(file, own, known) {
  const isSeam = SEAMS.includes(path.basename(file, '.ts'));
  await walk(file, (node) => {
    const isMember = ts.isClassElement(node) || ts.isObjectLiteralElementLike(node);
    if (isMember && node.name !== undefined && ts.isIdentifier(node.name)) own.add(node.name.text);
    if (ts.isStringLiteralLike(node) || (isSeam && ts.isIdentifier(node))) known.add(node.text);
  });
}

/**
 * Returns a pattern of the names that bundles of `root`'s local caches may shorten.
 * `declarations` are the published ones.
 */
export async function findOwnNames(root, declarations) {
  const modules = path.join(root, 'node_modules');
  const libraries = await filesIn(path.join(modules, 'typescript/lib'), '.d.ts');
  const outside = [
    ...libraries.filter((file) => /^lib\.(es|dom|webworker|decorators)/.test(path.basename(file))),
    ...(await filesIn(path.join(modules, '@types/node'), '.d.ts')),
    ...declarations,
    path.join(root, 'target/wasm/core/core.js'),
  ];
  const own = new Set();
  // The tests look whether any of the latter is left.
  const known = new Set(['constructor', 'watches']);
  for (const file of outside) {
    await walk(file, (node) => ts.isIdentifier(node) && known.add(node.text));
  }
  const folder = path.join(root, 'src/ts');
  for (const name of await readdir(folder)) {
    if (name.endsWith('.ts')) await addOwn(path.join(folder, name), own, known);
  }
  const names = [...own].filter((name) => !known.has(name) && name.length >= LENGTH_MIN);
  return new RegExp(`^(?:${names.sort().join('|')})$`);
}
