// SPDX-License-Identifier: Apache-2.0
// The metrics of the XDP tracepoints.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../../metrics/family.ts';
import { createLabelCache, type Labelled, type Labels, perDevice } from '../../metrics/labels.ts';
import { meaningsOf } from '../../reasons.ts';
import { ACTIONS } from '../../snapshot/packet-class.ts';
import {
  REDIRECT_ERRORS,
  TRACEPOINT_REASONS,
  type TracepointDevice,
  type TracepointsPart,
} from '../../snapshot/tracepoints.ts';
import type { FamilyContext } from '../collector.ts';

const WHOSE =
  "Counts every XDP program on the device, not only the exporter's own, from the time when the device is first selected.";

export const TRACEPOINT_METRICS = {
  exceptions: {
    name: 'xdp_exceptions_total',
    otelName: 'xdp.exceptions',
    unit: '{packet}',
    type: 'counter',
    help: `Frames that the kernel dropped because the XDP program returned aborted or an undefined code (invalid), or because tx or redirect failed in the driver: tracepoint xdp_exception, by verdict. A redirect through an empty map entry counts as aborted. ${WHOSE}`,
    labels: ['device', 'action'],
  },
  redirectErrors: {
    name: 'xdp_redirect_errors_total',
    otelName: 'xdp.redirect.errors',
    unit: '{packet}',
    type: 'counter',
    help: `Frames whose redirect failed, so that the kernel dropped them: tracepoint xdp_redirect_err, by errno symbol, for errors that have occurred; rare errors count as reason="other". ${WHOSE}`,
    labels: ['device', 'reason'],
  },
  devmapFrames: {
    name: 'xdp_devmap_frames_total',
    otelName: 'xdp.devmap.frames',
    unit: '{packet}',
    type: 'counter',
    help: 'Frames that XDP programs redirected from one device to another, through a map or by index, in native mode: tracepoint xdp_devmap_xmit. A device that has the label netns in other metrics is NETNS/DEVICE here. A device that is not selected appears as "not selected"; frames between two such devices are not counted.',
    labels: ['from', 'to', 'outcome'],
    values: {
      outcome: {
        sent: 'The driver of the second device accepted the frame.',
        dropped:
          'The queue of the driver was full, or a program in the map did not pass the frame.',
      },
    },
  },
  cpumapFrames: {
    name: 'xdp_cpumap_frames_total',
    otelName: 'xdp.cpumap.frames',
    unit: '{packet}',
    type: 'counter',
    help: 'Frames that XDP programs redirected to a CPU, by cpumap id and CPU: tracepoint xdp_cpumap_enqueue. Covers all cpumaps of the machine, for any device.',
    labels: ['map', 'cpu', 'outcome'],
    values: {
      outcome: {
        enqueued: 'The frame is in the queue of the CPU.',
        dropped: 'The queue of the CPU was full.',
      },
    },
  },
  tracepointUp: {
    name: 'xdp_tracepoint_up',
    otelName: 'xdp.tracepoint.up',
    unit: '',
    type: 'gauge',
    help: 'Whether the exporter uses this kernel tracepoint: 1 for yes, 0 for no. If 0, the label reason says why, and the metrics of the tracepoint are absent.',
    labels: ['tracepoint'],
    optionalLabels: ['reason'],
    values: { reason: meaningsOf(TRACEPOINT_REASONS) },
  },
  tracepointMissed: {
    name: 'xdp_tracepoint_missed_events_total',
    otelName: 'xdp.tracepoint.missed_events',
    unit: '{event}',
    type: 'counter',
    help: 'Events of a tracepoint that were not counted, because a map of the exporter was full or because its program was already running on that CPU. An event of xdp_devmap_xmit has up to 16 frames, one of xdp_cpumap_enqueue up to 8.',
    labels: ['tracepoint'],
  },
} as const satisfies Record<string, MetricDefinition>;

