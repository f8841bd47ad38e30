/**
 * Type-checks users' code against the packed declarations and looks for missing comments.
 *
 *     node tests/package/types.mjs
 *
 * The files of types/ are checked by the oldest TypeScript we support and by the
 * newest, each with the types of a page, of a worker and of Node alone, as a module, as CommonJS and
 * for a bundler; with `skipLibCheck` off, so our declarations are checked too.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';

import ts from 'typescript';

import { inRoot, makeProject, run, write } from './lib/project.mjs';
import { versionOf } from './lib/runtimes.mjs';

const COMPILERS = ['typescript', 'typescript-next'];
const PLATFORMS = {
  page: { lib: ['ES2022', 'DOM'], types: [] },
  worker: { lib: ['ES2022', 'WebWorker'], types: [] },
  node: { lib: ['ES2022'], types: ['node'] },
};
/** Users' code, one file for each face of the package. */
const FIXTURES = ['inference', 'adapters', 'cluster', 'http', 'lru', 'persist', 'undici'];
const LOADERS = {
  node: {
    module: 'NodeNext',
    files: [...FIXTURES.flatMap((name) => [`${name}.mts`, `${name}.cts`]), 'required.cts'],
  },
  bundler: {
    module: 'ESNext',
    moduleResolution: 'Bundler',
    files: FIXTURES.map((name) => `${name}.ts`),
  },
};

/** CommonJS as TypeScript has it; and a class of one kind is a class of the other. */
const REQUIRED = `import tidecache = require('tidecache');
const cache: tidecache.TTLCache<number> = new tidecache.TTLLRUCache<number>({ maxSize: 1 });
export const value: Promise<number | undefined> = cache.get('a');
`;

/** Checks one combination; resolves with what the compiler complains of. */
async function check(project, { compiler, platform, loader }) {
  const { files, ...resolution } = LOADERS[loader];
  const name = `tsconfig.${platform}.${loader}.json`;
  const compilerOptions = {
    ...PLATFORMS[platform],
    ...resolution,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    noImplicitOverride: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    strict: true,
    target: 'ES2022',
  };
  await write(project, { [name]: JSON.stringify({ compilerOptions, files }) });
  const program = inRoot('node_modules', compiler, 'bin/tsc');
  return run(process.execPath, [program, '--pretty', 'false', '--project', name], {
    cwd: project,
  }).then(
    () => undefined,
    (error) => error.message,
  );
}

/** Returns the names of exports, and of members of exports, that have no doc comment. */
function undocumented(file) {
  const program = ts.createProgram([file], { skipLibCheck: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const isOurs = (declaration) => declaration.getSourceFile() === source;
  const hasComment = (symbol) =>
    symbol.declarations.some((one) => ts.getJSDocCommentsAndTags(one).length > 0);
  const missing = [];
  for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(source))) {
    const symbol =
      exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (!hasComment(symbol)) missing.push(exported.name);
    for (const member of membersOf(checker, symbol)) {
      const isPublic = member.declarations?.every(isOurs) && !/#|^__@#|prototype/.test(member.name);
      if (isPublic && !hasComment(member)) missing.push(`${exported.name}.${member.name}`);
    }
  }
  return missing;
}

/** Returns the members that a class, an interface or a constant has of itself. */
function membersOf(checker, symbol) {
  const own = [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])];
  const { valueDeclaration } = symbol;
  if (valueDeclaration !== undefined && ts.isVariableDeclaration(valueDeclaration)) {
    own.push(...checker.getTypeOfSymbol(symbol).getProperties());
  }
  const kinds = ts.SymbolFlags.Method | ts.SymbolFlags.Property | ts.SymbolFlags.Accessor;
  return own.filter(({ flags }) => flags & kinds);
}

/** Runs everything, some of it at once, and ends with 1 if anything is wrong. */
async function main() {
  const copies = {};
  for (const name of FIXTURES) {
    const fixture = await readFile(inRoot(`tests/package/types/${name}.ts`), 'utf8');
    for (const extension of ['ts', 'mts', 'cts']) copies[`${name}.${extension}`] = fixture;
  }
  const project = await makeProject('types', { ...copies, 'required.cts': REQUIRED });
  const waiting = COMPILERS.flatMap((compiler) =>
    Object.keys(PLATFORMS).flatMap((platform) =>
      Object.keys(LOADERS).map((loader) => ({ compiler, platform, loader })),
    ),
  );
  let failed = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const complaint = await check(project, next);
      const { compiler, platform, loader } = next;
      const title = `TypeScript ${versionOf(compiler)}, types of ${platform}, for ${loader}`;
      console.log(`${complaint === undefined ? 'ok    ' : 'FAILED'} ${title}`);
      if (complaint !== undefined) console.log(complaint);
      failed += complaint === undefined ? 0 : 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
  const missing = [
    'index.d.ts',
    'cluster.d.ts',
    'http.d.ts',
    'persist.d.ts',
    'channel.d.ts',
    'nats.d.ts',
    'redis.d.ts',
  ].flatMap((file) => undocumented(path.join(project, 'node_modules/tidecache', file)));
  console.log(
    missing.length === 0
      ? 'ok     every export and every member has a doc comment'
      : `FAILED without a doc comment: ${missing.join(', ')}`,
  );
  process.exitCode = failed + missing.length === 0 ? 0 : 1;
}

await main();
