/**
 * Shortens the names by which a module and its glue know each other.
 *
 *     node xtask/js/shorten.mjs MODULE.wasm GLUE.js
 *
 * wasm-bindgen's names end in a hash of 16 letters, which no compression makes shorter, and stand
 * in both files. Nobody else reads them: the classes of the glue keep their names, and so does
 * `memory`. Only names are changed, in place; the order of imports and exports stays.
 *
 * What the glue does to a class beside declaring it goes, so that bundlers may leave the class out,
 * and so does what it does for others than this package: {@link trim}.
 */
import { readFile, writeFile } from 'node:fs/promises';

/** The sections that hold names. */
const IMPORTS = 2;
const EXPORTS = 7;

/** The kind of an import that is followed by one number, as all are here. */
const FUNCTION = 0;

/** Reads a number in LEB128; returns it and where it ends. */
function readNumber(bytes, from) {
  let [number, at, shift] = [0, from, 0];
  for (;;) {
    const byte = bytes[at++];
    number |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [number, at];
    shift += 7;
  }
}

/** Returns a number in LEB128. */
function writeNumber(number) {
  const bytes = [];
  do {
    bytes.push((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
    number >>>= 7;
  } while (number > 0);
  return Buffer.from(bytes);
}

/** Reads a name; returns it and where it ends. */
function readName(bytes, from) {
  const [length, at] = readNumber(bytes, from);
  return [bytes.toString('utf8', at, at + length), at + length];
}

/** Returns a name as it stands in a module. */
function writeName(name) {
  return Buffer.concat([writeNumber(Buffer.byteLength(name)), Buffer.from(name)]);
}

/** Returns a function that gives each name a short one. */
function newNames() {
  const names = new Map([['memory', 'memory']]);
  const of = (name) => {
    if (!names.has(name)) names.set(name, `$${names.size.toString(36)}`);
    return names.get(name);
  };
  return { names, of };
}

/** Returns the imports with short names. */
function shortenImports(section, modules, functions) {
  let [count, at] = readNumber(section, 0);
  const parts = [writeNumber(count)];
  for (; count > 0; count--) {
    let module, name;
    [module, at] = readName(section, at);
    [name, at] = readName(section, at);
    if (section[at] !== FUNCTION) throw new Error(`${name} is no function`);
    const [, end] = readNumber(section, at + 1);
    parts.push(writeName(modules.of(module)), writeName(functions.of(name)));
    parts.push(section.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** Returns the exports with short names. */
function shortenExports(section, exports) {
  let [count, at] = readNumber(section, 0);
  const parts = [writeNumber(count)];
  for (; count > 0; count--) {
    let name;
    [name, at] = readName(section, at);
    const [, end] = readNumber(section, at + 1);
    parts.push(writeName(exports.of(name)), section.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** `initSync` for who calls it with a compiled module, as all here do. */
const INIT = `function initSync({ module }) {
    if (wasm !== undefined) return wasm;
    return __wbg_finalize_init(new WebAssembly.Instance(module, __wbg_get_imports()), module);
}
`;

/** An error of the module, in a glue that reads no other text. */
const THROW = `new TextDecoder().decode(new Uint8Array(wasm.memory.buffer, arg0 >>> 0, arg1))`;

/** Returns the glue without what is not used here; throws if it is not as it was known to be. */
function trim(glue) {
  const cut = (pattern, by) => {
    if (!pattern.test(glue)) throw new Error(`the glue has nothing like ${pattern}`);
    glue = glue.replace(pattern, () => by);
  };
  cut(/^function initSync\(module\) \{\n[^]*?^\}\n/m, INIT);
  // A module that only exchanges numbers has no table of values, and no text but that of an error.
  if (glue.split('getStringFromWasm0(').length === 3 && !/addHeapObject|Externref/.test(glue)) {
    cut(/(?<=throw new Error\()getStringFromWasm0\(arg0, arg1\)/, THROW);
    cut(/^let cachedTextDecoder = [^]*?^function decodeText\(bytes\) \{\n[^]*?^\}\n/m, '');
    cut(/^function getStringFromWasm0\([^]*?^\}\n/m, '');
    cut(/ {12}const table = wasm\.[^]*?\n(?= {8}\})/, '');
  }
  return glue;
}

/** Does it to both files. */
async function main([moduleFile, glueFile]) {
  const bytes = await readFile(moduleFile);
  const [modules, functions, exports] = [newNames(), newNames(), newNames()];
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at];
    const [length, from] = readNumber(bytes, at + 1);
    let section = bytes.subarray(from, from + length);
    at = from + length;
    if (id === IMPORTS) section = shortenImports(section, modules, functions);
    if (id === EXPORTS) section = shortenExports(section, exports);
    parts.push(Buffer.from([id]), writeNumber(section.length), section);
  }
  let glue = await readFile(glueFile, 'utf8');
  const missing = new Set([...modules.names, ...functions.names].map(([name]) => name));
  const rename = (names) => (whole, before, name, after) => {
    if (!names.has(name)) return whole;
    missing.delete(name);
    return before + names.get(name) + after;
  };
  glue = glue.replace(/^( {8})(\w+)(: )/gm, rename(functions.names));
  glue = glue.replace(/(")([^"\n]+)(": import0)/g, rename(modules.names));
  glue = glue.replace(/(\bwasm\.)(\w+)(\b)/g, rename(exports.names));
  // Nobody disposes of these classes; a bundler may only leave out a class that nothing is done to.
  glue = glue.replace(/^if \(Symbol\.dispose\) .*\n/gm, '');
  glue = trim(glue);
  missing.delete('memory');
  if (missing.size > 0) throw new Error(`the glue has no ${[...missing].join(', ')}`);
  await writeFile(moduleFile, Buffer.concat(parts));
  await writeFile(glueFile, glue);
}

await main(process.argv.slice(2));
