/** The miss-ratio curves as a figure that also stands alone, as a file. */

import { paletteColor } from '../shell/palette';
import { pathThrough, shape } from '../shell/svg';
import { LINES, type Results } from './results';

const [WIDTH, HEIGHT] = [720, 400];
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 12, 12, 48];

/** Returns the figure of what is there so far. */
export function drawCurves(results: Results): SVGSVGElement {
  const svg = shape('svg', {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': 'The share of misses by cache size, a line a policy; the table has the numbers',
    'font-family': 'system-ui, sans-serif',
    'font-size': 12,
  });
  const { sizes } = results;
  const [least, most] = [Math.log(sizes[0]!), Math.log(sizes.at(-1)!)];
  const x = (size: number): number => {
    const part = most === least ? 0.5 : (Math.log(size) - least) / (most - least);
    return LEFT + part * (WIDTH - LEFT - RIGHT);
  };
  const y = (ratio: number): number => TOP + (1 - ratio) * (HEIGHT - TOP - BOTTOM);
  const [ink, line] = [paletteColor('soft'), paletteColor('line')];
  for (const ratio of [0, 0.25, 0.5, 0.75, 1]) {
    const path = `M${LEFT} ${y(ratio)}H${WIDTH - RIGHT}`;
    svg.append(shape('path', { d: path, stroke: line, fill: 'none' }));
    const at = { x: LEFT - 8, y: y(ratio) + 4, 'text-anchor': 'end', fill: ink };
    svg.append(shape('text', at, `${100 * ratio} %`));
  }
  for (const size of sizes) {
    const anchor = size === sizes.at(-1) ? 'end' : 'middle';
    const at = { x: x(size), y: HEIGHT - BOTTOM + 18, 'text-anchor': anchor, fill: ink };
    svg.append(shape('text', at, size.toLocaleString('en')));
  }
  const middle = { x: (LEFT + WIDTH) / 2, y: HEIGHT - 8, 'text-anchor': 'middle', fill: ink };
  svg.append(shape('text', middle, 'room in entries; up: the share of requests that miss'));
  // The last drawn lies on top: Belady below all, adaptive above all but it.
  for (const { policy, color, dash } of [...LINES].reverse()) {
    const points = sizes.flatMap((size) => {
      const ratio = results.at(policy, size);
      return ratio === undefined ? [] : [[x(size), y(ratio)] as const];
    });
    const attributes = {
      d: pathThrough(points),
      fill: 'none',
      stroke: paletteColor(color),
      'stroke-width': 2,
      'stroke-linejoin': 'round',
      ...(dash !== '' && { 'stroke-dasharray': dash }),
    };
    svg.append(shape('path', attributes));
  }
  return svg;
}
