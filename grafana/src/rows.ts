// SPDX-License-Identifier: Apache-2.0
// Rows that are closed at first: Grafana wants the panels of such a row inside it, and what follows it moved up.
import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';

type Item = Panel | RowPanel;

interface Group {
  readonly row: RowPanel;
  readonly panels: Panel[];
}

/** @param items rows, each followed by its panels, all at their places as if every row were open */
export function collapseRows(items: readonly Item[], titles: ReadonlySet<string>): Item[] {
  /** Lines of the grid that closed rows have saved so far. */
  let saved = 0;
  return groupByRow(items).flatMap(({ row, panels }) => {
    for (const { gridPos } of [row, ...panels]) {
      if (gridPos !== undefined) {
        gridPos.y -= saved;
      }
    }
    if (!titles.has(row.title ?? '')) {
      return [row, ...panels];
    }
    saved += Math.max(...panels.map(bottomOf)) - bottomOf(row);
    return [{ ...row, collapsed: true, panels }];
  });
}

function groupByRow(items: readonly Item[]): readonly Group[] {
  const groups: Group[] = [];
  for (const item of items) {
    if (isRow(item)) {
      groups.push({ row: item, panels: [] });
    } else {
      groups.at(-1)?.panels.push(item);
    }
  }
  return groups;
}

function isRow(item: Item): item is RowPanel {
  return item.type === 'row';
}

function bottomOf({ gridPos }: Item): number {
  return (gridPos?.y ?? 0) + (gridPos?.h ?? 0);
}
