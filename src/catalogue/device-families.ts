// SPDX-License-Identifier: Apache-2.0
// Whether each device that is wanted is counted, and by which program.
import type { MetricDefinition } from '../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../metrics/family.ts';
import type { LabelledDevice, Labels } from '../metrics/labels.ts';
import { perDevice } from '../metrics/labels.ts';
import { meaningsOf } from '../reasons.ts';
import {
  type Attempts,
  type DeviceInfo,
  DOWN_REASONS,
  type DownReason,
  type ObservedCounts,
  processStart,
} from '../snapshot/device.ts';

export const DEVICE_METRICS = {
  deviceUp: {
    name: 'xdp_device_up',
    otelName: 'xdp.device.up',
    unit: '',
    type: 'gauge',
    help: 'Whether the frames of this device are currently counted: 1 for yes, 0 for no. If 0, xdp_device_down_info has the reason.',
    labels: ['device'],
  },
  deviceDownInfo: {
    name: 'xdp_device_down_info',
    otelName: 'xdp.device.down.info',
    unit: '',
    type: 'gauge',
    help: 'Reason why the frames of this device are not counted. Always 1, and present only while xdp_device_up is 0.',
    labels: ['device', 'reason'],
    values: { reason: meaningsOf(DOWN_REASONS) },
  },
  attachAttempts: {
    name: 'xdp_attach_attempts_total',
    otelName: 'xdp.attach.attempts',
    unit: '{attempt}',
    type: 'counter',
    help: 'Attempts to attach to the device, or to observe its program, by outcome: success, or the reason for the failure as in xdp_device_down_info.',
    labels: ['device', 'role', 'outcome'],
    values: {
      role: {
        attached: "Attempts to attach xdp-exporter's own program.",
        observed: 'Attempts to observe an existing program.',
      },
    },
  },
  programInfo: {
    name: 'xdp_program_info',
    otelName: 'xdp.program.info',
    unit: '',
    type: 'gauge',
    help: 'The XDP program whose verdicts are counted on the device: its name, kernel id, tag (a digest of its instructions), mode and role. Always 1.',
    labels: ['device', 'program', 'id', 'tag', 'mode', 'role'],
    values: {
      role: {
        attached: "The exporter's own program.",
        observed: 'Another program, which is observed.',
      },
    },
  },
  componentInfo: {
    name: 'xdp_program_component_info',
    otelName: 'xdp.program.component.info',
    unit: '',
    type: 'gauge',
    help: 'A program that replaces a function of the observed program, such as those that a libxdp dispatcher runs in turn: prog0 is the first. Always 1.',
    labels: ['device', 'program', 'id', 'tag', 'function'],
  },
  deviceInfo: {
    name: 'xdp_device_info',
    otelName: 'xdp.device.info',
    unit: '',
    type: 'gauge',
    help: 'Driver, MTU in bytes, link speed in Mb/s and receive queues of the device; each is empty if the driver does not report it. Always 1.',
    labels: ['device', 'driver', 'mtu', 'speed', 'rx_queues'],
  },
  deviceSpeedBytes: {
    name: 'xdp_device_speed_bytes',
    otelName: 'xdp.device.speed.bytes',
    unit: 'By',
    type: 'gauge',
    help: 'Link speed in bytes per second, in each direction. Absent if the driver does not report it.',
    labels: ['device'],
  },
  deviceRxQueues: {
    name: 'xdp_device_rx_queues',
    otelName: 'xdp.device.rx_queues',
    unit: '',
    type: 'gauge',
    help: 'Number of receive queues in use, as in the label rx_queues of xdp_device_info. Absent if the driver does not report it.',
    labels: ['device'],
  },
  retargets: {
    name: 'xdp_observe_retargets_total',
    otelName: 'xdp.observe.retargets',
    unit: '{retarget}',
    type: 'counter',
    help: 'How often the observed program was replaced by another one, which is then observed. Only for devices that have had an observed program.',
    labels: ['device'],
  },
  missedPackets: {
    name: 'xdp_observe_missed_packets_total',
    otelName: 'xdp.observe.missed.packets',
    unit: '{packet}',
    type: 'counter',
    help: 'Frames of an observed program that are missing from all other counters, because the kernel was observing another frame on that CPU. The value covers all devices that share the program.',
    labels: ['device'],
  },
} as const satisfies Record<string, MetricDefinition>;

const INFO_LABELS = ['driver', 'mtu', 'speed', 'rx_queues'] as const;

const BYTES_PER_MEGABIT = 125_000;

