/** Reads JavaScript with a parser, because a string or a comment may hold any word. */
import { readFile } from 'node:fs/promises';

import { parseAst } from 'rollup/parseAst';

/** Returns the syntax tree (ESTree) of a module; of a script too, which has no more than it. */
export async function parseFile(file) {
  return parseAst(await readFile(file, 'utf8'));
}

/** Calls `visit(node, functions)` for each node; `functions` is how many it stands in. */
export function walk(node, visit, functions = 0) {
  if (Array.isArray(node)) {
    for (const one of node) walk(one, visit, functions);
  } else if (typeof node?.type === 'string') {
    visit(node, functions);
    const inside = /Function/.test(node.type) ? functions + 1 : functions;
    for (const [name, child] of Object.entries(node)) {
      if (name !== 'type' && typeof child === 'object') walk(child, visit, inside);
    }
  }
}
