/** Real nodes by their addresses: whether they answer, and how fast. */

import { DistributedCache } from 'tidecache/cluster';

import { every } from '../shell/frames';
import { fillTable, write } from '../shell/table';
import { describe } from '../shell/trouble';

const LOOK_MS = 1_000;

/** Its markup. */
export const REAL_NODES_MARKUP = `
  <h2 id="real-title">Real nodes</h2>
  <p class="note">Addresses of nodes that let this page in (their option <code>origins</code>). This
    is the one thing here that leaves the page.</p>
  <form class="real" autocomplete="off">
    <div class="field"><label for="addresses">Addresses, with spaces between them</label>
      <input id="addresses" name="addresses" placeholder="ws://127.0.0.1:5000" spellcheck="false" />
    </div>
    <div class="field"><label for="token">Token, if they want one</label>
      <input id="token" name="token" spellcheck="false" /></div>
    <div class="buttons"><button type="submit">Connect</button>
      <span class="note" role="status"></span></div>
  </form>
  <div class="scroll"><table class="health"><caption class="unseen">Health</caption></table></div>`;

/** Works the form in `place` until `signal` ends. */
export function watchRealNodes(place: HTMLElement, signal: AbortSignal): void {
  const form = place.querySelector('form')!;
  const say = (text: string): void => {
    write(form.querySelector('[role=status]')!, text);
  };
  let cache: DistributedCache | undefined;
  const show = (): void => {
    const rows = cache?.nodes.map(({ id, state, rttMs }) => [id, state, `${rttMs.toFixed(1)} ms`]);
    if (rows !== undefined) {
      fillTable(place.querySelector('table')!, ['node', 'state', 'answers in'], rows);
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void cache?.close();
    const data = new FormData(form);
    const nodes = (data.get('addresses') as string).split(/\s+/).filter((text) => text !== '');
    const token = data.get('token') as string;
    try {
      cache = new DistributedCache({ nodes, ...(token !== '' && { token }) });
    } catch (error) {
      cache = undefined;
      say(describe(error));
      return;
    }
    say('Connecting');
    cache.connect().then(
      () => {
        say('Enough of them answer.');
        show();
      },
      (error: unknown) => {
        say(describe(error));
        show();
      },
    );
  });
  every(LOOK_MS, signal, show);
  signal.addEventListener('abort', () => void cache?.close());
}