/** A device that is not wanted any more has counters only: it is neither up nor down. */
export function deviceFamilies(devices: readonly LabelledDevice[]): readonly Family[] {
  const wanted = devices.filter(({ device }) => device.wanted);
  return [
    family(DEVICE_METRICS.deviceUp, wanted.map(upSample)),
    family(DEVICE_METRICS.deviceDownInfo, wanted.flatMap(downSamples)),
    family(DEVICE_METRICS.attachAttempts, devices.flatMap(attemptSamples)),
    family(DEVICE_METRICS.programInfo, wanted.flatMap(programSamples)),
    family(DEVICE_METRICS.componentInfo, wanted.flatMap(componentSamples)),
    family(DEVICE_METRICS.deviceInfo, wanted.flatMap(infoSamples)),
    family(DEVICE_METRICS.deviceSpeedBytes, wanted.flatMap(speedSamples)),
    family(DEVICE_METRICS.deviceRxQueues, wanted.flatMap(queueSamples)),
    family(DEVICE_METRICS.retargets, observedSamples(devices, 'retargets')),
    family(DEVICE_METRICS.missedPackets, observedSamples(devices, 'missed')),
  ];
}

const downLabels = perDevice((device) => {
  const cache = new Map<DownReason, Labels>();
  return (reason: DownReason): Labels => {
    const labels = cache.get(reason) ?? { ...device, reason };
    cache.set(reason, labels);
    return labels;
  };
});

const attemptLabels = perDevice((device) => {
  const cache = new Map<string, Labels>();
  return ({ role, outcome }: Attempts): Labels => {
    const key = `${role} ${outcome}`;
    const labels = cache.get(key) ?? { ...device, role, outcome };
    cache.set(key, labels);
    return labels;
  };
});

function upSample({ device: { up }, labels }: LabelledDevice): ScalarSample {
  return { labels, value: Number(up) };
}

function downSamples({ device: { up, reason }, labels }: LabelledDevice): ScalarSample[] {
  return up || reason === undefined ? [] : [{ labels: downLabels(labels)(reason), value: 1 }];
}

function attemptSamples({ device: { attempts = [] }, labels }: LabelledDevice): ScalarSample[] {
  return attempts.map((each) => ({
    labels: attemptLabels(labels)(each),
    startedAtMs: each.startedAtMs,
    value: each.count,
  }));
}

function programSamples({ device: { program }, labels }: LabelledDevice): ScalarSample[] {
  if (program === undefined) {
    return [];
  }
  const { name, id, tag, mode, role } = program;
  return [{ labels: { ...labels, program: name, id: String(id), tag, mode, role }, value: 1 }];
}

function componentSamples({ device: { program }, labels }: LabelledDevice): ScalarSample[] {
  return (program?.components ?? []).map(({ name, id, tag, function: replaced }) => ({
    labels: { ...labels, program: name, id: String(id), tag, function: replaced },
    value: 1,
  }));
}

/** The labels of what a device was last. */
const infoLabels = perDevice((device) => {
  let last: Labels | undefined;
  return ({ driver, mtu, speedMbps, rxQueues }: DeviceInfo): Labels => {
    const labels = {
      ...device,
      driver,
      mtu: String(mtu),
      speed: String(speedMbps ?? ''),
      rx_queues: String(rxQueues ?? ''),
    };
    if (INFO_LABELS.some((name) => last?.[name] !== labels[name])) {
      last = labels;
    }
    return last ?? labels;
  };
});

function infoSamples({ device: { info }, labels }: LabelledDevice): ScalarSample[] {
  return info === undefined ? [] : [{ labels: infoLabels(labels)(info), value: 1 }];
}

function speedSamples({ device: { info }, labels }: LabelledDevice): ScalarSample[] {
  const { speedMbps } = info ?? {};
  return speedMbps === undefined ? [] : [{ labels, value: speedMbps * BYTES_PER_MEGABIT }];
}

function queueSamples({ device: { info }, labels }: LabelledDevice): ScalarSample[] {
  const { rxQueues } = info ?? {};
  return rxQueues === undefined ? [] : [{ labels, value: rxQueues }];
}

function observedSamples(
  devices: readonly LabelledDevice[],
  quantity: keyof ObservedCounts,
): ScalarSample[] {
  return devices.flatMap(({ device, labels }) => {
    const { observed } = device;
    return observed === undefined
      ? []
      : [{ labels, startedAtMs: processStart(device), value: observed[quantity] }];
  });
}
