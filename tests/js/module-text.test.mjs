/** The text that carries a module in an entry: what is written is what is read. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { writeModuleText } from '../../xtask/js/module-text.mjs';
import { loadSource } from './lib/source.mjs';

const { readModuleText } = await loadSource('module-text.ts');
const { unpack } = await loadSource('cluster/unpack.ts');

test('each byte before and after each other byte comes back', () => {
  const bytes = Uint8Array.from({ length: 2 * 65_536 }, (_, at) =>
    at % 2 === 0 ? at >> 9 : (at >> 1) % 256,
  );
  const text = writeModuleText(bytes);
  assert.deepEqual(readModuleText(text), bytes);
  assert.match(text, /^[#-[\]-~]+$/);
});

test('nothing is nothing', () => {
  assert.equal(writeModuleText(new Uint8Array()), '');
  assert.equal(readModuleText('').length, 0);
});

test('the package carries the module that lies beside it', async () => {
  const inPackage = (name) => new URL(`../../pkg/${name}`, import.meta.url);
  const [, text] = /"([^"\\\n]{2000,})"/.exec(await readFile(inPackage('index.js'), 'utf8'));
  assert.deepEqual(Buffer.from(readModuleText(text)), await readFile(inPackage('core.wasm')));
});

test('the modules that the cluster carries are unpacked as they were packed', async () => {
  for (const name of ['client', 'node']) {
    const { text } = await import(new URL(`../../target/wasm/${name}/inline.js`, import.meta.url));
    const module = await readFile(
      new URL(`../../target/wasm/${name}/${name}.wasm`, import.meta.url),
    );
    assert.match(text, /^[#-[\]-c]+$/);
    assert.deepEqual(Buffer.from(unpack(text)), module);
  }
});
