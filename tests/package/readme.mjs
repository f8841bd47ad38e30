/**
 * Runs the examples in README.md and docs/ with the packed package; lib/examples.mjs says what an
 * example is and how it shows a result. Those in TypeScript are type-checked, too.
 *
 *     node tests/package/readme.mjs [FILE.md ...]
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { transform } from 'esbuild';

import { examplesOf, withChecks } from './lib/examples.mjs';
import { inRoot, makeProject, run, write } from './lib/project.mjs';

const LIMIT_MS = 30_000;

/** Returns the Markdown files whose examples are run. */
async function papers() {
  const docs = await readdir(inRoot('docs'), { recursive: true });
  const papers = docs.filter((name) => name.endsWith('.md'));
  return ['README.md', ...papers.map((name) => `docs/${name}`)];
}

/** Returns an example as a module that Node 20 reads, with its checks. */
async function moduleOf({ code, language }) {
  const lib = new URL('./lib/examples.mjs', import.meta.url).href;
  const checks = `import { expectThrow, expectValue } from ${JSON.stringify(lib)};\n`;
  const { code: text } = await transform(withChecks(code, language), {
    format: 'esm',
    loader: language,
    target: 'es2022',
  });
  return checks + text;
}

/** Type-checks the examples in TypeScript at once; returns the complaint, if there is one. */
async function typeCheck(project, names) {
  const compilerOptions = {
    lib: ['ES2022', 'ESNext.Disposable'],
    module: 'NodeNext',
    noEmit: true,
    strict: true,
    target: 'ES2022',
    types: ['node'],
  };
  await write(project, { 'tsconfig.json': JSON.stringify({ compilerOptions, files: names }) });
  const compiler = inRoot('node_modules/typescript/bin/tsc');
  const args = [compiler, '--pretty', 'false', '--project', '.'];
  return run(process.execPath, args, { cwd: project }).then(
    () => undefined,
    (error) => error.message,
  );
}

/** Runs what there is and ends with 1 if anything is wrong. */
async function main(files) {
  const project = await makeProject('readme');
  const complaints = [];
  const typed = [];
  let ran = 0;
  for (const paper of files) {
    const examples = examplesOf(await readFile(inRoot(paper), 'utf8'));
    if (paper === 'README.md' && examples.length === 0) complaints.push('README.md: no example');
    for (const example of examples) {
      const place = `${paper}:${example.line}`;
      if (example.reason !== undefined) {
        console.log(`--     ${place} (${example.reason})`);
        continue;
      }
      const name = place.replaceAll(/[^A-Za-z0-9]+/g, '-');
      if (example.language === 'ts') {
        typed.push(`${name}.mts`);
        // An example without an import is a module nevertheless.
        await write(project, { [`${name}.mts`]: `${example.code}\nexport {};\n` });
      }
      try {
        await write(project, { [`${name}.mjs`]: await moduleOf(example) });
        const options = { cwd: project, timeoutMs: LIMIT_MS };
        await run(process.execPath, [path.join(project, `${name}.mjs`)], options);
        console.log(`ok     ${place}`);
        ran++;
      } catch (error) {
        complaints.push(`${place}: ${error.message}`);
      }
    }
  }
  const complaint = typed.length === 0 ? undefined : await typeCheck(project, typed);
  if (complaint !== undefined) complaints.push(complaint);
  for (const one of complaints) console.log(`FAILED ${one}`);
  console.log(`${ran} examples ran, ${complaints.length} failed`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}

const named = process.argv.slice(2);
await main(named.length === 0 ? await papers() : named);
