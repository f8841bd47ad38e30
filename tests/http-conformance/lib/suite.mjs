/**
 * The outside suite, npm `http-cache-tests`: which of its tests apply, and how they are scored.
 *
 * A test is `required` (the RFC's MUST), `optimal` (a response that could be reused is) or a
 * `check`, which asks how a cache behaves and has no right answer. A private cache runs what the
 * suite calls its browser edition, a shared one what it calls its intermediary edition.
 *
 * A test counts as executed when it came to a verdict on the cache: one whose preparation failed
 * did not, and a test that depends on a failed one is not passed, by the suite's own reckoning.
 */
import tests from 'http-cache-tests/tests/index.mjs';

/** The names of the two editions. */
export const EDITIONS = ['private', 'shared'];

/** Returns the tests of an edition, each with the group it stands in. */
export function testsOf(edition) {
  const leftOut = edition === 'private' ? 'browser_skip' : 'browser_only';
  return tests.flatMap(({ name: group, tests: inside }) =>
    inside
      .filter((one) => one[leftOut] !== true)
      .map((one) => ({ ...one, group, kind: kind(one) })),
  );
}

/**
 * Returns what the suite's `results` (id to `true` or `[error, message]`) amount to: by kind, how
 * many passed and how many there are, and the list of those that did not pass.
 */
export function score(edition, results) {
  const known = new Map(testsOf(edition).map((one) => [one.id, one]));
  const sums = { required: blank(), optimal: blank(), check: blank() };
  const failures = [];
  let executed = 0;
  for (const one of known.values()) {
    const verdict = judge(one, known, results);
    const sum = sums[one.kind];
    sum.total++;
    if (verdict.name === 'pass') sum.passed++;
    if (verdict.name === 'pass' || verdict.name === 'fail') executed++;
    if (verdict.name !== 'pass') {
      const { id, kind, group, name } = one;
      failures.push({ id, kind, group, name, verdict: verdict.name, why: verdict.why });
    }
  }
  return { edition, executed, ...sums, failures };
}

function kind(one) {
  return one.kind ?? 'required';
}

function blank() {
  return { passed: 0, total: 0 };
}

/** Returns the verdict on a test: pass, fail, setup, dependency or not run. */
function judge(one, known, results) {
  const result = results[one.id];
  if (result === undefined) return { name: 'not run', why: 'the suite has no result' };
  for (const id of one.depends_on ?? []) {
    const other = known.get(id);
    if (other !== undefined && judge(other, known, results).name !== 'pass') {
      return { name: 'dependency', why: `needs ${id}, which did not pass` };
    }
  }
  if (result === true) return { name: 'pass', why: '' };
  const [error, message] = result;
  return { name: error === 'Setup' ? 'setup' : 'fail', why: message };
}
