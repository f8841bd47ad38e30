/**
 * Runs the suite against one contestant and sends its results to the parent process.
 *
 *     node tests/http-conformance/client.mjs CONTESTANT ORIGIN
 *
 * A contestant exports its `edition` and `start(origin)`, which resolves with the `fetch` to test,
 * the `base` to fetch from and `stop()`. `ONLY=id` runs that one test and prints its traffic.
 */
import { getResults, runTests } from 'http-cache-tests/client/runner.mjs';
import suite from 'http-cache-tests/tests/index.mjs';

const [name, origin] = process.argv.slice(2);
const { edition, start } = await import(`./contestants/${name}.mjs`);
const { fetch, base, stop } = await start(origin);

/** The suite starts so many tests at once; the rest waits. */
const AT_ONCE = 100;

await runTests(chosen(process.env.ONLY), fetch, edition === 'private', base, AT_ONCE);
await stop();
if (process.send === undefined) console.log(JSON.stringify(getResults(), undefined, 2));
else process.send({ edition, results: getResults() }, () => process.exit(0));

function chosen(only) {
  if (only === undefined) return suite;
  return suite.map((group) => ({
    ...group,
    tests: group.tests.filter(({ id }) => id === only).map((one) => ({ ...one, dump: true })),
  }));
}
