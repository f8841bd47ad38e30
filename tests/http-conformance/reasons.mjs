/** Why a test of the suite is not passed, by its id. */
const HUNG_UP =
  'the origin hangs up, and the test wants an answer of the origin all the same; an error, which is ' +
  'right, fails it. Nobody passes it';
const SHARED_ONLY =
  'the origin hangs up, and the test wants its answer all the same; besides, the directive is for ' +
  'shared caches only, so a private one serves what it has';
const SHORT_PART =
  'the origin announces six bytes (`Content-Range: bytes 4-9/10`) and sends five; we do not make up ' +
  'the sixth';
const HIDDEN = 'the browser hides the field from scripts, workers included, so none can store it';

/** The reasons. */
export const REASONS = {
  'stale-close-must-revalidate': HUNG_UP,
  'stale-close-proxy-revalidate': SHARED_ONLY,
  'stale-close-no-cache': HUNG_UP,
  'stale-close-s-maxage=2': SHARED_ONLY,
  'age-parse-prefix':
    'wants `Age: 0,7200` reused, while nine others want each other unclear `Age` to count as stale; ' +
    'stale is always safe, so all of them do',
  'partial-store-partial-reuse-partial-absent': SHORT_PART,
  'partial-store-partial-reuse-partial-suffix': SHORT_PART,
  'conditional-lm-fresh-no-lm':
    'wants a 304 for an `If-Modified-Since` that is older than the response’s `Date`, which RFC 9110, ' +
    '13.1.3 answers with the response',
  'partial-store-partial-complete':
    'wants the missing part asked for and joined to what is stored, without a validator: RFC 9111, ' +
    '3.4 joins parts only under the same strong one',
  'vary-normalise-lang-select':
    'wants a German response for whoever likes German best, whatever else `Accept-Language` says; ' +
    'only the origin knows by what it chooses',
  '304-etag-update-response-ETag':
    'wants a stored response freshened by a 304 with another strong `ETag`, which RFC 9111, 4.3.4 ' +
    'forbids; we ask again',
  'cc-resp-must-revalidate-stale':
    'not always: it asks twice within two seconds by the clock of `Date`, which counts whole ones, ' +
    'and a busy machine takes longer',
  'headers-store-Set-Cookie': HIDDEN,
  'headers-store-Set-Cookie2': HIDDEN,
  'headers-store-Clear-Site-Data': HIDDEN,
  '304-etag-update-response-Set-Cookie': HIDDEN,
  '304-etag-update-response-Set-Cookie2': HIDDEN,
  '304-etag-update-response-Clear-Site-Data': HIDDEN,
};
