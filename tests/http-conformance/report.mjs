/**
 * Writes docs/conformance.md from the scores that the last run left in target/http-conformance.
 *
 *     cargo xtask test --only http-conformance && node tests/http-conformance/report.mjs
 */
import { readFile, writeFile } from 'node:fs/promises';

import { inRoot } from '../package/lib/project.mjs';
import { ANCHORS, CONTESTANTS } from './lib/contestants.mjs';
import { inTarget } from './lib/origin.mjs';
import { REASONS } from './reasons.mjs';

const HEAD = `# Conformance

What the outside suite of HTTP caches says, npm \`http-cache-tests\` 0.4.5 (Mark Nottingham and others,
BSD-3-Clause). Written by a run:

    cargo xtask test --only http-conformance && node tests/http-conformance/report.mjs

*required* tests are the RFC's MUST, *optimal* ones ask whether a response that may be reused is; a
test that depends on a failed one is not passed. *check* tests ask how a cache behaves and have no
right answer, so they are not scored. A private cache runs the suite's browser edition, a shared one
the edition for intermediaries. *executed* counts the tests that came to a verdict. A busy machine
costs a test or two.
`;

const EDITIONS = `
## What others reach

One run each, two more or less by chance. The suite has grown since its last release on npm; the
*later edition* is its repository's. It has tests the npm edition has not (among them the 17 for RFC
9213), and has dropped or softened others (among them nine about unclear \`Age\` fields), so its figures
compare with each other and not with ours. Only the npm edition runs here.

| edition | cache | required | optimal |
|---|---|---|---|
`;

/** Returns one score in the table's words. */
const fraction = ({ passed, total }) => `${passed}/${total}`;

async function read(name) {
  return JSON.parse(await readFile(inTarget(`${name}.json`), 'utf8'));
}

/** Returns the table of this run. */
function table(scores, date) {
  const rows = scores.map(({ title, is, edition, score }) => {
    const { executed, required, optimal } = score;
    const cells = [title, edition, fraction(required), fraction(optimal), executed, is];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `\n## This build, ${date}\n`,
    '| cache | edition | required | optimal | executed | what it is |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Returns the list of what ours do not pass, with the reasons. */
function losses(scores) {
  const lost = new Map();
  for (const { name, score } of scores) {
    for (const { id, kind, why } of score.failures.filter((one) => one.kind !== 'check')) {
      const entry = lost.get(id) ?? { kind, why, by: [] };
      entry.by.push(name);
      lost.set(id, entry);
    }
  }
  const lines = [...lost].map(([id, { kind, why, by }]) => {
    const reason = REASONS[id] ?? `not looked into: ${why}`;
    return `- \`${id}\` (${kind}; ${by.join(', ')}): ${reason}`;
  });
  return ['\n## What ours do not pass\n', ...lines.sort(), ''].join('\n');
}

const scores = await Promise.all(
  CONTESTANTS.map(async (contestant) => ({ ...contestant, score: await read(contestant.name) })),
);
const ours = scores.filter(({ name }) => name !== 'none' && name !== 'undici');
const date = new Date().toISOString().slice(0, 10);
const anchors = ANCHORS.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
const text = HEAD + table(scores, date) + losses(ours) + EDITIONS + anchors;
await writeFile(inRoot('docs/conformance.md'), text);
console.log(table(scores, date));
