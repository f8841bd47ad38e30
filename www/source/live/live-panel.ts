/** The live cache: a `TTLCache` under a load that the visitor steers. */

import type { Duration, EvictionPolicy } from 'tidecache';
import { duration } from 'tidecache';

import { drawingMs, every, onFrames } from '../shell/frames';
import { LiveChart } from '../shell/live-chart';
import { Panel } from '../shell/panel';
import { ratioScale, sayMeaning } from '../shell/slider';
import { fillTable, write } from '../shell/table';
import { showTrouble } from '../shell/trouble';
import { EntriesTable, formatSpan } from './entries-table';
import { LiveLoad, type LoadSettings } from './live-load';
import { drawMap, fillMapTable } from './live-map';
import { LIVE_MARKUP } from './live-markup';

const SPAN_MS = 30_000;
const WINDOW_MS = 2_000;
/** After a pause nothing is made up for. */
const FRAME_MS_MAX = 100;
const REQUEST_MS_MAX = 8;
const BATCH = 50;
const TTLS: readonly Duration[] = [
  '1s',
  '2s',
  '3s',
  '5s',
  '10s',
  '20s',
  '30s',
  '1m',
  '5m',
  Infinity,
];

interface Sample {
  readonly at: number;
  readonly hits: number;
  readonly misses: number;
  readonly hitBytes: number;
  readonly missBytes: number;
}

/** The panel at the address `#/live`. */
export class LivePanel extends Panel {
  /** The element's name. */
  static readonly tag = 'live-panel';

  protected readonly markup = LIVE_MARKUP;

  #samples: Sample[] = [];
  #paused = false;
  #owed = 0;

  protected start(signal: AbortSignal): void {
    const load = new LiveLoad(this.#settings());
    const chart = new LiveChart(
      this.find('.chart'),
      [
        { label: 'by requests', color: 'sea' },
        { label: 'by bytes', color: 'sand' },
      ],
      signal,
    );
    const entries = new EntriesTable(this.find('.entries'), () => load, signal);
    this.listen('form', 'input', () => {
      const next = this.#settings();
      if (next.maxSize !== load.settings.maxSize || next.policy !== load.settings.policy) {
        this.#samples = [];
      }
      load.change(next);
    });
    this.listen('form', 'submit', (event) => {
      event.preventDefault();
    });
    this.listen('.pause', 'click', () => {
      this.#paused = !this.#paused;
      this.find('.pause').setAttribute('aria-pressed', String(this.#paused));
    });
    this.listen('.fill', 'click', () => {
      load.beginToFill();
    });
    let last = performance.now();
    let isBroken = false;
    onFrames(signal, (now) => {
      if (isBroken) {
        return;
      }
      try {
        load.fill();
        this.#request(load, Math.min(now - last, FRAME_MS_MAX));
        entries.advance(now);
      } catch (error) {
        isBroken = true;
        showTrouble(error);
      }
      last = now;
    });
    every(drawingMs(), signal, () => {
      this.#draw(load, chart);
      void entries.draw();
    });
    signal.addEventListener('abort', () => {
      load.close();
    });
  }

  /** Makes the requests that are due, and no more than fit into a part of the frame. */
  #request(load: LiveLoad, elapsedMs: number): void {
    if (this.#paused) {
      load.request(0);
      return;
    }
    this.#owed += (elapsedMs / 1000) * load.settings.speed;
    const ends = performance.now() + REQUEST_MS_MAX;
    while (this.#owed >= 1 && performance.now() < ends) {
      const count = Math.min(BATCH, Math.floor(this.#owed));
      load.request(count);
      this.#owed -= count;
    }
    this.#owed %= 1;
  }

  #draw(load: LiveLoad, chart: LiveChart): void {
    const now = performance.now();
    const { hits, misses, hitBytes, missBytes } = load;
    if (!this.#paused) {
      this.#samples.push({ at: now, hits, misses, hitBytes, missBytes });
      this.#samples = this.#samples.filter(({ at }) => now - at < SPAN_MS + WINDOW_MS);
    }
    const newest = this.#samples.at(-1)?.at ?? now;
    const points = this.#samples.map((sample) => ({
      moment: (sample.at - newest) / 1000,
      ...this.#ratesAt(sample),
    }));
    chart.draw([
      points.map(({ moment }) => moment),
      points.map(({ byRequests }) => byRequests),
      points.map(({ byBytes }) => byBytes),
    ]);
    const latest = points.at(-1);
    write(this.find('.rate'), percent(latest?.byRequests ?? 0));
    write(this.find('.byte-rate'), percent(latest?.byBytes ?? 0));
    const stats = load.cache.getStats();
    for (const place of this.querySelectorAll<HTMLElement>('[data-count]')) {
      const name = place.dataset['count'] as 'hits' | 'wasmBytes';
      const kilobytes = `${(stats[name] / 1024).toFixed(0)} kB`;
      write(place, name === 'wasmBytes' ? kilobytes : stats[name].toLocaleString('en'));
    }
    drawMap(this.find<HTMLCanvasElement>('.map'), load);
    if (this.find<HTMLDetailsElement>('.held').open) {
      fillMapTable(this.find<HTMLTableElement>('.held table'), load);
    }
    if (this.find<HTMLDetailsElement>('.rates').open) {
      const rows = points
        .reverse()
        .filter((_, at) => at % 8 === 0)
        .map(({ moment, byRequests, byBytes }) => [
          `${(-moment).toFixed(0)} s ago`,
          percent(byRequests),
          percent(byBytes),
        ]);
      fillTable(this.find('.rates table'), ['time', 'by requests', 'by bytes'], rows);
    }
  }

