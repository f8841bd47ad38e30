/** The first screen: what it is, how to have it, and a cache at work. */

import { TTLCache } from 'tidecache';

import { drawingMs, every, onFrames } from '../shell/frames';
import { Panel } from '../shell/panel';
import { pathThrough } from '../shell/svg';
import { fillTable, write } from '../shell/table';
import { showTrouble } from '../shell/trouble';
import { seeded, zipf } from '../work/random';

const SAMPLES = 120;
const REQUESTS_A_FRAME = 12;
const PAGES = 600;
const ROOM = 120;

/** The panel at the address `#/`. */
export class StartPanel extends Panel {
  /** The element's name. */
  static readonly tag = 'start-panel';

  protected readonly markup = `
    <section class="promise">
      <h1>One cache for every JavaScript runtime, from one page to a cluster.</h1>
      <div class="install">
        <code>npm install tidecache</code>
        <button type="button" class="copy">Copy</button>
        <span class="note" role="status"></span>
      </div>
      <ul class="ways">
        <li><a href="#/live">Steer a live cache</a>
          <span>Turn the load, the policy and the room, and watch what stays.</span></li>
        <li><a href="#/policies">Find your policy</a>
          <span>Drop a trace: seven policies and Belady, in a worker.</span></li>
        <li><a href="#/cluster">Break a cluster</a>
          <span>Kill, pause and cut off nodes while reads and writes go on.</span></li>
      </ul>
    </section>
    <section class="card tide" aria-labelledby="tide-title">
      <div class="reading">
        <h2 id="tide-title">Hit rate, now</h2>
        <p class="figure"><span class="rate">0.0</span><span class="unit">%</span></p>
        <p class="note">A <code>TTLCache</code> with room for ${ROOM} of ${PAGES} pages, in this
          page. Visitors ask by Zipf's law; what is not held is a miss.</p>
        <button type="button" class="pause" aria-pressed="false">Pause</button>
      </div>
      <figure>
        <svg class="line" viewBox="0 0 ${SAMPLES - 1} 100" preserveAspectRatio="none" role="img"
          aria-label="The hit rate over the last half minute">
          <path class="grid" d="M0 25H${SAMPLES}M0 50H${SAMPLES}M0 75H${SAMPLES}" />
          <path class="area" /><path class="surface" />
        </svg>
        <figcaption><span>30 s ago</span><span>now</span></figcaption>
        <details><summary>The same as a table</summary>
          <table class="numbers"><caption class="unseen">Hit rate by time</caption></table>
        </details>
      </figure>
    </section>`;

  #samples: number[] = [];
  #paused = false;

  protected start(signal: AbortSignal): void {
    const cache = new TTLCache<string>({ maxSize: ROOM, evictionPolicy: 'adaptive' });
    const draw = zipf(PAGES, 0.9, seeded(7));
    const { sync } = cache;
    let counted = { hits: 0, misses: 0 };
    // What goes wrong, such as a page that may not compile WebAssembly, is said once.
    const work = (): void => {
      for (let made = 0; made < REQUESTS_A_FRAME && !this.#paused; made++) {
        const key = `page/${draw()}`;
        if (sync.get(key) === undefined) {
          sync.set(key, key);
        }
      }
    };
    const life = new AbortController();
    signal.addEventListener('abort', () => {
      life.abort();
    });
    onFrames(life.signal, () => {
      try {
        work();
      } catch (error) {
        life.abort();
        showTrouble(error);
      }
    });
    every(drawingMs(), life.signal, () => {
      const { hits, misses } = cache.getStats();
      const reads = hits + misses - counted.hits - counted.misses;
      if (reads > 0) {
        this.#samples.push((100 * (hits - counted.hits)) / reads);
        this.#samples = this.#samples.slice(-SAMPLES);
        counted = { hits, misses };
        this.#draw();
      }
    });
    signal.addEventListener('abort', () => void cache.close());
    this.#listenToButtons();
  }

  #listenToButtons(): void {
    this.listen('.pause', 'click', () => {
      this.#paused = !this.#paused;
      this.find('.pause').setAttribute('aria-pressed', String(this.#paused));
    });
    this.listen('.copy', 'click', () => {
      const say = (text: string): void => {
        write(this.find('.install [role=status]'), text);
      };
      navigator.clipboard.writeText('npm install tidecache').then(
        () => {
          say('Copied');
        },
        () => {
          say('The browser does not let the page copy');
        },
      );
    });
  }

  #draw(): void {
    const samples = this.#samples;
    const first = SAMPLES - samples.length;
    const smooth = samples.map((_, at) => mean(samples.slice(Math.max(0, at - 7), at + 1)));
    const points = smooth.map((rate, at) => [first + at, 100 - rate] as const);
    const line = pathThrough(points);
    this.find('.surface').setAttribute('d', line);
    this.find('.area').setAttribute('d', `${line}V100H${first}Z`);
    write(this.find('.rate'), smooth.at(-1)!.toFixed(1));
    if (this.find<HTMLDetailsElement>('details').open) {
      const back = (at: number): string =>
        `${(((smooth.length - 1 - at) * drawingMs()) / 1000).toFixed(0)} s ago`;
      const rows = smooth.map((rate, at) => [back(at), `${rate.toFixed(1)} %`]);
      const few = rows.filter((_, at) => (smooth.length - 1 - at) % 12 === 0).reverse();
      fillTable(this.find<HTMLTableElement>('table'), ['time', 'hit rate'], few);
    }
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

customElements.define(StartPanel.tag, StartPanel);
