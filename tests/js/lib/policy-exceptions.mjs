/**
 * Where `CachePolicy` and `http-cache-semantics` part, each by name, with the section that decides.
 * `answers` are those that may differ; `applies` looks at the headers only.
 */

const DECISIONS = ['satisfies', 'isServed', 'isSynchronous', 'useStaleWhileRevalidate'];
const LIFETIMES = ['maxAge', 'stale', 'timeToLive'];
/** Whether an error may be survived follows from the lifetime. */
const RENEWAL = ['modified', 'matches', 'renewedHeaders', 'renewedStatus'];
const ALL = [...DECISIONS, ...LIFETIMES, ...RENEWAL, 'storable', 'revalidationHeaders'];

const control = (message) => message.headers['cache-control'] ?? '';
const says = (text) => (drawn) => control(drawn.response).includes(text);
const asks = (text) => (drawn) => control(drawn.later).includes(text);
const isShared = ({ options }) => options.shared !== false;
const hasTwice = (message) => {
  const names = control(message)
    .split(',')
    .map((member) => member.split('=')[0].trim().toLowerCase());
  return new Set(names).size < names.length;
};

export const EXCEPTIONS = [
  {
    name: 'RFC 9111 3: any final status with a lifetime is storable',
    answers: ALL,
    applies: ({ response }) => response.status === 503,
  },
  {
    name: 'RFC 9111 3: `private` lets a private cache store any status',
    answers: [...DECISIONS, 'storable', 'revalidationHeaders'],
    applies: (drawn) => !isShared(drawn) && says('private')(drawn),
  },
  {
    name: 'RFC 9111 5.2: names of directives have no case',
    answers: ALL,
    applies: says('Max-Age'),
  },
  {
    name: 'RFC 9111 5.2.2.3: must-understand',
    answers: ALL,
    applies: says('must-understand'),
  },
  {
    name: 'RFC 9111 5.2.2.4: no-cache with names of fields',
    answers: [...DECISIONS, ...LIFETIMES, ...RENEWAL],
    applies: says('no-cache='),
  },
  {
    name: 'RFC 9111 4.2.1: a directive twice, the shorter counts',
    answers: ALL,
    applies: ({ request, response, later }) =>
      hasTwice(response) || hasTwice(later) || hasTwice(request),
  },
  {
    name: 'RFC 9111 5.3: Expires: 0 is past, not the year 2000',
    answers: [...DECISIONS, ...LIFETIMES, ...RENEWAL],
    applies: ({ response }) => response.headers.expires === '0',
  },
  {
    name: 'RFC 9111 4.1: Vary with * answers no request',
    answers: ALL,
    applies: ({ response }) => response.headers.vary === '*',
  },
  {
    name: 'RFC 9110 9.3.3: a POST needs its own URL as Content-Location',
    answers: ALL,
    applies: ({ request }) => request.method === 'POST',
  },
  {
    name: 'RFC 9111 4: what is stored for a GET answers a HEAD',
    answers: DECISIONS,
    applies: ({ request, later }) => request.method === 'GET' && later.method === 'HEAD',
  },
  {
    name: 'RFC 9111 4.2.3: the apparent age',
    answers: [...DECISIONS, ...RENEWAL, 'age', 'stale', 'timeToLive', 'responseHeaders'],
    applies: ({ response }) => Date.parse(response.headers.date) < 784_111_777_000,
  },
  {
    name: 'RFC 9111 4.2.1: an Age that is no number is stale',
    answers: [...DECISIONS, ...RENEWAL, 'age', 'stale', 'timeToLive', 'responseHeaders'],
    applies: ({ response }) => response.headers.age === 'x',
  },
  {
    name: 'RFC 9111 5.2.2.2: must-revalidate forbids staleness, not freshness',
    answers: DECISIONS,
    applies: says('must-revalidate'),
  },
  {
    name: 'RFC 9111 5.2.2.8: so does proxy-revalidate',
    answers: [...DECISIONS, ...LIFETIMES, ...RENEWAL],
    applies: says('proxy-revalidate'),
  },
  {
    name: 'RFC 9111 5.2.2.10: s-maxage forbids staleness in a shared cache',
    answers: [...DECISIONS, ...RENEWAL],
    applies: (drawn) => isShared(drawn) && says('s-maxage')(drawn),
  },
  {
    name: 'RFC 8246 2: immutable gives no lifetime beside Expires and Last-Modified; 24 h are hours',
    answers: [...DECISIONS, ...LIFETIMES, ...RENEWAL],
    applies: says('immutable'),
  },
  {
    name: 'RFC 9111 7.3: Set-Cookie does not forbid reuse',
    answers: [...DECISIONS, ...LIFETIMES, ...RENEWAL],
    applies: (drawn) => isShared(drawn) && drawn.response.headers['set-cookie'] !== undefined,
  },
  {
    name: 'RFC 9111 5.4: Pragma means nothing in a response',
    answers: ALL.concat('object'),
    applies: ({ response }) => response.headers.pragma !== undefined,
  },
  {
    name: 'RFC 9111 5.4: nor beside Cache-Control in a request',
    answers: DECISIONS,
    applies: ({ later }) => later.headers.pragma !== undefined && control(later) !== '',
  },
  {
    name: 'RFC 9111 5.2.2.4: no-cache, whatever the client accepts',
    answers: DECISIONS,
    applies: (drawn) => says('no-cache')(drawn) && asks('max-stale')(drawn),
  },
  {
    name: 'RFC 9111 5.2.1.2: max-stale, to the second, and beside max-age',
    answers: DECISIONS,
    applies: (drawn) =>
      asks('max-stale=')(drawn) || (asks('max-stale')(drawn) && asks('max-age')(drawn)),
  },
  {
    name: 'RFC 9111 3: what must not be stored is not served, whatever the client accepts',
    answers: DECISIONS,
    applies: (drawn) =>
      asks('max-stale')(drawn) &&
      (drawn.response.status === 302 ||
        ['no-store', 'private'].some((text) => says(text)(drawn)) ||
        control(drawn.request).includes('no-store') ||
        drawn.request.headers.authorization !== undefined),
  },
  {
    name: 'RFC 5861: windows, to the second',
    answers: [...DECISIONS, ...RENEWAL],
    applies: (drawn) => says('stale-')(drawn),
  },
  {
    name: 'RFC 9110 13.1: a HEAD is validated by weak tags and dates as well',
    answers: ['revalidationHeaders'],
    applies: ({ request, later }) => request.method !== 'GET' || later.method !== 'GET',
  },
  {
    name: 'RFC 9110 8.8.3.2: a strong tag is not the weak one of the same text',
    answers: RENEWAL,
    applies: ({ response, update }) =>
      response.headers.etag === 'W/"a"' && update.headers.etag === '"a"',
  },
  {
    name: 'RFC 9111 4.3.4: a 304 without validator is about what was asked for',
    answers: RENEWAL,
    applies: ({ update: { status, headers } }) =>
      status === 304 && (headers.etag === undefined || headers['last-modified'] === undefined),
  },
  {
    name: 'RFC 9111 3.2: a 304 also brings fields that were not stored',
    answers: ['renewedHeaders'],
    applies: ({ update }) => update.status === 304,
  },
];
