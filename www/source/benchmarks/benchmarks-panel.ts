/** Benchmarks: here and now against lru-cache, and the tables of the last runs as they stand. */

import benchmarks from '../../../docs/benchmarks.md?raw';
import { Panel } from '../shell/panel';
import { shape } from '../shell/svg';
import { fillTable, write } from '../shell/table';
import { CELLS, CONTESTANTS, type BenchJob, type Measured } from './bench-worker-types';
import { elementsOf } from './document';

const ROUNDS = 7;
const WHAT = {
  hit: 'reads of what is held',
  mix: 'reads, and sets after a miss',
  evict: 'sets that evict',
} as const;

/** The panel at the address `#/benchmarks`. */
export class BenchmarksPanel extends Panel {
  /** The element's name. */
  static readonly tag = 'benchmarks-panel';

  protected readonly markup = `
    <header>
      <h1>Benchmarks, here and now</h1>
      <p class="lead">The synchronous calls beside <code>lru-cache</code>, both with a TTL, by turns
        in a worker of your browser. A page has no CPU time, so this goes by the clock: other tabs
        and the weather of the machine are in it. The spread says how much.</p>
    </header>
    <section class="card" aria-labelledby="run-title">
      <h2 id="run-title">Your browser</h2>
      <form class="buttons" autocomplete="off">
        <label for="entries">Entries</label>
        <select id="entries" name="entries"><option value="1000">1,000</option>
          <option value="10000" selected>10,000</option><option value="100000">100,000</option>
        </select>
        <button type="submit" class="first">Run</button>
        <button type="button" class="cancel" disabled>Cancel</button>
      </form>
      <p class="note told" role="status">Nothing has run yet.</p>
      <div class="bars" tabindex="0" role="region" aria-label="The figures"></div>
      <div class="scroll" tabindex="0" role="region" aria-label="What was measured">
        <table class="numbers"><caption class="unseen">Nanoseconds an operation</caption></table>
      </div>
    </section>
    <section class="card written" aria-labelledby="written-title">
      <h2 id="written-title">The last full runs</h2>
      <p class="note">The project's own record, docs/benchmarks.md, with machine, date and
        command.</p>
      <div class="document"></div>
    </section>`;

  #worker: Worker | undefined;
  #measured: Measured[] = [];

  protected start(signal: AbortSignal): void {
    this.find('.document').append(...elementsOf(benchmarks.replace(/^#\s.*\n/, '')));
    this.listen('form', 'submit', (event) => {
      event.preventDefault();
      this.#run(Number(this.field('entries').value));
    });
    this.listen('.cancel', 'click', () => {
      this.#stop();
      write(this.find('.told'), 'Cancelled.');
    });
    signal.addEventListener('abort', () => {
      this.#worker?.terminate();
    });
  }

  #run(size: number): void {
    this.#stop();
    this.#measured = [];
    this.find<HTMLButtonElement>('.cancel').disabled = false;
    const total = ROUNDS * CELLS.length * CONTESTANTS.length;
    // Written like this, the bundler finds the worker's file.
    const worker = new Worker(new URL('./bench-worker.ts', import.meta.url), { type: 'module' });
    this.#worker = worker;
    write(this.find('.told'), 'Warming up.');
    worker.onmessage = ({ data }: MessageEvent<Measured>) => {
      this.#measured.push(data);
      const done = this.#measured.length;
      write(this.find('.told'), `${done} of ${total} measurements.`);
      if (done === total) {
        this.#stop();
        this.#show();
      }
    };
    worker.onerror = ({ message }) => {
      this.#stop();
      write(this.find('.told'), message);
    };
    const job: BenchJob = { size, rounds: ROUNDS };
    worker.postMessage(job);
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.find<HTMLButtonElement>('.cancel').disabled = true;
  }

  #show(): void {
    const rows = CELLS.flatMap((cell) =>
      CONTESTANTS.map((who) => {
        const times = this.#timesOf(cell, who);
        const peer = this.#timesOf(cell, 'lru-cache');
        // A ratio compares two runs of the same round.
        const ratios = sorted(times.map((time, round) => peer[round]! / time));
        return { cell, who, times: sorted(times), ratios };
      }),
    );
    fillTable(
      this.find('.card table'),
      ['nanoseconds an operation', 'median', 'spread', 'lru-cache / it', 'spread'],
      rows.map(({ cell, who, times, ratios }) => [
        `${who}: ${WHAT[cell]}`,
        median(times).toFixed(0),
        `${times[0]!.toFixed(0)} to ${times.at(-1)!.toFixed(0)}`,
        who === 'lru-cache' ? '' : median(ratios).toFixed(2),
        who === 'lru-cache' ? '' : `${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}`,
      ]),
    );
    const most = Math.max(...rows.map(({ times }) => times.at(-1)!));
    this.find('.bars').replaceChildren(
      ...CELLS.map((cell) => {
        const figure = document.createElement('figure');
        const caption = document.createElement('figcaption');
        caption.textContent = `${WHAT[cell]}: shorter is faster`;
        const mine = rows.filter((row) => row.cell === cell);
        figure.append(caption, drawBars(mine, most));
        return figure;
      }),
    );
    const said = `${ROUNDS} rounds; the table has the medians, the least and the greatest.`;
    write(this.find('.told'), said);
  }

  #timesOf(cell: string, who: string): number[] {
    return this.#measured
      .filter((one) => one.cell === cell && one.who === who)
      .sort((left, right) => left.round - right.round)
      .map(({ nanoseconds }) => nanoseconds);
  }
}

/** Returns a bar for each contestant, its median, with a line from its least to its greatest. */
function drawBars(
  rows: readonly { who: string; times: readonly number[] }[],
  most: number,
): SVGSVGElement {
  const [width, step, left] = [720, 30, 130];
  const svg = shape('svg', {
    viewBox: `0 0 ${width} ${rows.length * step}`,
    role: 'img',
    'aria-label': rows.map(({ who, times }) => `${who} ${median(times).toFixed(0)} ns`).join(', '),
  });
  const x = (time: number): number => (time / most) * (width - left - 10);
  rows.forEach(({ who, times }, at) => {
    const y = at * step;
    svg.append(
      shape('text', { x: 0, y: y + 19 }, who),
      shape('rect', {
        x: left,
        y: y + 6,
        width: x(median(times)),
        height: 18,
        class: who === 'lru-cache' ? 'peer' : 'ours',
      }),
      shape('path', { d: `M${left + x(times[0]!)} ${y + 15}H${left + x(times.at(-1)!)}` }),
    );
  });
  return svg;
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((left, right) => left - right);
}

/** Returns the middle of sorted numbers. */
function median(numbers: readonly number[]): number {
  return numbers[Math.floor(numbers.length / 2)]!;
}

customElements.define(BenchmarksPanel.tag, BenchmarksPanel);
