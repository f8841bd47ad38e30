/** The entries as a table of which only the rows in sight exist. */

import { write } from '../shell/table';
import { EntriesList, type SortBy, type Wish } from './entries-list';
import type { LiveLoad } from './live-load';

const ROWS = 12;
const ROW_PX = 36;
/** Browsers cannot scroll further than some ten million pixels. */
const SCROLL_PX_MAX = 8e6;
const REFRESH_MS = 2_000;

interface Row {
  readonly line: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
  readonly button: HTMLButtonElement;
  key: string | undefined;
}

/** The table in `place`, which has a filter, a window that scrolls, and a line that counts. */
export class EntriesTable {
  readonly #place: HTMLElement;
  readonly #load: () => LiveLoad;
  readonly #list = new EntriesList();
  readonly #rows: readonly Row[];
  #wish: Wish = { by: 'key', direction: 1, filter: '' };
  #gathered = 0;

  constructor(place: HTMLElement, load: () => LiveLoad, signal: AbortSignal) {
    this.#place = place;
    this.#load = load;
    this.#rows = Array.from({ length: ROWS }, () => this.#makeRow());
    place.querySelector('tbody')!.replaceChildren(...this.#rows.map(({ line }) => line));
    const window = this.#window();
    window.addEventListener('scroll', () => void this.draw(), { signal, passive: true });
    place.querySelector('input')!.addEventListener('input', (event) => {
      this.#want({ ...this.#wish, filter: (event.target as HTMLInputElement).value.trim() });
    });
    for (const button of place.querySelectorAll<HTMLButtonElement>('th button')) {
      button.addEventListener('click', () => {
        const by = button.value as SortBy;
        const direction = this.#wish.by === by && this.#wish.direction === 1 ? -1 : 1;
        this.#want({ ...this.#wish, by, direction });
      });
    }
    signal.addEventListener('abort', () => {
      this.#list.close();
    });
    this.#showOrder();
  }

  /** Goes on with the list; called on each frame. */
  advance(now: number): void {
    if (this.#list.isIdle && now - this.#gathered > REFRESH_MS) {
      this.#gathered = now;
      this.#list.begin(this.#load().cache);
    }
    this.#list.advance(this.#wish, () => {
      const held = this.#list.length;
      const spacer = this.#place.querySelector<HTMLElement>('.spacer')!;
      const height = Math.min(SCROLL_PX_MAX, Math.max(0, held - ROWS) * ROW_PX);
      spacer.style.height = `${height}px`;
      write(this.#place.querySelector('.listed')!, `${held.toLocaleString('en')} listed`);
      void this.draw();
    });
  }

  /** Draws the rows in sight, with what the cache says of them now. */
  async draw(): Promise<void> {
    const window = this.#window();
    const reach = Math.max(1, window.scrollHeight - window.clientHeight);
    const beyond = Math.max(0, this.#list.length - ROWS);
    const first = Math.min(beyond, Math.round((window.scrollTop / reach) * beyond));
    const { cache, settings } = this.#load();
    const shown = this.#rows.map((row, at) => {
      const place = first + at;
      return { row, key: place < this.#list.length ? this.#list.at(place) : undefined };
    });
    await Promise.all(
      shown.map(async ({ row, key }) => {
        const entry = key === undefined ? undefined : await cache.getEntry(key, { touch: false });
        row.key = key;
        row.line.hidden = key === undefined;
        if (key === undefined) {
          return;
        }
        const left = entry === undefined ? 0 : entry.expiresAt - Date.now();
        const [name, bytes, life, state] = row.cells;
        write(name!, key);
        write(bytes!, entry === undefined ? '' : `${entry.value.bytes / 1024} kB`);
        write(life!, entry === undefined ? '' : formatSpan(left));
        write(state!, stateOf(entry !== undefined, left, settings.ttlMs));
        row.button.setAttribute('aria-label', `Delete ${key}`);
      }),
    );
  }

  #window(): HTMLElement {
    return this.#place.querySelector<HTMLElement>('.window')!;
  }

  #want(wish: Wish): void {
    this.#wish = wish;
    this.#gathered = -Infinity;
    this.#list.begin(this.#load().cache);
    this.#showOrder();
  }

  #showOrder(): void {
    for (const button of this.#place.querySelectorAll<HTMLButtonElement>('th button')) {
      const isBy = button.value === this.#wish.by;
      const order = this.#wish.direction === 1 ? 'ascending' : 'descending';
      button.closest('th')!.setAttribute('aria-sort', isBy ? order : 'none');
    }
  }

  #makeRow(): Row {
    const line = document.createElement('tr');
    line.hidden = true;
    const cells = Array.from({ length: 4 }, () => line.insertCell());
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Delete';
    line.insertCell().append(button);
    const row: Row = { line, cells, button, key: undefined };
    button.addEventListener('click', () => {
      if (row.key !== undefined) {
        this.#load().cache.sync.delete(row.key);
        void this.draw();
      }
    });
    return row;
  }
}

function stateOf(isHeld: boolean, left: number, whole: number): string {
  if (!isHeld) {
    return 'gone';
  }
  return left < whole / 5 ? 'ends soon' : 'fresh';
}

/** Returns a span in words. */
export function formatSpan(ms: number): string {
  if (ms === Infinity) {
    return 'for ever';
  }
  return ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`;
}
