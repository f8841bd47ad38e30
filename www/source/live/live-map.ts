/** The map: a cell for each of the most popular pages, and what the cache has made of it. */

import { paletteColor } from '../shell/palette';
import { fillTable } from '../shell/table';
import { Cell, MAPPED, type LiveLoad } from './live-load';

const FLASH_MS = 1_500;
const GAP = 1;

/** Draws all cells; the first rows are the pages most asked for. */
export function drawMap(canvas: HTMLCanvasElement, load: LiveLoad): void {
  const count = Math.min(MAPPED, load.settings.keys);
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth * ratio;
  const height = canvas.clientHeight * ratio;
  if (canvas.width !== Math.round(width) || canvas.height !== Math.round(height)) {
    canvas.width = Math.round(width);
    canvas.height = Math.round(height);
  }
  const context = canvas.getContext('2d')!;
  context.clearRect(0, 0, width, height);
  // As square as the count allows.
  const columns = Math.max(1, Math.round(Math.sqrt((count * width) / height)));
  const [cellWidth, cellHeight] = [width / columns, height / Math.ceil(count / columns)];
  const colors = {
    absent: paletteColor('line'),
    held: paletteColor('sea'),
    evicted: paletteColor('coral'),
    expired: paletteColor('sand'),
  };
  const now = Date.now();
  for (let rank = 0; rank < count; rank++) {
    const cell = load.cells[rank];
    const isFlash = now - load.since[rank]! < FLASH_MS;
    context.globalAlpha = 1;
    context.fillStyle = colors.absent;
    if (cell === Cell.Held) {
      const left = (load.until[rank]! - now) / load.settings.ttlMs;
      // A dead entry that no sweep has met yet looks as one that has just been swept.
      context.fillStyle = left <= 0 ? colors.expired : colors.held;
      context.globalAlpha = left <= 0 || Number.isNaN(left) ? 1 : 0.35 + 0.65 * Math.min(1, left);
    } else if (isFlash && cell !== Cell.Absent) {
      context.fillStyle = cell === Cell.Evicted ? colors.evicted : colors.expired;
    }
    const [x, y] = [(rank % columns) * cellWidth, Math.floor(rank / columns) * cellHeight];
    context.fillRect(x, y, Math.max(1, cellWidth - GAP * ratio), Math.max(1, cellHeight - ratio));
  }
}

/** Writes the map's numbers: how much of each range of ranks is held. */
export function fillMapTable(table: HTMLTableElement, load: LiveLoad): void {
  const count = Math.min(MAPPED, load.settings.keys);
  const rows: string[][] = [];
  for (let from = 0, to = 10; from < count; from = to, to *= 5) {
    const until = Math.min(to, count);
    const held = load.cells.subarray(from, until).filter((cell) => cell === Cell.Held).length;
    const share = ((100 * held) / (until - from)).toFixed(0);
    rows.push([`${from + 1} to ${until}`, `${held}`, `${share} %`]);
  }
  fillTable(table, ['pages by popularity', 'held', 'share'], rows);
}
