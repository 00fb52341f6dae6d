// SPDX-License-Identifier: Apache-2.0
// What the XDP program on each device costs a run, as the kernel measures it now and then.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { family } from '../../metrics/family.ts';
import { type Labels, perDevice } from '../../metrics/labels.ts';
import { processStart } from '../../snapshot/device.ts';
import type { ProgramCost, ProgramCostPart } from '../../snapshot/program-cost.ts';
import type { Collector, Reading } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';

const PROGRAM_COST_METRICS = {
  programRunSeconds: {
    name: 'xdp_program_run_seconds_avg',
    otelName: 'xdp.program.run.seconds.avg',
    unit: 's',
    fractional: true,
    type: 'gauge',
    help: 'Average time of a run of the XDP program on the device, in the last measurement of --program-cost. For an observed program it includes the cost of observing. The runs are those on all devices that share the program. Absent if the program did not run during the measurement.',
    labels: ['device', 'program', 'role'],
    values: {
      role: {
        attached: "The exporter's own program.",
        observed: 'Another program, which is observed.',
      },
    },
  },
  programMeasuredRuns: {
    name: 'xdp_program_measured_runs_total',
    otelName: 'xdp.program.measured_runs',
    unit: '{run}',
    type: 'counter',
    help: 'Runs of the XDP program on the device during measurements of --program-cost.',
    labels: ['device'],
  },
} as const satisfies Record<string, MetricDefinition>;

/** The labels of a device's last program. */
const programLabels = perDevice((device) => {
  let last: Labels | undefined;
  return ({ name, role }: ProgramCost['program']): Labels => {
    if (last?.program !== name || last.role !== role) {
      last = { ...device, program: name, role };
    }
    return last;
  };
});

export const programCost = {
  name: 'program_cost',
  metrics: PROGRAM_COST_METRICS,
  read: ({ slots, programCost }: Reading): ProgramCostPart | undefined =>
    programCost && {
      devices: slots.map((slot) => (slot === undefined ? undefined : programCost(slot))),
    },
  families: ({ devices }, context) => [
    family(
      PROGRAM_COST_METRICS.programRunSeconds,
      deviceSamples(devices, context, (samples, { program, averageSeconds }, { labels }) => {
        if (averageSeconds !== undefined) {
          samples.push({ labels: programLabels(labels)(program), value: averageSeconds });
        }
      }),
    ),
    family(
      PROGRAM_COST_METRICS.programMeasuredRuns,
      deviceSamples(devices, context, (samples, { runs }, { device, labels }) => {
        samples.push({ labels, startedAtMs: processStart(device), value: runs });
      }),
    ),
  ],
} as const satisfies Collector<'program_cost', ProgramCostPart>;
