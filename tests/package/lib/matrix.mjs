/**
 * Tests that are also the rows of docs/runtimes.md.
 *
 * Each test file owns one block of that file, between markers, and writes it when it is through, so
 * the table cannot say more than what ran. Two files may end at once: a lock keeps their changes
 * apart. The text depends on versions and results alone; a run leaves no trace in git otherwise.
 */
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';

import { inRoot } from './project.mjs';

const FILE = inRoot('docs/runtimes.md');
const LOCK = inRoot('target/package-tests.lock');
const COLUMNS = ['Runtime', 'Version', 'The package comes by', 'Result'];

/**
 * Returns a function that registers one row: `{ runtime, version, by }` and the test behind it.
 * Rows stand in the order of their registration.
 */
export function matrix(block) {
  const rows = [];
  after(() => {
    // Part of the tests (--test-name-pattern) is no reason to forget the others.
    if (rows.every(({ result }) => result !== undefined))
      writeBlock(block, table(COLUMNS, cells()));
  });
  const cells = () =>
    rows.map(({ runtime, version, by, result }) => [runtime, version, by, result]);
  return ({ runtime, version, by }, check) => {
    const row = { runtime, version, by, result: undefined };
    rows.push(row);
    test(`${runtime} ${version} runs the package by ${by.replaceAll('`', '')}`, async (context) => {
      row.result = '**fails**';
      await check(context);
      row.result = 'passes';
    });
  };
}

/** Returns a Markdown table, its columns padded as prettier does. */
export function table(columns, rows) {
  const lines = [columns, ...rows];
  const widths = columns.map((_, at) => Math.max(3, ...lines.map((cells) => cells[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(columns), rule, ...rows.map(line)].join('\n');
}

/** Puts `text` between the markers of `block` in docs/runtimes.md, which is about our own build. */
export function writeBlock(block, text) {
  if (process.env.TIDECACHE_TARBALL !== undefined) return;
  const [begin, end] = [`<!-- ${block}: written by the tests -->`, `<!-- /${block} -->`];
  locked(() => {
    const before = readFileSync(FILE, 'utf8');
    const [from, to] = [before.indexOf(begin), before.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/runtimes.md has no block ${block}`);
    const now = `${before.slice(0, from)}${begin}\n\n${text}\n\n${before.slice(to)}`;
    if (now !== before) writeFileSync(FILE, now);
  });
}

/** Runs `change` while no other process does. A lock that was left behind counts for nothing. */
function locked(change) {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      closeSync(openSync(LOCK, 'wx'));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const held = statSync(LOCK, { throwIfNoEntry: false });
      if (held !== undefined && Date.now() - held.mtimeMs > 10_000) rmSync(LOCK, { force: true });
      Atomics.wait(pause, 0, 0, 10);
    }
  }
  try {
    change();
  } finally {
    rmSync(LOCK, { force: true });
  }
}
