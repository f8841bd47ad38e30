/** Which policy: all of them on one trace, in a worker, with the best that could be. */

import { EvictionPolicy } from 'tidecache';

import { Panel } from '../shell/panel';
import { ratioScale, sayMeaning, slider } from '../shell/slider';
import { fillTable, write } from '../shell/table';
import { describe } from '../shell/trouble';
import { drawCurves } from './curve';
import type { ReplayCell, ReplayJob } from './policies-worker';
import { LINES, percent, Results, verdict } from './results';
import { generate, read, sizesFor, type Trace, type Workload } from './trace';

const DRAW_MS = 200;

const legend = LINES.map(({ label, color }) => `<li><i class="${color}"></i>${label}</li>`).join(
  '',
);

/** The panel at the address `#/policies`. */
export class PoliciesPanel extends Panel {
  /** The element's name. */
  static readonly tag = 'policies-panel';

  protected readonly markup = `
    <header>
      <h1>Which policy for me?</h1>
      <p class="lead">Give a trace of your own, or take a workload. Every policy of the package runs
        over it at eight sizes, in a worker of this page; the trace stays here.</p>
    </header>
    <div class="beside">
      <form class="card" autocomplete="off">
        <fieldset>
          <legend>Your trace</legend>
          <div class="field">
            <label for="file">A file: a key a line (CSV), or <code>.u32</code> numbers</label>
            <input id="file" name="file" type="file" accept=".csv,.txt,.u32" />
          </div>
          <p class="note">Or drop it anywhere on this panel. A million requests at most.</p>
        </fieldset>
        <fieldset>
          <legend>Or a workload</legend>
          <div class="field"><label for="kind">Kind</label>
            <select id="kind" name="kind">
              <option value="zipf">Popular and rare keys (Zipf)</option>
              <option value="scan">The same, with scans</option>
              <option value="loop">A loop over all keys</option>
              <option value="drift">Popularity that drifts</option>
            </select></div>
          ${slider({ name: 'keys', label: 'Keys', min: 0, max: 100, value: 50 })}
          ${slider({ name: 'skew', label: 'Skew', min: 0, max: 1.4, step: 0.05, value: 0.8 })}
          ${slider({ name: 'requests', label: 'Requests', min: 0, max: 100, value: 50 })}
        </fieldset>
        <div class="buttons">
          <button type="submit" class="first run">Run</button>
          <button type="button" class="cancel" disabled>Cancel</button>
        </div>
        <progress value="0" max="1" aria-label="Runs that are over"></progress>
        <p class="note told" role="status"></p>
      </form>
      <div>
        <section class="card" aria-labelledby="verdict-title">
          <h2 id="verdict-title">The verdict</h2>
          <p class="verdict" role="status">Nothing has run yet.</p>
        </section>
        <section class="card" aria-labelledby="curve-title">
          <h2 id="curve-title">Misses by size</h2>
          <ul class="legend">${legend}</ul>
          <div class="curves" tabindex="0" role="region" aria-label="The figure"></div>
          <div class="scroll" tabindex="0" role="region" aria-label="The numbers of the figure">
            <table class="numbers"><caption>The share of requests that miss</caption></table>
          </div>
          <div class="buttons exports">
            <button type="button" value="csv" disabled>Save as CSV</button>
            <button type="button" value="svg" disabled>Save as SVG</button>
            <button type="button" value="url" disabled>Copy the address</button>
          </div>
        </section>
      </div>
    </div>`;

  #worker: Worker | undefined;
  #results: Results | undefined;
  #isGenerated = true;
  #due: ReturnType<typeof setTimeout> | undefined;

