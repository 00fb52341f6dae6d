// SPDX-License-Identifier: Apache-2.0
// What happened to an exporter or a device, as lines through every panel over time.
import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../../src/catalogue/catalogue.ts';
import { series } from './query.ts';
import { DATASOURCE } from './variables.ts';

/** How often Prometheus is asked for them, and how far each question looks back. */
const STEP = '1m';

const MODES = 'instance, netns, device, role, mode';

export function createAnnotations(): AnnotationQueryBuilder[] {
  const modes = `max by (${MODES}) (${series(METRICS.programInfo)}`;
  const known = `max by (instance, netns, device) (${series(METRICS.deviceUp)} offset ${STEP})`;
  return [
    annotation(
      'Restarts',
      'red',
      `sum by (instance) (resets(${series(METRICS.processCpu, 'process="engine"')}[${STEP}])) > 0`,
      'The exporter on {{instance}} started again',
    ),
    annotation(
      'Restarts of the process that serves',
      'orange',
      `sum by (instance) (increase(${series(METRICS.wireRestarts)}[${STEP}])) > 0`,
      'The process that serves on {{instance}} started again',
    ),
    annotation(
      'Mode changes',
      'blue',
      `(${modes}) unless ${modes} offset ${STEP})) and on (instance, netns, device) ${known}`,
      '{{device}} of {{instance}} {{netns}} is {{role}} in {{mode}} mode now',
    ),
  ];
}

function annotation(name: string, colour: string, expr: string, title: string) {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(colour)
    .expr(expr)
    .step(STEP)
    .titleFormat(title);
}
