// SPDX-License-Identifier: Apache-2.0
// Puts rows into a table. Everything that a snapshot says becomes text, never markup.
import type { Rates } from './history.ts';
import type { Cell, Rows } from './rows.ts';

const SVG = 'http://www.w3.org/2000/svg';
const LINE_WIDTH = 100;
const LINE_HEIGHT = 20;

/** The element of that id, of which the document has one. */
export function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) {
    throw new Error(`find element "${id}": the document has none of that kind`);
  }
  return element;
}

/** Leaves alone what has not changed, so that a selection and a reader's place last. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/**
 * @param empty what stands there where there is no row
 * @param ratesOf the rates of a cell that is a line
 */
export function fillTable(
  body: HTMLTableSectionElement,
  rows: Rows,
  empty: string,
  ratesOf: (key: string) => Rates = () => [],
): void {
  const kinds = [...(body.parentElement?.querySelectorAll('thead th') ?? [])].map(
    ({ className }) => className,
  );
  if (rows.length === 0) {
    const cell = document.createElement('td');
    cell.colSpan = kinds.length;
    cell.className = 'text';
    cell.textContent = empty;
    const row = document.createElement('tr');
    row.append(cell);
    body.replaceChildren(row);
    return;
  }
  while (body.rows.length > rows.length) {
    body.deleteRow(-1);
  }
  for (const [index, cells] of rows.entries()) {
    let row = body.rows[index];
    if (row === undefined || row.cells.length !== cells.length) {
      row?.remove();
      row = createRow(kinds);
      body.insertBefore(row, body.rows[index] ?? null);
    }
    for (const [column, cell] of cells.entries()) {
      fillCell(row.cells[column] as HTMLTableCellElement, cell, ratesOf);
    }
  }
}

/** Its first cell names it. */
function createRow(kinds: readonly string[]): HTMLTableRowElement {
  const row = document.createElement('tr');
  for (const [column, kind] of kinds.entries()) {
    const cell = document.createElement(column === 0 ? 'th' : 'td');
    if (column === 0) {
      cell.scope = 'row';
    }
    cell.className = kind;
    row.append(cell);
  }
  return row;
}

function fillCell(
  element: HTMLTableCellElement,
  cell: Cell,
  ratesOf: (key: string) => Rates,
): void {
  if (typeof cell === 'string') {
    setText(element, cell);
  } else if ('line' in cell) {
    drawLine(element, ratesOf(cell.line));
  } else if ('share' in cell) {
    fillWithMark(element, cell.text, 'bar').style.inlineSize = `${100 * cell.share}%`;
  } else {
    fillWithMark(element, cell.text, 'swatch').dataset['colour'] = cell.colour;
  }
}

/** The text, and a mark before it that only eyes need. */
function fillWithMark(element: HTMLElement, text: string, className: string): HTMLElement {
  let [mark, words] = element.children as unknown as [HTMLElement?, HTMLElement?];
  if (mark === undefined || words === undefined) {
    mark = document.createElement('span');
    mark.className = className;
    mark.ariaHidden = 'true';
    words = document.createElement('span');
    element.replaceChildren(mark, words);
  }
  setText(words, text);
  return mark;
}

function drawLine(element: HTMLElement, rates: Rates): void {
  let line = element.querySelector('polyline');
  if (line === null) {
    const picture = document.createElementNS(SVG, 'svg');
    picture.setAttribute('viewBox', `0 0 ${LINE_WIDTH} ${LINE_HEIGHT}`);
    picture.setAttribute('preserveAspectRatio', 'none');
    picture.ariaHidden = 'true';
    line = document.createElementNS(SVG, 'polyline');
    picture.append(line);
    element.replaceChildren(picture);
  }
  line.setAttribute('points', linePoints(rates));
}

/** The newest at the right end, the largest at the top. What is not known counts as nothing. */
function linePoints(rates: Rates): string {
  const largest = Math.max(1, ...rates.map((rate) => rate ?? 0));
  const step = LINE_WIDTH / Math.max(1, rates.length - 1);
  return rates
    .map((rate, index) => {
      const y = LINE_HEIGHT - 1 - ((rate ?? 0) / largest) * (LINE_HEIGHT - 2);
      return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
