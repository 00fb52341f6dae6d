// SPDX-License-Identifier: Apache-2.0
// Asks Prometheus what a panel would show over a stretch of time.
import type { NamedSeries, PanelData } from '../../../grafana/src/picture/panel-data.ts';
import type { Panel, Target } from '../../deploy/support/dashboards.ts';
import type { PrometheusServer } from './prometheus-server.ts';
import type { Series, TimeRange } from './promql.ts';

/** @param fillIn puts values in the place of the dashboard's variables */
export async function readPanelData(
  prometheus: PrometheusServer,
  { title, type, fieldConfig, targets = [] }: Panel,
  range: TimeRange,
  fillIn: (expr: string) => string,
): Promise<PanelData> {
  const ask = async (target: Target): Promise<readonly NamedSeries[]> => {
    const expr = fillIn(target.expr);
    const answer = target.instant
      ? await prometheus.query(expr, range.end)
      : await prometheus.queryRange(expr, range);
    return answer.map((series) => nameSeries(series, target.legendFormat ?? ''));
  };
  return {
    title,
    type,
    unit: fieldConfig?.defaults.unit ?? 'short',
    isStacked: fieldConfig?.defaults.custom?.stacking?.mode === 'normal',
    answers: await Promise.all(targets.map(ask)),
  };
}

function nameSeries({ metric, points }: Series, legend: string): NamedSeries {
  const name = legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');
  return { name, labels: metric, points };
}
