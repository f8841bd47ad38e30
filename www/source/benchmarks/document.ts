/** Shows a document of the project: headings, paragraphs, lists and tables, no more. */

/** Returns elements for the text; nothing in it is ever read as markup. */
export function elementsOf(text: string): HTMLElement[] {
  const blocks = text
    .replace(/<!--[^]*?-->/g, '')
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== '' && !block.startsWith('!['));
  let tables = 0;
  return blocks.map((block) => {
    const lines = block.split('\n');
    if (block.startsWith('#')) {
      return withText(/^##?\s/.test(block) ? 'h3' : 'h4', block.replace(/^#+\s*/, ''));
    }
    if (block.startsWith('|')) {
      return tableOf(lines, ++tables);
    }
    if (block.startsWith('- ')) {
      const list = document.createElement('ul');
      const items = block.slice(2).split(/\n- /);
      list.append(...items.map((item) => withText('li', item)));
      return list;
    }
    return withText('p', lines.join(' '));
  });
}

/** Returns a table that scrolls by itself where it is wider than the page. */
function tableOf([head = '', , ...rows]: readonly string[], number: number): HTMLElement {
  const cellsOf = (line: string): string[] =>
    line
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim());
  const table = document.createElement('table');
  table.className = 'numbers';
  const headings = table.createTHead().insertRow();
  for (const text of cellsOf(head)) {
    const heading = withText(text === '' ? 'td' : 'th', text);
    if (text !== '') {
      heading.setAttribute('scope', 'col');
    }
    headings.append(heading);
  }
  const body = table.createTBody();
  for (const line of rows) {
    const row = body.insertRow();
    cellsOf(line).forEach((text, at) => {
      const isHeading = at === 0 && text !== '';
      const cell = withText(isHeading ? 'th' : 'td', text);
      if (isHeading) {
        cell.setAttribute('scope', 'row');
      }
      row.append(cell);
    });
  }
  const place = document.createElement('div');
  place.className = 'scroll';
  place.tabIndex = 0;
  place.setAttribute('role', 'region');
  place.setAttribute('aria-label', `Table ${number}: ${cellsOf(head).filter(Boolean).join(', ')}`);
  place.append(table);
  return place;
}

function withText(name: string, text: string): HTMLElement {
  const element = document.createElement(name);
  // Code and bold words stand in between; links show their words.
  const parts = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').split(/(`[^`]+`|\*\*[^*]+\*\*)/);
  for (const part of parts) {
    if (part.startsWith('`')) {
      element.append(
        Object.assign(document.createElement('code'), { textContent: part.slice(1, -1) }),
      );
    } else if (part.startsWith('**')) {
      element.append(
        Object.assign(document.createElement('b'), { textContent: part.slice(2, -2) }),
      );
    } else {
      element.append(part);
    }
  }
  return element;
}
