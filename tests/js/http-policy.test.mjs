/**
 * `CachePolicy` of tidecache/http against npm's `http-cache-semantics`: the same headers to both,
 * every answer compared. A difference must have a name in tests/js/lib/policy-exceptions.mjs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import TheirPolicy from 'http-cache-semantics';

import { load } from './lib/package.mjs';
import { EXCEPTIONS } from './lib/policy-exceptions.mjs';
import { drawCase, START } from './lib/policy-cases.mjs';
import { Random } from './lib/random.mjs';

const { CachePolicy } = await load('tidecache/http');

let clock = START;
class Ours extends CachePolicy {
  now() {
    return clock;
  }
}
class Theirs extends TheirPolicy {
  now() {
    return clock;
  }
}

const CASES = 60_000;

/** Returns what a policy answers to everything that can be asked. */
function answers(Policy, { request, response, options, later, update, afterMs }) {
  clock = START;
  const policy = new Policy(request, response, options);
  clock = START + afterMs;
  const evaluation = policy.evaluateRequest(later);
  // Theirs says the present moment; Date is when the message was made (RFC 9110, 6.6.1).
  const responseHeaders = { ...policy.responseHeaders(), date: undefined };
  const renewed = policy.revalidatedPolicy(later, update);
  return {
    storable: policy.storable(),
    satisfies: policy.satisfiesWithoutRevalidation(later),
    isServed: evaluation.response !== undefined,
    isSynchronous: evaluation.revalidation?.synchronous,
    age: policy.age(),
    maxAge: policy.maxAge(),
    stale: policy.stale(),
    timeToLive: policy.timeToLive(),
    useStaleWhileRevalidate: policy.useStaleWhileRevalidate(),
    status: policy.status(),
    date: policy.date(),
    responseHeaders,
    revalidationHeaders: policy.revalidationHeaders(later),
    object: policy.toObject(),
    modified: renewed.modified,
    matches: renewed.matches,
    renewedHeaders: renewed.policy.toObject().resh,
    renewedStatus: renewed.policy.status(),
  };
}

/** Returns the names of the answers that differ. */
function differences(ours, theirs) {
  return Object.keys(ours).filter((name) => {
    try {
      assert.deepEqual(ours[name], theirs[name]);
      return false;
    } catch {
      return true;
    }
  });
}

test('every difference from http-cache-semantics has a name and a section', () => {
  const seed = Number(process.env.SEED ?? 1);
  const random = new Random(seed);
  const alone = new Map(EXCEPTIONS.map(({ name }) => [name, 0]));
  /** One case for each answer that differs without a name. */
  const unexplained = new Map();
  let equal = 0;
  for (let number = 0; number < CASES; number++) {
    const drawn = drawCase(random);
    const [ours, theirs] = [answers(Ours, drawn), answers(Theirs, drawn)];
    const differing = differences(ours, theirs);
    equal += differing.length === 0 ? 1 : 0;
    for (const answer of differing) {
      const names = EXCEPTIONS.filter(
        ({ applies, answers: about }) => about.includes(answer) && applies(drawn),
      ).map(({ name }) => name);
      if (names.length === 0) {
        unexplained.set(answer, [`case ${number}`, ours[answer], theirs[answer], drawn]);
      }
      if (names.length === 1) alone.set(names[0], alone.get(names[0]) + 1);
    }
  }
  const samples = [...unexplained].map((sample) => JSON.stringify(sample)).join('\n');
  assert.equal(samples, '', `SEED=${seed}`);
  console.log(`${CASES} cases, ${equal} equal in every answer`);
  // An exception that explains no answer by itself would be a hole.
  const idle = [...alone].filter(([, count]) => count === 0).map(([name]) => name);
  assert.deepEqual(idle, []);
});

test('a policy survives JSON, and reads what http-cache-semantics has written', () => {
  const random = new Random(2);
  for (let number = 0; number < 2_000; number++) {
    const drawn = drawCase(random);
    clock = START;
    const ours = new Ours(drawn.request, drawn.response, drawn.options);
    const theirs = new Theirs(drawn.request, drawn.response, drawn.options);
    clock = START + drawn.afterMs;
    for (const object of [ours.toObject(), theirs.toObject()]) {
      const read = Ours.fromObject(JSON.parse(JSON.stringify(object)));
      assert.ok(read instanceof Ours);
      const sides = [read, ours].map((policy) => [
        policy.storable(),
        policy.timeToLive(),
        policy.age(),
        policy.satisfiesWithoutRevalidation(drawn.later),
      ]);
      assert.deepEqual(sides[0], sides[1], JSON.stringify(drawn));
    }
  }
  assert.throws(() => Ours.fromObject({ v: 2 }), /Invalid serialization/);
  assert.throws(() => new Ours({}, { headers: {} }), /Request headers missing/);
  assert.throws(() => new Ours({ headers: {} }, {}), /Response headers missing/);
});
