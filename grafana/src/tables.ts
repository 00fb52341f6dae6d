// SPDX-License-Identifier: Apache-2.0
// Tables: rows are what labels tell apart, columns labels and the values of queries.
import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { linkToNode } from './links.ts';
import { type PanelOptions, place, tableQuery } from './panels.ts';

interface Column {
  readonly expr: string;
  readonly title: string;
  readonly unit: string;
}

interface TableOptions extends Omit<PanelOptions, 'queries' | 'unit' | 'max'> {
  /** Labels that become columns, and their titles, from the left. */
  readonly labels: Readonly<Record<string, string>>;
  /** The first one is what rows are sorted by, the largest first. */
  readonly columns: readonly [Column, ...Column[]];
}

export function createTable(options: TableOptions): Table {
  const { labels, columns } = options;
  const [first] = columns;
  const panel = place(new Table(), { ...options, unit: first.unit })
    .targets(columns.map(({ expr }, index) => tableQuery(expr, index)))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({ id: 'organize', options: organize(options) })
    .sortBy([new TableSortByFieldStateBuilder().displayName(first.title).desc(true)])
    .filterable(true);
  for (const { title, unit } of columns) {
    panel.overrideByName(title, [{ id: 'unit', value: unit }]);
  }
  for (const title of Object.values(labels)) {
    const links = options.opensNode && title === 'Instance' ? [linkToNode('table')] : [];
    panel.overrideByName(title, [{ id: 'unit', value: 'string' }, ...links]);
  }
  return panel;
}

function organize({ labels, columns }: TableOptions) {
  // Grafana names a lone query's value "Value", and those of several by their letters.
  const name = (index: number) =>
    columns.length === 1 ? 'Value' : `Value #${String.fromCharCode('A'.charCodeAt(0) + index)}`;
  const values = columns.map(({ title }, index) => [name(index), title] as const);
  const fields = [...Object.entries(labels), ...values];
  return {
    excludeByName: { Time: true },
    indexByName: Object.fromEntries(fields.map(([field], index) => [field, index])),
    renameByName: Object.fromEntries(fields),
  };
}
