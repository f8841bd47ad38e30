/**
 * Who is tested, what they must reach, and what others reached.
 *
 * A floor is what a run must have, a little below what runs have (docs/conformance.md): the suite
 * waits three real seconds at a time, and a busy machine costs a test or two. `executed` is what
 * keeps a suite that silently does not run from passing.
 */
import { runContestant } from './run.mjs';
import { runWorker } from './worker.mjs';

/** The contestants in the order they run. */
export const CONTESTANTS = [
  {
    name: 'none',
    title: 'no cache at all',
    is: 'a control: what a test passes when nothing is cached',
    edition: 'private',
    floors: { executed: 140, required: 40, optimal: 0 },
    run: () => runContestant('none'),
  },
  {
    name: 'undici',
    title: 'undici 7.30.2, `interceptors.cache`',
    is: 'a control: known to have 119 and 51',
    edition: 'private',
    floors: { executed: 262, required: 117, optimal: 49 },
    run: () => runContestant('undici'),
  },
  {
    name: 'private',
    title: 'tidecache, `fetch` in Node',
    is: '`createCache({ shared: false }).fetch(fetch)`',
    edition: 'private',
    floors: { executed: 285, required: 138, optimal: 61 },
    run: () => runContestant('private'),
  },
  {
    name: 'proxy',
    title: 'tidecache, reverse proxy',
    is: '`examples/proxy/proxy.mjs`',
    edition: 'shared',
    floors: { executed: 315, required: 147, optimal: 78 },
    run: () => runContestant('proxy'),
  },
  {
    name: 'worker',
    title: 'tidecache, service worker in Chromium',
    is: '`HttpSemantics` for every request, the browser’s own cache kept out',
    edition: 'private',
    floors: { executed: 285, required: 131, optimal: 61 },
    run: runWorker,
  },
];

/** What others reached: one run each, two more or less by chance. */
export const ANCHORS = [
  ['npm edition, private', 'undici 7', '119/147', '51/68'],
  ['npm edition, shared', 'a proxy on http-cache-semantics', '126/157', '41/86'],
  ['later edition, shared', 'Apache Traffic Server', '132/160', '70/105'],
  ['later edition, shared', 'Apache httpd', '131/160', '68/105'],
  ['later edition, shared', 'undici', '126/160', '68/105'],
  ['later edition, shared', 'a proxy on http-cache-semantics', '123/160', '67/105'],
  ['later edition, shared', 'Varnish', '119/160', '45/105'],
  ['later edition, private', 'undici', '118/137', '57/77'],
  ['later edition, private', 'Chromium', '117/137', '56/77'],
  ['later edition, worker', 'a worker on http-cache-semantics', '110/137', '50/77'],
  ['later edition, worker', 'Workbox NetworkFirst', '117/137', '56/77'],
  ['later edition, worker', 'Workbox StaleWhileRevalidate', '19/137', '7/77'],
  ['later edition, worker', 'Workbox CacheFirst', '13/137', '5/77'],
];
