// SPDX-License-Identifier: Apache-2.0
// The variables at the head of the dashboards.
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/catalogue/catalogue.ts';

/** Whatever Prometheus the reader chooses: no dashboard holds the uid of one. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

/** How a dashboard chooses instances: one at first, or all. */
export type Opening = 'one' | 'all';

export function createVariables(opening: Opening) {
  const build = METRICS.buildInfo.name;
  const inJob = 'cluster=~"$cluster", job=~"$job"';
  const instance = queryVariable(
    'instance',
    'Instance',
    `label_values(${build}{${inJob}}, instance)`,
  );
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    // Series of a single Prometheus have none.
    all(queryVariable('cluster', 'Cluster', `label_values(${build}, cluster)`), '.*'),
    all(queryVariable('job', 'Job', `label_values(${build}{cluster=~"$cluster"}, job)`)),
    // Without "All", Grafana begins with the first of them.
    opening === 'all' ? all(instance) : instance.includeAll(false),
    all(
      queryVariable(
        'device',
        'Device',
        `label_values(${METRICS.deviceUp.name}{${inJob}, instance=~"$instance"}, device)`,
      ),
    ),
  ];
}

function queryVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .allValue('.+');
}

function all(variable: QueryVariableBuilder, value = '.+'): QueryVariableBuilder {
  return variable
    .includeAll(true)
    .allValue(value)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}
