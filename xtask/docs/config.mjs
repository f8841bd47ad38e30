/** VitePress's settings. build.mjs puts this file beside the pages it has gathered. */
import { defineConfig } from 'vitepress';

/** Makes the anchors that the repository's own view of Markdown makes. */
function slugify(text) {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}

const page = (text, link) => ({ text, link });
const group = (text, items, collapsed = false) => ({ text, items, collapsed });

export default defineConfig({
  title: 'tidecache',
  description: 'One cache for every JavaScript runtime, and for Rust',
  base: process.env.DOCS_BASE ?? '/',
  outDir: process.env.DOCS_OUT,
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // The address of a page is its file: any static server will do.
  cleanUrls: false,
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify },
    toc: { slugify },
    headers: { slugify },
  },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      page('Start', '/start'),
      page('API', '/api/index'),
      { ...page('Rust', '/rust/tidecache/index.html'), target: '_self' },
      { ...page('Playground', '/play/index.html'), target: '_self' },
    ],
    sidebar: [
      group('Begin', [
        page('Start in 60 seconds', '/start'),
        page('Overview', '/overview'),
        page('Where it runs', '/runtimes'),
      ]),
      group('By task', [
        page('A TTL cache in a server', '/guides/server'),
        page('Remember a function', '/guides/memoize'),
        page('Stale while revalidate', '/guides/stale'),
        page('A page that remembers', '/guides/browser'),
        page('A service worker', '/guides/service-worker'),
        page('A cluster of three', '/guides/cluster-of-three'),
        page('Workers at the edge', '/guides/edge'),
      ]),
      group('In depth', [
        page('Loading', '/loading'),
        page('Persistence and channels', '/persistence'),
        page('Bytes', '/bytes'),
        page('Policies', '/policies'),
        page('HTTP responses', '/http'),
        page('The cluster', '/cluster'),
        page('Existing engines', '/engines'),
        page('The native server', '/node'),
        page('Adapters', '/adapters'),
        page('Rust', '/rust'),
      ]),
      group('Coming from', [
        page('lru-cache', '/from-lru-cache'),
        page('Keyv', '/from-keyv'),
        page('Workbox', '/from-workbox'),
        page('Redis clients', '/from-redis'),
        page('mtaio', '/from-mtaio'),
      ]),
      group('What holds', [
        page('Guarantees and limits', '/overview#guarantees-and-limits'),
        page('Semantics', '/semantics'),
        page('HTTP conformance', '/conformance'),
        page('HTTP disagreements', '/http-disagreements'),
        page('Figures', '/benchmarks'),
        page('Decisions', '/decisions'),
      ]),
      group('The project', [
        page('Changes', '/changelog'),
        page('Contributing', '/contributing'),
        page('Security', '/security'),
      ]),
    ],
  },
});
