/** A chart of percentages that moves with time, in the page's colours. */

import Plot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { paletteColor } from './palette';

/** A line of the chart. */
export interface Line {
  readonly label: string;
  /** The name of one of the palette's colours. */
  readonly color: string;
}

/** The chart in `place`; it follows its width and the page's colours until `signal` ends. */
export class LiveChart {
  readonly #place: HTMLElement;
  readonly #lines: readonly Line[];
  #plot: Plot | undefined;
  #data: Plot.AlignedData;

  constructor(place: HTMLElement, lines: readonly Line[], signal: AbortSignal) {
    this.#place = place;
    this.#lines = lines;
    this.#data = [[], ...lines.map(() => [])];
    const again = (): void => {
      this.#make();
    };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again, { signal });
    const watch = new ResizeObserver(() => {
      this.#plot?.setSize({ width: place.clientWidth, height: place.clientHeight });
    });
    watch.observe(place);
    signal.addEventListener('abort', () => {
      watch.disconnect();
      this.#plot?.destroy();
    });
    this.#make();
  }

  /** Draws the series: moments in seconds from now, then one series a line. */
  draw(data: Plot.AlignedData): void {
    this.#data = data;
    this.#plot?.setData(data);
  }

  #make(): void {
    this.#plot?.destroy();
    const [ink, line] = [paletteColor('soft'), paletteColor('line')];
    const axis = {
      stroke: ink,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const seconds = (_: Plot, moments: number[]): string[] =>
      moments.map((moment) => (moment === 0 ? 'now' : `${moment} s`));
    const percent = (_: Plot, levels: number[]): string[] => levels.map((level) => `${level} %`);
    this.#plot = new Plot(
      {
        width: this.#place.clientWidth,
        height: this.#place.clientHeight,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: [-30, 0] }, y: { range: [0, 100] } },
        axes: [
          { ...axis, values: seconds },
          { ...axis, values: percent, size: 48 },
        ],
        series: [
          {},
          ...this.#lines.map(({ label, color }) => ({
            label,
            stroke: paletteColor(color),
            width: 2,
            points: { show: false },
          })),
        ],
      },
      this.#data,
      this.#place,
    );
  }
}
