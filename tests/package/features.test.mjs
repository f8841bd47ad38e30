/**
 * Which browsers are too old: what the package uses, and since when they have it.
 *
 * esbuild has already turned newer syntax than ES2022 into older one, so the table of syntax begins
 * where ES2022's newcomers do. What is used behind a `typeof` or an option is not needed and does
 * not count. Versions: @mdn/browser-compat-data 8.1.9. Edge has Chrome's numbers.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { table, writeBlock } from './lib/matrix.mjs';
import { makeProject } from './lib/project.mjs';
import { parseFile, walk } from './lib/syntax.mjs';

const project = await makeProject('features');
const inPackage = (name) => path.join(project, 'node_modules/tidecache', name);

const isPrivate = ({ key }) => key?.type === 'PrivateIdentifier';
const isMethod = (name) => (node) =>
  node.type === 'MemberExpression' && !node.computed && node.property.name === name;
const isOf = (object, name) => (node) => isMethod(name)(node) && node.object.name === object;
const isNew = (name) => (node) => node.type === 'NewExpression' && node.callee.name === name;
const isAssignment = (node) => node.type === 'AssignmentExpression';

/** The language and its library: since which Chrome, Firefox and Safari; how it is found. */
const LANGUAGE = [
  ['static blocks in classes', [94, 93, 16.4], (node) => node.type === 'StaticBlock'],
  ['private methods', [84, 90, 15], (node) => node.type === 'MethodDefinition' && isPrivate(node)],
  [
    'private fields',
    [74, 90, 14.1],
    (node) => node.type === 'PropertyDefinition' && isPrivate(node),
  ],
  [
    '`#field in object`',
    [91, 90, 15],
    ({ operator, left }) => operator === 'in' && left.type === 'PrivateIdentifier',
  ],
  ['public fields', [72, 69, 16], (node) => node.type === 'PropertyDefinition'],
  ['`??=`, `&&=`', [85, 79, 14], (node) => isAssignment(node) && /\?\?|&&/.test(node.operator)],
  ['`?.`', [80, 74, 13.1], (node) => node.type === 'ChainExpression'],
  ['`WeakRef`', [84, 79, 14.1], isNew('WeakRef')],
  [
    '`cause` of an error',
    [93, 91, 15],
    (node) => node.type === 'Property' && node.key.name === 'cause' && node.kind === 'init',
  ],
  ['`array.at`', [92, 90, 15.4], isMethod('at')],
  ['`array.findLast`', [97, 104, 15.4], isMethod('findLast')],
  ['`array.toSorted`', [110, 115, 16], isMethod('toSorted')],
  ['`array.with`', [110, 115, 16], isMethod('with')],
  ['`Array.fromAsync`', [121, 115, 16.4], isOf('Array', 'fromAsync')],
  ['`Object.hasOwn`', [93, 92, 15.4], isOf('Object', 'hasOwn')],
  ['`Object.groupBy`', [117, 119, 17.4], isOf('Object', 'groupBy')],
  ['`Promise.withResolvers`', [119, 121, 17.4], isOf('Promise', 'withResolvers')],
  ['`Promise.try`', [128, 134, 18.2], isOf('Promise', 'try')],
  ['`AbortSignal.any`', [116, 124, 17.4], isOf('AbortSignal', 'any')],
  ['`string.isWellFormed`', [111, 119, 16.4], isMethod('isWellFormed')],
];

/** WebAssembly beyond its first version, by binaryen's names for it. */
const WEBASSEMBLY = [
  ['bulk memory', [75, 79, 15.1], 'BulkMemory', 'BulkMemoryOpt'],
  ['sign extension', [69, 62, 14.1], 'SignExt'],
  ['saturating float to integer', [75, 64, 15.1], 'NontrappingFPToInt'],
  ['exported mutable globals', [69, 62, 13.1], 'MutableGlobals'],
  ['reference types', [96, 79, 15.1], 'ReferenceTypes'],
  ['multiple results', [86, 78, 13.1], 'Multivalue'],
];

/** What the README may promise. */
const PROMISED = [96, 93, 16.4];

/** Returns the lines of LANGUAGE that a file makes use of. */
async function languageOf(file) {
  const used = new Set();
  walk(await parseFile(file), (node) => {
    for (const line of LANGUAGE) if (line[2](node)) used.add(line);
  });
  return LANGUAGE.filter((line) => used.has(line));
}

/** Returns the lines of WEBASSEMBLY without which the module is not valid. */
async function webAssemblyOf(file) {
  const { Features, readBinary } = await silentBinaryen();
  const module = readBinary(await readFile(file));
  const bits = ([, , ...names]) => names.reduce((sum, name) => sum | Features[name], 0);
  const all = WEBASSEMBLY.reduce((sum, line) => sum | bits(line), 0);
  const isValidWith = (features) => {
    module.setFeatures(features);
    return module.validate() === 1;
  };
  assert.ok(isValidWith(all), 'the module needs nothing that the table does not have');
  return WEBASSEMBLY.filter((line) => !isValidWith(all & ~bits(line)));
}

/** Loads binaryen, which otherwise prints every reason for which a module is not valid. */
async function silentBinaryen() {
  const { error } = console;
  console.error = () => undefined;
  try {
    return (await import('binaryen')).default;
  } finally {
    console.error = error;
  }
}

test('the oldest browsers are those that have all that the package uses', async () => {
  const language = await languageOf(inPackage('index.js'));
  const webAssembly = await webAssemblyOf(inPackage('core.wasm'));
  const lines = [
    ...language.map(([name, versions]) => [name, 'JavaScript', versions]),
    ...webAssembly.map(([name, versions]) => [name, 'WebAssembly', versions]),
  ];
  const together = PROMISED.map((_, at) => Math.max(...lines.map(([, , since]) => since[at])));
  const rows = lines.map(([name, kind, since]) => [name, kind, ...since.map(String)]);
  rows.push(['**all of it**', '', ...together.map((version) => `**${version}**`)]);
  writeBlock('features', table(['Used', 'Of', 'Chrome, Edge', 'Firefox', 'Safari'], rows));
  together.forEach((version, at) => assert.ok(version <= PROMISED[at], `${together}`));
});

test('a feature is seen where it is used and not where it is only named', async () => {
  const sample = async (text) => {
    const file = path.join(project, 'sample.js');
    await writeFile(file, text);
    return (await languageOf(file)).map(([name]) => name);
  };
  assert.deepEqual(await sample('"WeakRef"; typeof WeakRef; a.b; // static {}'), []);
  assert.deepEqual(await sample('class A { static { new WeakRef(a); } }'), [
    'static blocks in classes',
    '`WeakRef`',
  ]);
  assert.deepEqual(await sample('[a].at(-1); class B { #a() {} }'), [
    'private methods',
    '`array.at`',
  ]);
});
