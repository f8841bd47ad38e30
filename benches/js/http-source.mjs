/** The insides of `tidecache/http` that the package does not export, for its benchmarks. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Resolves with `ByteIndex` and `Rules`, over the module of the last build. */
export async function loadInsides() {
  const manifest = await readFile(path.join(root, 'pkg/package.json'), 'utf8');
  const { version } = JSON.parse(manifest);
  const { outputFiles } = await build({
    bundle: true,
    define: { PACKAGE_VERSION: JSON.stringify(version) },
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    write: false,
    stdin: {
      contents: `export { ByteIndex, Rules } from './rules.ts';
        export { setHttpSource } from './wasm.ts';`,
      resolveDir: path.join(root, 'src/ts/http'),
      loader: 'ts',
    },
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  const insides = await import(`data:text/javascript;base64,${code}`);
  const bytes = await readFile(path.join(root, 'pkg/http.wasm'));
  insides.setHttpSource(() => bytes);
  return insides;
}

/** Imports the package as the last build left it. */
export function loadPackage() {
  return import(new URL('../../pkg/http.js', import.meta.url));
}
