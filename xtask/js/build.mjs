/**
 * Makes the npm package in pkg/ from src/ts and the built WebAssembly modules, and packs it.
 *
 *     node xtask/js/build.mjs        (cargo xtask build calls it; the modules must be there)
 *
 * 1. target/wasm/NAME/inline.js: each module as text, for entries that carry it inside.
 * 2. tsc checks src/ts and writes declarations to target/ts.
 * 3. rollup joins the declarations of each entry into one file; esbuild bundles its code, and what
 *    is of the local caches gets short names (names.mjs) and goes through terser. One file a thing,
 *    so that no bundler, resolver or service worker has to find a second one.
 * 4. The modules, the papers and package.json are put beside them; npm packs the folder.
 *
 * A declaration for `require` is a twin by the name `.d.cts`: TypeScript takes the module format
 * from the name, and a declaration that imports nothing may be copied as it is.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { build as bundle } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { minify } from 'terser';

import { writeModuleText, writePackedText } from './module-text.mjs';
import { findOwnNames } from './names.mjs';

/**
 * Entry below src/ts/entry, the file it becomes in pkg/, its format, and its declaration unless
 * that of another serves.
 */
const ENTRIES = [
  { entry: 'default', output: 'index.js', format: 'esm', types: 'index.d.ts' },
  { entry: 'default', output: 'index.cjs', format: 'cjs', types: 'index.d.cts' },
  { entry: 'workerd', output: 'workerd.js', format: 'esm', types: 'workerd.d.ts' },
  { entry: 'slim', output: 'slim.js', format: 'esm', types: 'slim.d.ts' },
  { entry: 'slim', output: 'slim.cjs', format: 'cjs', types: 'slim.d.cts' },
  { entry: 'bytes', output: 'bytes.js', format: 'esm', types: 'bytes.d.ts' },
  { entry: 'bytes', output: 'bytes.cjs', format: 'cjs', types: 'bytes.d.cts' },
  {
    entry: 'bytes-workerd',
    output: 'bytes-workerd.js',
    format: 'esm',
    types: 'bytes-workerd.d.ts',
  },
  { entry: 'lru', output: 'lru.js', format: 'esm', types: 'lru.d.ts' },
  { entry: 'lru', output: 'lru.cjs', format: 'cjs', types: 'lru.d.cts' },
  { entry: 'lru-workerd', output: 'lru-workerd.js', format: 'esm', types: 'lru-workerd.d.ts' },
  { entry: 'cluster', output: 'cluster.js', format: 'esm', types: 'cluster.d.ts' },
  { entry: 'cluster', output: 'cluster.cjs', format: 'cjs', types: 'cluster.d.cts' },
  {
    entry: 'cluster',
    isWorkerd: true,
    output: 'cluster-workerd.js',
    format: 'esm',
    types: 'cluster-workerd.d.ts',
  },
  { entry: 'http', output: 'http.js', format: 'esm', types: 'http.d.ts' },
  { entry: 'http', output: 'http.cjs', format: 'cjs', types: 'http.d.cts' },
  { entry: 'http-browser', output: 'http-browser.js', format: 'esm' },
  { entry: 'http-slim', output: 'http-slim.js', format: 'esm', types: 'http-slim.d.ts' },
  { entry: 'http-slim', output: 'http-slim.cjs', format: 'cjs', types: 'http-slim.d.cts' },
  { entry: 'metrics', output: 'metrics.js', format: 'esm', types: 'metrics.d.ts' },
  { entry: 'metrics', output: 'metrics.cjs', format: 'cjs', types: 'metrics.d.cts' },
  { entry: 'http-workerd', output: 'http-workerd.js', format: 'esm', types: 'http-workerd.d.ts' },
  { entry: 'persist', output: 'persist.js', format: 'esm', types: 'persist.d.ts' },
  { entry: 'persist', output: 'persist.cjs', format: 'cjs', types: 'persist.d.cts' },
  { entry: 'channel', output: 'channel.js', format: 'esm', types: 'channel.d.ts' },
  { entry: 'channel', output: 'channel.cjs', format: 'cjs', types: 'channel.d.cts' },
  { entry: 'nats', output: 'nats.js', format: 'esm', types: 'nats.d.ts' },
  { entry: 'nats', output: 'nats.cjs', format: 'cjs', types: 'nats.d.cts' },
  { entry: 'redis', output: 'redis.js', format: 'esm', types: 'redis.d.ts' },
  { entry: 'redis', output: 'redis.cjs', format: 'cjs', types: 'redis.d.cts' },
  // Adapters are given a cache and hold no module: the same for every runtime.
  ...['apollo', 'fastify', 'hono', 'keyv', 'next', 'unstorage'].flatMap((entry) => [
    { entry, output: `${entry}.js`, format: 'esm', types: `${entry}.d.ts` },
    { entry, output: `${entry}.cjs`, format: 'cjs', types: `${entry}.d.cts` },
  ]),
];

/**
 * The WebAssembly modules by the name of their folder below target/wasm. Packed ones are unpacked by
 * a module of their own, which nobody imports; a server makes the others as small as it can.
 */
