// SPDX-License-Identifier: Apache-2.0
// Links from what is shown of many nodes to the dashboard of one.
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';

/** Where in the data the instance is. */
const INSTANCE = {
  series: '__field.labels.instance',
  table: '__data.fields.Instance',
} as const;

/** A property of a field that opens the node dashboard on what was clicked, in the same time. */
export function linkToNode(from: keyof typeof INSTANCE): DynamicConfigValue {
  const parameters = [
    filledIn('datasource:queryparam'),
    filledIn('cluster:queryparam'),
    filledIn('job:queryparam'),
    `var-instance=${filledIn(INSTANCE[from])}`,
    filledIn('__url_time_range'),
  ];
  const url = `/d/xdp-node?${parameters.join('&')}`;
  return { id: 'links', value: [{ title: 'Open this node', url }] };
}

/** What Grafana puts in at the click. */
function filledIn(variable: string): string {
  return `\${${variable}}`;
}
