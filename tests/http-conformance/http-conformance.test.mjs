/**
 * The outside suite against the controls and against ours. The scores are left in
 * target/http-conformance; `node tests/http-conformance/report.mjs` makes docs/conformance.md of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CONTESTANTS } from './lib/contestants.mjs';
import { score, testsOf } from './lib/suite.mjs';

for (const { name, title, floors, run } of CONTESTANTS) {
  test(`${name}: ${title} stays above its floors`, async () => {
    const { executed, required, optimal, failures } = await run();
    const got = { executed, required: required.passed, optimal: optimal.passed };
    const lost = failures.filter(({ kind }) => kind !== 'check');
    const text = lost.map(({ kind, id, why }) => `  ${kind} ${id}: ${why}`).join('\n');
    for (const [what, floor] of Object.entries(floors)) {
      assert.ok(got[what] >= floor, `${what}: ${got[what]}, floor ${floor}; lost:\n${text}`);
    }
  });
}

test('the suite has as many tests as the figures say', () => {
  const count = (edition, kind) => testsOf(edition).filter((one) => one.kind === kind).length;
  assert.deepEqual([count('private', 'required'), count('private', 'optimal')], [147, 68]);
  assert.deepEqual([count('shared', 'required'), count('shared', 'optimal')], [157, 86]);
});

test('a suite that did not run passes nothing', () => {
  const { executed, required, optimal } = score('private', {});
  assert.deepEqual([executed, required.passed, optimal.passed], [0, 0, 0]);
});

test('a test whose dependency failed is not passed', () => {
  const results = Object.fromEntries(testsOf('private').map(({ id }) => [id, true]));
  assert.equal(score('private', results).required.passed, 147);
  results['stale-close'] = ['Assertion', 'no'];
  assert.equal(score('private', results).required.passed, 143);
});
