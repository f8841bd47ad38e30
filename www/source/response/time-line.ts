/** The life of a response on a line: fresh, then the windows in which it may still serve. */

import { shape } from '../shell/svg';
import type { Explanation } from './explain';

const [WIDTH, HEIGHT] = [720, 92];
const [BAR, THICK] = [34, 16];

/** A part of the line, in seconds of age. */
export interface Span {
  readonly name: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** Returns the parts; the last has no end. */
export function spansOf(explanation: Explanation): Span[] {
  const { lifetime, staleWhileRevalidate, staleIfError } = explanation;
  const spans: Span[] = [
    { name: 'fresh', kind: 'fresh', from: 0, to: lifetime },
    {
      name: 'stale-while-revalidate',
      kind: 'revalidate',
      from: lifetime,
      to: staleWhileRevalidate,
    },
    { name: 'stale-if-error', kind: 'error', from: lifetime, to: staleIfError },
  ];
  return spans.filter(({ from, to }) => to > from);
}

/** Returns the figure. */
export function drawTimeLine(explanation: Explanation): SVGSVGElement {
  const spans = spansOf(explanation);
  const end = Math.max(explanation.age * 1.1, ...spans.map(({ to }) => to), 1);
  const x = (seconds: number): number => (seconds / end) * WIDTH;
  const svg = shape('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': 'The life of the response; the table has the same',
    class: 'time-line',
    preserveAspectRatio: 'none',
  });
  svg.append(shape('rect', { x: 0, y: BAR, width: WIDTH, height: THICK, class: 'over' }));
  spans.forEach(({ kind, from, to }) => {
    const y = kind === 'error' ? BAR + THICK / 2 : BAR;
    const height = kind === 'error' ? THICK / 2 : THICK;
    svg.append(shape('rect', { x: x(from), y, width: x(to) - x(from), height, class: kind }));
  });
  const now = x(explanation.age);
  svg.append(shape('path', { d: `M${now} ${BAR - 14}V${BAR + THICK + 14}`, class: 'now' }));
  return svg;
}

/** Returns a span in words. */
export function inWords(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? (['second', 1] as const);
  const count = Math.round((10 * seconds) / size) / 10;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