const MODULES = [
  { name: 'core' },
  { name: 'bytes' },
  { name: 'http' },
  { name: 'client', isPacked: true },
  { name: 'node', isPacked: true },
  { name: 'unpack', isInside: true },
];

/** Files that are copied as they are. */
const COPIES = [
  ['README.md', 'README.md'],
  ['CHANGELOG.md', 'CHANGELOG.md'],
  ['LICENSE-MIT', 'LICENSE-MIT'],
  ['LICENSE-APACHE', 'LICENSE-APACHE'],
  ['LICENSE-THIRD-PARTY', 'LICENSE-THIRD-PARTY'],
];

/** Optional peers that an entry imports; whoever takes the entry has them. */
const PEERS = ['@nats-io/nats-core'];

/** As small as can be; classes that people see keep their names by themselves (`named`). */
const BUNDLING = {
  bundle: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  minify: true,
  // An uncaught error makes Node print the line it was thrown in.
  lineLimit: 500,
  platform: 'neutral',
  sourcemap: false,
  target: 'es2022',
};

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const inRoot = (...parts) => path.join(root, ...parts);
const inPackage = (...parts) => inRoot('pkg', ...parts);
const run = promisify(execFile);

/** Returns the version of the package, which is that of the crate. */
async function readVersion() {
  const cargo = await readFile(inRoot('Cargo.toml'), 'utf8');
  const version = /^version = "([^"]+)"$/m.exec(cargo)?.[1];
  if (version === undefined) throw new Error('Cargo.toml has no version');
  return version;
}

/**
 * Returns a module with a custom section `tidecache` that says its version: who brings the module
 * by hand may bring the one of an older package.
 */
async function readStamped(name) {
  const bytes = await readFile(inRoot('target/wasm', name, `${name}.wasm`));
  // The first module is known by its version alone.
  const version = Buffer.from((await readVersion()) + (name === 'core' ? '' : ` ${name}`));
  const title = Buffer.from('tidecache');
  const length = 1 + title.length + version.length;
  if (length > 127) throw new Error('the version is longer than a length of one byte tells');
  return Buffer.concat([bytes, Buffer.from([0, length, title.length]), title, version]);
}

/** Returns a module as its entry carries it: text in double quotes. */
async function readModule({ name, isPacked, isInside }) {
  const file = (ending) => readFile(inRoot('target/wasm', name, name + ending));
  const text = isPacked
    ? writePackedText(await file('.lzma'))
    : writeModuleText(isInside ? await file('.wasm') : await readStamped(name));
  // In a page's own script these would end it.
  if (/<\/script|<!--/i.test(text)) throw new Error(`${name}.wasm as text holds an HTML tag`);
  return `"${text}"`;
}

/** Writes a module as a string, with its declaration. */
async function writeInline(module) {
  const script = `export const text =\n  ${await readModule(module)};\n`;
  await writeFile(inRoot('target/wasm', module.name, 'inline.js'), script);
  const declaration = 'export declare const text: string;\n';
  await writeFile(inRoot('target/wasm', module.name, 'inline.d.ts'), declaration);
}

