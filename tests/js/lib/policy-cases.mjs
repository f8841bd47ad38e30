/** Exchanges at random for tests/js/http-policy.test.mjs. */

/** Sun, 06 Nov 1994 08:49:37 GMT. */
export const START = 784_111_777_000;

const NOW = 'Sun, 06 Nov 1994 08:49:37 GMT';
const EARLIER = 'Sun, 06 Nov 1994 08:49:17 GMT';
const LATER = 'Sun, 06 Nov 1994 09:49:37 GMT';
const MODIFIED = 'Sun, 06 Nov 1994 08:41:17 GMT';

const GIVEN = [
  'max-age=30',
  'max-age=60',
  'max-age=60',
  'max-age=0',
  's-maxage=10',
  's-maxage=10',
  's-maxage=90',
  'no-cache',
  'no-store',
  'private',
  'public',
  'must-revalidate',
  'proxy-revalidate',
  'immutable',
  'stale-while-revalidate=30',
  'stale-if-error=30',
  'no-cache="a"',
  'Max-Age=60',
  'max-age=x',
  'must-understand',
];
const ASKED = [
  'no-cache',
  'no-store',
  'max-age=10',
  'min-fresh=10',
  'max-stale',
  'max-stale',
  'max-stale',
  'max-stale=10',
];

/** Returns a stored exchange, a later request, and what the origin answers to that. */
export function drawCase(random) {
  const below = (limit) => Math.floor(random.next() * limit);
  const oneIn = (chances) => below(chances) === 0;
  const pick = (list) => list[below(list.length)];
  const control = (list) => Array.from({ length: below(3) + 1 }, () => pick(list)).join(', ');
  const given = (entries) => Object.fromEntries(entries.filter((entry) => entry !== false));
  const message = (chances) =>
    given([
      ['host', 'example.org'],
      oneIn(chances) && ['cache-control', control(ASKED)],
      oneIn(10) && ['authorization', 'a'],
      oneIn(2) && ['accept', pick(['a', 'b'])],
      oneIn(12) && ['pragma', 'no-cache'],
      oneIn(8) && ['if-none-match', '"b"'],
      oneIn(8) && ['if-modified-since', MODIFIED],
      oneIn(8) && ['connection', 'x'],
      oneIn(8) && ['x', '1'],
    ]);
  const answer = () =>
    given([
      !oneIn(5) && ['cache-control', control(GIVEN)],
      oneIn(2) && ['date', pick([NOW, NOW, NOW, EARLIER])],
      oneIn(4) && ['expires', pick([NOW, EARLIER, LATER, '0'])],
      oneIn(3) && ['last-modified', pick([MODIFIED, MODIFIED, NOW])],
      oneIn(3) && ['etag', pick(['"a"', '"a"', 'W/"a"', '"b"'])],
      oneIn(5) && ['age', pick(['0', '10', '40', 'x'])],
      oneIn(4) && ['vary', pick(['accept', 'Accept, b', '*'])],
      oneIn(10) && ['set-cookie', 'a=b'],
      oneIn(12) && ['pragma', 'no-cache'],
      oneIn(6) && ['connection', 'x'],
      oneIn(4) && ['x', pick(['1', '2'])],
      oneIn(8) && ['content-length', '5'],
      oneIn(8) && ['content-md5', pick(['a', 'b'])],
    ]);
  const method = () => pick(['GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'POST']);
  return {
    request: { method: method(), url: '/a', headers: message(10) },
    response: { status: pick([200, 200, 200, 200, 301, 404, 302, 503]), headers: answer() },
    options: pick([{}, { shared: false }, { cacheHeuristic: 0.5 }]),
    later: { method: method(), url: pick(['/a', '/a', '/a', '/a', '/b']), headers: message(3) },
    update: { status: pick([304, 304, 304, 200, 503]), headers: answer() },
    afterMs: pick([0, 0, 5, 10, 20, 29, 30, 31, 59, 60, 61, 100]) * 1000,
  };
}
