/** Parts of src/ts that the package does not export, for the few tests that need them alone. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../src/ts');

/** Imports a file of src/ts, bundled; `names` are exported too. */
export async function loadSource(file, names = []) {
  const entry = path.join(folder, file);
  const { outputFiles } = await build({
    bundle: true,
    entryPoints: [entry],
    format: 'esm',
    platform: 'neutral',
    plugins: [exportingMore(entry, names)],
    target: 'es2022',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

function exportingMore(entry, names) {
  return {
    name: 'exporting-more',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
        const text = await readFile(file, 'utf8');
        const more = file === entry && names.length > 0 ? `\nexport { ${names.join(', ')} };` : '';
        return { contents: text + more, loader: 'ts' };
      });
    },
  };
}
