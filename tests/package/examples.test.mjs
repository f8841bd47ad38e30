/** The check of the documentation's examples, shown examples that must fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { examplesOf, expectThrow, expectValue, withChecks } from './lib/examples.mjs';

const fence = '```';

/** Runs an example that says what it gives. */
async function runs(code) {
  const body = withChecks(code, 'js');
  const names = ['expectValue', 'expectThrow'];
  const run = new Function(...names, `return (async () => {${body}\n})();`);
  await run(expectValue, expectThrow);
}

test('a block is an example unless it says why not', () => {
  const text = [
    `${fence}js\na();\n${fence}`,
    `${fence}js no-run needs a page\nb();\n${fence}`,
    `${fence}sh\nc\n${fence}`,
    `<!-- setup: const d = 1; -->\n${fence}ts\ne(d);\n${fence}`,
    `${fence}ts continued\nf();\n${fence}`,
  ].join('\n\n');
  assert.deepEqual(examplesOf(text), [
    { line: 1, language: 'js', code: 'a();\n', reason: undefined },
    { line: 5, language: 'js', code: 'b();\n', reason: 'needs a page' },
    { line: 14, language: 'ts', code: ' const d = 1; \ne(d);\nf();\n', reason: undefined },
  ]);
  assert.throws(() => examplesOf(`${fence}js no-run\na();\n${fence}`), /needs a reason/);
  assert.throws(() => examplesOf(`${fence}js norun\na();\n${fence}`), /neither/);
});

test('a value that is as the text says passes, read or printed', async () => {
  await runs('1 + 1; // => 2');
  await runs('const a = { b: [1] }; // => { b: [1] }');
  await runs("console.log(await 'c'); // => 'c'");
  await runs("new Map([['d', 1]]); // => Map(1) { 'd' => 1 }");
  await runs('const e = () => {\n  undefined; // => undefined\n};\ne();');
});

test('a value that is not as the text says fails', async () => {
  await assert.rejects(runs('1 + 1; // => 3'), /gives 2, and the text says 3/);
  await assert.rejects(runs("const a = '1'; // => 1"), /gives '1'/);
  await assert.rejects(runs('console.log({ a: 1 }); // => { a: 1, b: 2 }'), /gives \{ a: 1 \}/);
  assert.throws(() => withChecks('// => 1', 'js'), /no statement/);
});

test('an error is named or the example fails', async () => {
  const fail = 'const f = async () => null.a;\n';
  await runs(`${fail}await f(); // => throws TypeError`);
  await assert.rejects(runs(`${fail}await f(); // => throws RangeError`), /throws TypeError/);
  await assert.rejects(runs('1; // => throws TypeError'), /throws nothing/);
});