/** Checks src/ts by the project's own options and writes its declarations to target/ts. */
async function checkTypes() {
  const options = {
    extends: path.relative(inRoot('target/xtask'), inRoot('tsconfig.json')),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      declarationMap: false,
      emitDeclarationOnly: true,
      allowImportingTsExtensions: true,
      incremental: false,
      composite: false,
      // As deep as src/ts, so that relative imports of target/wasm hold there too.
      rootDir: inRoot('src/ts'),
      outDir: inRoot('target/ts'),
    },
    include: [inRoot('src/ts/**/*.ts')],
    exclude: [],
  };
  const file = inRoot('target/xtask/tsconfig.build.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(options, undefined, 2));
  await rm(inRoot('target/ts'), { recursive: true, force: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  await run(process.execPath, [compiler, '--project', file], { cwd: root }).catch((error) => {
    throw new Error(`tsc:\n${error.stdout}${error.stderr}`);
  });
}

/** Keeps `import module from './NAME.wasm'` as it is; the runtime compiles the module by itself. */
const moduleStaysOutside = {
  name: 'module-stays-outside',
  setup({ onResolve }) {
    onResolve({ filter: /\.wasm$/ }, ({ path: from }) => ({ path: from, external: true }));
  },
};

/** Takes the source of a module that workerd has, where there are two. */
const moduleOfWorkerd = {
  name: 'module-of-workerd',
  setup({ onResolve }) {
    onResolve({ filter: /(client|node)-source\.js$/ }, ({ path: from, resolveDir }) => ({
      path: path.join(resolveDir, from.replace('.js', '-workerd.ts')),
    }));
  },
};

/** What stands for a module as text until the lines are broken, which would break it too. */
const markOf = (name) => `@module ${name}@`;
const moduleComesLater = {
  name: 'module-comes-later',
  setup({ onLoad }) {
    onLoad({ filter: /target.wasm.\w+.inline\.js$/ }, ({ path: file }) => {
      const name = path.basename(path.dirname(file));
      return { contents: `export const text = '${markOf(name)}';` };
    });
  },
};

/** The entries whose code is made as small as can be, and those of them that are a whole cache. */
const LOCAL = [
  'default',
  'slim',
  'workerd',
  'bytes',
  'bytes-workerd',
  'persist',
  'channel',
  'metrics',
];
const WHOLE = LOCAL.slice(0, 3);

/** By this Node finds the names of a CommonJS file; it looks like dead code. */
const CJS_NAMES = /0&&\(module\.exports=\{[^}]*\}\);?/;

/** Makes a bundle smaller by what esbuild leaves. */
async function minifyMore(code, format) {
  const compress = { ecma: 2022, passes: 3 };
  const isModule = format === 'esm';
  const { code: small } = await minify(code, {
    compress,
    ecma: 2022,
    format: { comments: false, max_line_len: BUNDLING.lineLimit },
    module: isModule,
    toplevel: true,
  });
  const names = isModule ? undefined : CJS_NAMES.exec(code)?.[0];
  return names === undefined ? small : `${small}\n${names}\n`;
}

/** Bundles one entry's code; `mangleProps` is what a whole cache may shorten. */
async function bundleCode({ entry, output, format, isWorkerd = false }, mangleProps) {
  await bundle({
    ...BUNDLING,
    absWorkingDir: root,
    entryPoints: [inRoot('src/ts/entry', `${entry}.ts`)],
    external: PEERS,
    format,
    outfile: inPackage(output),
    // For Node before 20.19 and 22.12, whose `import` finds the names in this note at the end.
    ...(format === 'cjs' && { platform: 'node' }),
    ...(WHOLE.includes(entry) && { mangleProps }),
    define: { PACKAGE_VERSION: JSON.stringify(await readVersion()) },
    plugins: [...(isWorkerd ? [moduleOfWorkerd] : []), moduleStaysOutside, moduleComesLater],
  });
  let code = await readFile(inPackage(output), 'utf8');
  if (LOCAL.includes(entry)) code = await minifyMore(code, format);
  for (const module of MODULES) {
    const text = await readModule(module);
    // Not as a pattern: the text holds dollars.
    code = code.replace(`"${markOf(module.name)}"`, () => `\n${text}\n`);
  }
  await writeFile(inPackage(output), code);
  // Service workers refuse both of these, and only when the package already is at its users'.
  if (/\bimport\.meta\b|\bimport\s*\(/.test(code)) {
    throw new Error(`pkg/${output} holds import.meta or import()`);
  }
}

/** Joins one entry's declarations. */
async function bundleTypes({ entry, types }) {
  const declarations = await rollup({
    input: inRoot('target/ts/entry', `${entry}.d.ts`),
    plugins: [dts({ tsconfig: inRoot('target/xtask/tsconfig.build.json') })],
    onwarn: (warning) => {
      throw new Error(`pkg/${types}: ${warning.message}`);
    },
  });
  // A page's or worker's types alone do not know `AsyncDisposable`.
  const banner = '/// <reference lib="esnext.disposable" />';
  await declarations.write({ file: inPackage(types), format: 'es', banner });
  await declarations.close();
  const text = await readFile(inPackage(types), 'utf8');
  if (/from '\.|import\('\./.test(text)) {
    throw new Error(`pkg/${types} still imports a file that is not in the package`);
  }
}

/** Writes package.json from pkg.json, with the version that Cargo.toml has. */
async function writeManifest() {
  const manifest = JSON.parse(await readFile(inRoot('pkg.json'), 'utf8'));
  const version = await readVersion();
  // The version goes where readers expect it: after the name.
  const { name, ...rest } = manifest;
  const written = { name, version, ...rest };
  await writeFile(inPackage('package.json'), `${JSON.stringify(written, undefined, 2)}\n`);
}

/** Packs pkg/ to target/package/tidecache.tgz and returns the line that sums it up. */
async function pack() {
  const folder = inRoot('target/package');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: inPackage(),
  });
  const [packed] = Object.values(JSON.parse(stdout));
  const tarball = path.join(folder, 'tidecache.tgz');
  await rename(path.join(folder, packed.filename), tarball);
  const { size } = await stat(tarball);
  return `${packed.files.length} files, ${size} bytes packed, version ${packed.version}`;
}

/** Does everything in order and prints the summary as its last line. */
async function main() {
  await rm(inPackage(), { recursive: true, force: true });
  await mkdir(inPackage(), { recursive: true });
  for (const module of MODULES) await writeInline(module);
  await checkTypes();
  const typed = ENTRIES.filter(({ types }) => types !== undefined);
  for (const entry of typed) await bundleTypes(entry);
  const ownNames = await findOwnNames(
    root,
    typed.map(({ types }) => inPackage(types)),
  );
  for (const entry of ENTRIES) await bundleCode(entry, ownNames);
  for (const { name, isInside } of MODULES) {
    if (isInside) continue;
    await writeFile(inPackage(`${name}.wasm`), await readStamped(name));
  }
  for (const [from, to] of COPIES) await copyFile(inRoot(from), inPackage(to));
  await writeManifest();
  console.log(await pack());
}

await main();
