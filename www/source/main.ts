/** The page: one panel at a time, each loaded when it is first asked for. */

import { showTrouble } from './shell/trouble';
import { StartPanel } from './start/start-panel';

/** What each address shows, and what loads it. */
const PANELS: Readonly<Record<string, { title: string; load: () => Promise<string> }>> = {
  '': { title: 'tidecache', load: () => Promise.resolve(StartPanel.tag) },
  live: {
    title: 'Live cache',
    load: async () => (await import('./live/live-panel')).LivePanel.tag,
  },
  policies: {
    title: 'Which policy for me?',
    load: async () => (await import('./policies/policies-panel')).PoliciesPanel.tag,
  },
  cluster: {
    title: 'Cluster',
    load: async () => (await import('./cluster/cluster-panel')).ClusterPanel.tag,
  },
  response: {
    title: 'Explain a response',
    load: async () => (await import('./response/response-panel')).ResponsePanel.tag,
  },
  benchmarks: {
    title: 'Benchmarks',
    load: async () => (await import('./benchmarks/benchmarks-panel')).BenchmarksPanel.tag,
  },
};

let shown: string | undefined;

/** Returns which panel the address names; what follows a question mark is the panel's own. */
function wanted(): string {
  const name = /^#\/(\w*)/.exec(location.hash)?.[1] ?? '';
  return name in PANELS ? name : '';
}

/** Shows the panel that the address names, unless it is there. */
async function show(): Promise<void> {
  const name = wanted();
  if (name === shown) {
    return;
  }
  const isFirst = shown === undefined;
  shown = name;
  const { title, load } = PANELS[name]!;
  document.title = name === '' ? title : `${title} - tidecache`;
  for (const link of document.querySelectorAll<HTMLAnchorElement>('nav a')) {
    if (link.hash === `#/${name}`) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
  const tag = await load();
  if (wanted() !== name) {
    return;
  }
  const main = document.querySelector('main')!;
  main.replaceChildren(document.createElement(tag));
  if (!isFirst) {
    // Who listens hears the new title; who presses Tab goes on from there.
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function showOrSay(): void {
  show().catch(showTrouble);
}

addEventListener('hashchange', () => {
  // The link that skips the navigation has an address that names no panel.
  if (location.hash === '#panel') {
    history.replaceState(null, '', `#/${shown ?? ''}`);
    document.querySelector('main')!.focus();
  } else {
    showOrSay();
  }
});
// What a panel throws as it is shown reaches nobody else.
addEventListener('error', ({ error, message }) => {
  showTrouble(error ?? message);
});
addEventListener('unhandledrejection', ({ reason }) => {
  showTrouble(reason);
});

showOrSay();
performance.mark('interactive');

// After the page is there, so that the first visit does not wait for it.
addEventListener('load', () => {
  if ('serviceWorker' in navigator && import.meta.env.PROD) {
    navigator.serviceWorker.register('service-worker.js').catch(() => {
      // Without it, as in a private window, the page needs the network and is otherwise the same.
    });
  }
});
