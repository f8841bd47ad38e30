/**
 * The examples in Markdown: finding them, and turning what they say they give into checks.
 *
 * A block of `js` or `ts` is an example, a module of its own. The words after the language change
 * that:
 *
 * - `no-run REASON`: it is not run (it needs a page, a server, a database);
 * - `continued`: it goes on where the block before it ended.
 *
 * What a reader can do without stands in a comment before the block, `<!-- setup: CODE -->`. At the
 * end of a line, `// => VALUE` is checked: the value as JavaScript reads it, or as Node prints it;
 * `// => throws NAME_OR_CODE` likewise. The statement before it is an expression, a `console.log` of
 * one, or a `const` with one name.
 */
import { isDeepStrictEqual, inspect } from 'node:util';

import ts from 'typescript';

const BLOCK = /(?:<!-- setup:([^]*?)-->\s*)?^```(js|ts)\b(.*)\n([^]*?)^```$/gm;

/** Returns the examples of a text: `{ line, language, code, reason }`, with `reason` not to run. */
export function examplesOf(text) {
  const found = [];
  for (const [whole, setup = '', language, words, body] of text.matchAll(BLOCK)) {
    const start = text.indexOf(whole) + whole.indexOf('```');
    const line = text.slice(0, start).split('\n').length;
    const [word, ...rest] = words.trim().split(/\s+/);
    const reason = rest.join(' ').trim();
    if (!['', 'no-run', 'no-run:', 'continued'].includes(word)) {
      throw new Error(`line ${line}: \`${word}\` is neither \`no-run\` nor \`continued\``);
    }
    if (word.startsWith('no-run')) {
      if (reason === '') throw new Error(`line ${line}: \`no-run\` needs a reason`);
      found.push({ line, language, code: body, reason });
      continue;
    }
    const before = word === 'continued' ? found.pop() : undefined;
    if (word === 'continued' && before?.reason !== undefined) {
      throw new Error(`line ${line}: what it continues is not run`);
    }
    found.push({
      line: before?.line ?? line,
      language: [language, before?.language].includes('ts') ? 'ts' : 'js',
      code: `${before?.code ?? ''}${setup}${setup && '\n'}${body}`,
      reason: undefined,
    });
  }
  return found;
}

const COMMENT = /\/\/ => (.*)$/gm;

/** Returns `code` with each `// =>` turned into a call of `expectValue` or `expectThrow`. */
export function withChecks(code, language) {
  const kind = language === 'ts' ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const file = ts.createSourceFile('a', code, ts.ScriptTarget.Latest, true, kind);
  const edits = [...code.matchAll(COMMENT)].map((match) => {
    const statement = statementBefore(file, match.index);
    const said = `, ${JSON.stringify(match[1].trim())}`;
    if (statement === undefined) throw new Error(`no statement ends before \`${match[0]}\``);
    return replacement(statement, said);
  });
  return edits
    .sort((a, b) => b.from - a.from)
    .reduce((text, { from, to, by }) => text.slice(0, from) + by + text.slice(to), code);
}

/** Returns the innermost statement that ends on the line of `position`, before it. */
function statementBefore(file, position) {
  const lineStart = file.text.lastIndexOf('\n', position) + 1;
  let found;
  const visit = (node) => {
    const ends = node.end > lineStart && node.end <= position;
    if (ends && (ts.isExpressionStatement(node) || ts.isVariableStatement(node))) found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function replacement(statement, said) {
  const [from, to] = [statement.getStart(), statement.end];
  if (ts.isVariableStatement(statement)) {
    const [{ name }] = statement.declarationList.declarations;
    const by = `${statement.getText()} expectValue(${name.getText()}${said});`;
    return { from, to, by };
  }
  const { expression } = statement;
  const isPrint =
    ts.isCallExpression(expression) && expression.expression.getText() === 'console.log';
  const value = (isPrint ? expression.arguments[0] : expression).getText();
  const by = said.startsWith(', "throws ')
    ? `await expectThrow(async () => (${value})${said});`
    : `expectValue((${value})${said});`;
  return { from, to, by };
}

/** Throws unless `value` is what `said` reads or prints as. */
export function expectValue(value, said) {
  const printed = inspect(value, { breakLength: Infinity });
  if (printed !== said && !reads(said, value)) {
    throw new Error(`it gives ${printed}, and the text says ${said}`);
  }
}

/** Returns whether `said`, an expression of our own documentation, has that value. */
function reads(said, value) {
  try {
    return isDeepStrictEqual(value, new Function(`return (${said});`)());
  } catch {
    return false;
  }
}

/** Throws unless `run` rejects with an error of that name or code. */
export async function expectThrow(run, said) {
  const wanted = said.replace('throws ', '').trim();
  const error = await run().then(
    () => undefined,
    (thrown) => thrown,
  );
  if (error === undefined) throw new Error(`it throws nothing, and the text says ${wanted}`);
  if (![error.name, error.code, `${error.name} ${error.code}`].includes(wanted)) {
    throw new Error(`it throws ${error.name} ${error.code}, and the text says ${wanted}`);
  }
}
