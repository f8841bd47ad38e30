/**
 * The bundlers, each with as few settings as it takes and no plugin for us; rollup's resolver is
 * what everybody who bundles npm packages with it has.
 *
 * Each `bundle` turns `entry` of `project` into a file below `project`/`to` and returns its path. A
 * warning is an error: a package that bundles with warnings is not one that works at once.
 */
import path from 'node:path';

import resolvePackages from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';

import { versionOf } from './runtimes.mjs';

/** What every bundler here takes: `target` is 'node' or 'browser', `format` 'esm', 'cjs', 'iife'. */
export const BUNDLERS = [
  { runtime: 'webpack', version: versionOf('webpack'), bundle: bundleByWebpack },
  { runtime: 'esbuild', version: versionOf('esbuild'), bundle: bundleByEsbuild },
  { runtime: 'rollup', version: versionOf('rollup'), bundle: bundleByRollup },
  { runtime: 'Vite', version: versionOf('vite'), bundle: bundleByVite },
];

async function bundleByWebpack({ project, entry, to, target, format }) {
  const esm = format === 'esm';
  const filename = `${path.parse(entry).name}.${esm ? 'mjs' : 'cjs'}`;
  const compiler = webpack({
    context: project,
    entry: `./${entry}`,
    experiments: { outputModule: esm },
    mode: 'production',
    output: { filename, module: esm, path: path.join(project, to) },
    target: target === 'node' ? 'node20' : 'web',
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString('errors-warnings'));
  return path.join(project, to, filename);
}

async function bundleByEsbuild({ project, entry, to, target, format }) {
  const extension = format === 'esm' ? 'mjs' : 'cjs';
  const outfile = path.join(project, to, `${path.parse(entry).name}.${extension}`);
  const { warnings } = await esbuild.build({
    absWorkingDir: project,
    bundle: true,
    entryPoints: [entry],
    format,
    logLevel: 'silent',
    minify: true,
    outfile,
    platform: target,
  });
  if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
  return outfile;
}

async function bundleByRollup({ project, entry, to, target, format }) {
  const extension = format === 'esm' ? 'mjs' : 'cjs';
  const file = path.join(project, to, `${path.parse(entry).name}.${extension}`);
  const build = await rollup({
    input: path.join(project, entry),
    onwarn: fail,
    plugins: [resolvePackages({ browser: target === 'browser' })],
  });
  await build.write({ file, format });
  await build.close();
  return file;
}

async function bundleByVite({ project, entry, to, target, format }) {
  const name = `${path.parse(entry).name}.${format === 'esm' ? 'mjs' : 'cjs'}`;
  await vite.build({
    base: `/${to}/`,
    build: {
      emptyOutDir: false,
      outDir: to,
      rolldownOptions: {
        input: path.join(project, entry),
        output: { entryFileNames: name, format },
      },
      ssr: target === 'node',
    },
    configFile: false,
    customLogger: failingLogger(),
    logLevel: 'silent',
    root: project,
    ssr: { noExternal: true },
  });
  return path.join(project, to, name);
}

function fail(warning) {
  throw new Error(warning.message ?? String(warning));
}

/** Returns a logger for Vite that is silent until there is something wrong. */
export function failingLogger() {
  const logger = vite.createLogger('silent');
  return { ...logger, error: fail, warn: fail, warnOnce: fail };
}