  protected start(signal: AbortSignal): void {
    this.#readAddress();
    this.#workload();
    this.listen('form', 'input', () => {
      this.#workload();
    });
    this.listen('form', 'submit', (event) => {
      event.preventDefault();
      this.#isGenerated = true;
      this.#run(generate(this.#workload()));
    });
    this.listen('[name=file]', 'change', () => {
      this.#runFile(this.field('file').files?.[0]);
    });
    this.listen('.cancel', 'click', () => {
      this.#stop();
      write(this.find('.told'), 'Cancelled.');
    });
    this.addEventListener('dragover', (event) => {
      event.preventDefault();
    });
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      this.#runFile(event.dataTransfer?.files[0]);
    });
    this.listen('.exports', 'click', ({ target }) => {
      this.#export((target as HTMLButtonElement).value);
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener(
      'change',
      () => {
        this.#draw();
      },
      { signal },
    );
    signal.addEventListener('abort', () => {
      this.#stop();
    });
  }

  #runFile(file: File | undefined): void {
    if (file === undefined) {
      return;
    }
    this.#isGenerated = false;
    read(file).then(
      (trace) => {
        this.#run(trace);
      },
      (error: unknown) => {
        write(this.find('.told'), describe(error));
      },
    );
  }

  #run({ name, ids, keys, isCut }: Trace): void {
    this.#stop();
    if (keys < 2) {
      write(this.find('.told'), `${name}: fewer than two keys; nothing to choose between.`);
      return;
    }
    const sizes = sizesFor(keys);
    const results = new Results(ids.length, sizes);
    this.#results = results;
    const cut = isCut ? ', the beginning of a longer trace' : '';
    const counts = `${ids.length.toLocaleString('en')} requests, ${keys.toLocaleString('en')} keys`;
    write(this.find('.told'), `${name}: ${counts}${cut}.`);
    write(this.find('.verdict'), 'Running.');
    // Written like this, the bundler finds the worker's file.
    const worker = new Worker(new URL('./policies-worker.ts', import.meta.url), { type: 'module' });
    this.#worker = worker;
    this.find<HTMLButtonElement>('.cancel').disabled = false;
    worker.onmessage = ({ data }: MessageEvent<ReplayCell>) => {
      results.add(data.policy, data.size, data.misses);
      this.#due ??= setTimeout(() => {
        this.#draw();
      }, DRAW_MS);
      if (results.done === results.total) {
        this.#draw();
        this.#stop();
        write(
          this.find('.verdict'),
          verdict(results).replace(/\s+/g, ' ').replaceAll(' %', '\u00a0%'),
        );
      }
    };
    worker.onerror = ({ message }) => {
      this.#stop();
      write(this.find('.told'), message);
    };
    const policies = Object.values(EvictionPolicy);
    const job: ReplayJob = { ids, keys, sizes, policies };
    worker.postMessage(job, [ids.buffer]);
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    clearTimeout(this.#due);
    this.#due = undefined;
    if (this.isConnected) {
      this.find<HTMLButtonElement>('.cancel').disabled = true;
      const isWhole = this.#results !== undefined && this.#results.done === this.#results.total;
      if (!isWhole) {
        write(this.find('.verdict'), 'Nothing has run to its end yet.');
      }
    }
  }

  #draw(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    const results = this.#results;
    if (results === undefined) {
      return;
    }
    const progress = this.find<HTMLProgressElement>('progress');
    progress.max = results.total;
    progress.value = results.done;
    this.find('.curves').replaceChildren(drawCurves(results));
    const heads = ['room', ...LINES.map(({ label }) => label)];
    const rows = results.sizes.map((size) => [
      size.toLocaleString('en'),
      ...LINES.map(({ policy }) => {
        const ratio = results.at(policy, size);
        return ratio === undefined ? '' : percent(ratio);
      }),
    ]);
    fillTable(this.find('table'), heads, rows);
    const isWhole = results.done === results.total;
    for (const button of this.querySelectorAll<HTMLButtonElement>('.exports button')) {
      button.disabled = !isWhole || (button.value === 'url' && !this.#isGenerated);
    }
  }

  #export(what: string): void {
    const results = this.#results;
    if (what === 'url') {
      const { kind } = this.#workload();
      const sliders = ['keys', 'skew', 'requests'].map((name) => [name, this.field(name).value]);
      const query = new URLSearchParams([['kind', kind], ...(sliders as [string, string][])]);
      history.replaceState(null, '', `#/policies?${query}`);
      navigator.clipboard.writeText(location.href).then(
        () => {
          write(this.find('.told'), 'The address is copied.');
        },
        () => {
          write(this.find('.told'), 'The address stands in the address bar.');
        },
      );
    } else if (results !== undefined && what === 'csv') {
      save('policies.csv', 'text/csv', results.toCsv());
    } else if (results !== undefined && what === 'svg') {
      save('policies.svg', 'image/svg+xml', drawCurves(results).outerHTML);
    }
  }

  /** Takes the workload that the address names. */
  #readAddress(): void {
    const query = new URLSearchParams(location.hash.split('?')[1] ?? '');
    for (const name of ['kind', 'keys', 'skew', 'requests']) {
      const value = query.get(name);
      const field = this.field(name);
      const isKnown = name !== 'kind' || ['zipf', 'scan', 'loop', 'drift'].includes(value ?? '');
      if (value !== null && isKnown) {
        field.value = value;
      }
    }
  }

  #workload(): Workload {
    const workload: Workload = {
      kind: this.field('kind').value as Workload['kind'],
      keys: ratioScale(this.field('keys'), 100, 100_000),
      skew: Number(this.field('skew').value),
      requests: ratioScale(this.field('requests'), 10_000, 1_000_000),
    };
    sayMeaning(this.field('keys'), workload.keys.toLocaleString('en'));
    sayMeaning(this.field('skew'), workload.skew.toFixed(2));
    sayMeaning(this.field('requests'), workload.requests.toLocaleString('en'));
    return workload;
  }
}

/** Hands a text to the browser as a file. */
function save(name: string, type: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

customElements.define(PoliciesPanel.tag, PoliciesPanel);
