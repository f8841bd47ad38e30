/** Tables beside charts: the same numbers, for whoever reads rather than looks. */

/** Fills a table with one row of headings and rows whose first cell is their heading. */
export function fillTable(
  table: HTMLTableElement,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const caption = table.caption;
  const head = document.createElement('thead');
  head.append(row(headings, () => 'col'));
  const body = document.createElement('tbody');
  body.append(...rows.map((cells) => row(cells, (at) => (at === 0 ? 'row' : undefined))));
  table.replaceChildren(...(caption === null ? [] : [caption]), head, body);
}

function row(
  texts: readonly string[],
  scopeOf: (at: number) => string | undefined,
): HTMLTableRowElement {
  const line = document.createElement('tr');
  texts.forEach((text, at) => {
    const scope = scopeOf(at);
    const cell = document.createElement(scope === undefined ? 'td' : 'th');
    if (scope !== undefined) {
      cell.setAttribute('scope', scope);
    }
    cell.textContent = text;
    line.append(cell);
  });
  return line;
}

/** Writes a text where it is another one: what has not changed is not read out again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
