// SPDX-License-Identifier: Apache-2.0
// The variables at the head of both dashboards.
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/catalogue/catalogue.ts';

/** Whatever Prometheus the reader chooses: no dashboard holds the uid of one. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

export function createVariables() {
  const build = METRICS.buildInfo.name;
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    queryVariable('job', 'Job', `label_values(${build}, job)`),
    queryVariable('instance', 'Instance', `label_values(${build}{job=~"$job"}, instance)`),
    queryVariable(
      'device',
      'Device',
      `label_values(${METRICS.deviceUp.name}{job=~"$job", instance=~"$instance"}, device)`,
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
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}