  /** Returns the hit rates over the two seconds before a sample. */
  #ratesAt(sample: Sample): { byRequests: number; byBytes: number } {
    const before = this.#samples.find(({ at }) => sample.at - at <= WINDOW_MS) ?? sample;
    const part = (hit: number, missed: number): number =>
      hit + missed === 0 ? 0 : (100 * hit) / (hit + missed);
    const isFirst = before === sample;
    const from = isFirst ? { hits: 0, misses: 0, hitBytes: 0, missBytes: 0 } : before;
    return {
      byRequests: part(sample.hits - from.hits, sample.misses - from.misses),
      byBytes: part(sample.hitBytes - from.hitBytes, sample.missBytes - from.missBytes),
    };
  }

  /** Returns what the form says, and writes the meaning of each slider beside it. */
  #settings(): LoadSettings {
    const ttl = TTLS[Number(this.field('ttl').value)]!;
    const ttlMs = typeof ttl === 'string' ? duration(ttl) : ttl;
    const settings = {
      speed: ratioScale(this.field('speed'), 10, 100_000),
      keys: ratioScale(this.field('keys'), 50, 2_000_000),
      skew: Number(this.field('skew').value),
      scan: Number(this.field('scan').value) / 100,
      maxSize: ratioScale(this.field('size'), 10, 1_000_000),
      ttl,
      ttlMs,
      sliding: this.field('sliding').checked,
      policy: this.field('policy').value as EvictionPolicy,
    };
    const meanings = {
      speed: settings.speed.toLocaleString('en'),
      keys: settings.keys.toLocaleString('en'),
      skew: settings.skew.toFixed(2),
      scan: `${(100 * settings.scan).toFixed(0)} %`,
      size: settings.maxSize.toLocaleString('en'),
      ttl: formatSpan(ttlMs),
    };
    for (const [name, meaning] of Object.entries(meanings)) {
      sayMeaning(this.field(name), meaning);
    }
    return settings;
  }
}

function percent(rate: number): string {
  return `${rate.toFixed(1)} %`;
}

customElements.define(LivePanel.tag, LivePanel);