export function tracepointFamilies(
  part: TracepointsPart,
  { startedAtMs }: FamilyContext,
): readonly Family[] {
  const devices = labelDevices(part.devices);
  return [
    family(TRACEPOINT_METRICS.exceptions, devices.flatMap(exceptionSamples)),
    family(TRACEPOINT_METRICS.redirectErrors, devices.flatMap(errorSamples)),
    family(TRACEPOINT_METRICS.devmapFrames, devmapSamples(part, devices, startedAtMs)),
    family(TRACEPOINT_METRICS.cpumapFrames, cpumapSamples(part, startedAtMs)),
    family(TRACEPOINT_METRICS.tracepointUp, part.tracepoints.map(upSample)),
    family(TRACEPOINT_METRICS.tracepointMissed, missedSamples(part, startedAtMs)),
  ];
}

type Watched = Labelled<TracepointDevice>;

const labelDevices = createLabelCache<TracepointDevice>();

const exceptionLabels = perDevice((device) => ACTIONS.map((action) => ({ ...device, action })));

/** No driver calls these two an exception; the others are exported from the start, so that the first is an increase. */
const UNEXCEPTIONAL: readonly string[] = ['drop', 'pass'];

function exceptionSamples({ device, labels }: Watched): ScalarSample[] {
  const { exceptions, startedAtMs } = device;
  return exceptions === undefined
    ? []
    : exceptionLabels(labels)
        .map((each, action) => ({ labels: each, startedAtMs, value: exceptions[action] ?? 0 }))
        .filter(({ labels: { action }, value }) => value > 0 || !UNEXCEPTIONAL.includes(action));
}

const errorLabels = perDevice((device) => REDIRECT_ERRORS.map((reason) => ({ ...device, reason })));

function errorSamples({ device, labels }: Watched): ScalarSample[] {
  const { redirectErrors, startedAtMs } = device;
  return redirectErrors === undefined
    ? []
    : errorLabels(labels)
        .map((each, error) => ({ labels: each, startedAtMs, value: redirectErrors[error] ?? 0 }))
        .filter(({ value }) => value > 0);
}

/** No device has a space in its name. */
const NOT_SELECTED = 'not selected';

function devmapSamples(
  { devmap }: TracepointsPart,
  devices: readonly Watched[],
  startedAtMs: number,
): ScalarSample[] {
  const endOf = (index: number | undefined) => (index === undefined ? undefined : devices[index]);
  return devmap.flatMap(({ from, to, sent, dropped }) => {
    const ends = [endOf(from), endOf(to)];
    const labels = { from: textOf(ends[0]), to: textOf(ends[1]) };
    // The path began with the device that was selected last.
    const starts = ends.map((each) => each?.device.startedAtMs ?? startedAtMs);
    const start = Math.max(startedAtMs, ...starts);
    return [
      { labels: { ...labels, outcome: 'sent' }, startedAtMs: start, value: sent },
      { labels: { ...labels, outcome: 'dropped' }, startedAtMs: start, value: dropped },
    ];
  });
}

/** A device in one label; the last "/" parts the two, since no device has one in its name. */
function textOf(device: Watched | undefined): string {
  if (device === undefined) {
    return NOT_SELECTED;
  }
  const { device: name, netns } = device.labels;
  return netns === undefined ? name : `${netns}/${name}`;
}

function cpumapSamples({ cpumap }: TracepointsPart, startedAtMs: number): ScalarSample[] {
  return cpumap.flatMap(({ map, cpu, enqueued, dropped }) => {
    const labels = { map: String(map), cpu: String(cpu) };
    return [
      { labels: { ...labels, outcome: 'enqueued' }, startedAtMs, value: enqueued },
      { labels: { ...labels, outcome: 'dropped' }, startedAtMs, value: dropped },
    ];
  });
}

function upSample({ name, reason }: TracepointsPart['tracepoints'][number]): ScalarSample {
  const labels: Labels = { tracepoint: name };
  return reason === undefined ? { labels, value: 1 } : { labels: { ...labels, reason }, value: 0 };
}

function missedSamples({ tracepoints }: TracepointsPart, startedAtMs: number): ScalarSample[] {
  return tracepoints
    .filter(({ reason }) => reason === undefined)
    .map(({ name, missed }) => ({ labels: { tracepoint: name }, startedAtMs, value: missed }));
}
