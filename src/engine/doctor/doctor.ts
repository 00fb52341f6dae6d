// SPDX-License-Identifier: Apache-2.0
// Looks at the machine, at the rights of this process and at the devices, and changes nothing.
import { absenceReason, type DeviceSelection, selectDevices } from '../../instruments/selection.ts';
import { defaultRouteDevices } from '../../kernel/default-route.ts';
import { listDevices } from '../../kernel/device.ts';
import { hasCapability, parseEffective } from '../capabilities.ts';
import { visitNamespaces } from '../device-list.ts';
import { absentDevice, type DeviceFinding, judgeDevice, type PlanOptions } from './device-plan.ts';
import { seeDevice } from './device-sight.ts';
import { examineFeatures } from './features.ts';
import { type Finding, fine, lacking } from './finding.ts';
import { examineHost, type HostFacts, readHostFacts } from './host.ts';
import { KERNEL_PROBES } from './probes.ts';

export interface DoctorOptions extends Pick<PlanOptions, 'mode' | 'deviceModes' | 'xdpMode'> {
  /** Absent: every device, as somebody sees them who asked for none. */
  readonly selection?: DeviceSelection;
  readonly netns: readonly string[];
  /** See `ObserversOptions` in src/kernel/observers.ts. */
  readonly observePins: readonly string[];
}

export interface Diagnosis {
  readonly machine: readonly Finding[];
  readonly devices: readonly DeviceFinding[];
}

/** Throws a ConfigError where a namespace is not there, and an ExporterError where devices cannot be listed. */
export function examine(options: DoctorOptions): Diagnosis {
  const facts = readHostFacts();
  const { findings, observeTrouble } = examineFeatures(facts, KERNEL_PROBES);
  const machine = [...examineHost(facts), ...findings];
  // A finding that is not known leaves open what devices would be like; what is missing does not.
  const trouble = machine.find(({ state }) => state === 'missing')?.reason;
  const planOptions: PlanOptions = {
    mode: options.mode,
    deviceModes: options.deviceModes,
    xdpMode: options.xdpMode,
    ...(trouble === undefined ? {} : { trouble }),
    ...(observeTrouble === undefined ? {} : { observeTrouble }),
    hasFragments: findings.some(({ check, state }) => check === 'frags' && state === 'ok'),
  };
  const blind = findBlindness(facts, options.netns);
  if (blind !== undefined) {
    return { machine: [...machine, blind], devices: [] };
  }
  const devices = visitNamespaces(options.netns, (netns) =>
    examineDevices(options, planOptions, netns),
  ).flat();
  return { machine: [...machine, fine('devices', `${devices.length} checked`)], devices };
}

/** What keeps this process from seeing the devices. */
function findBlindness(
  { libbpf, status }: HostFacts,
  netns: readonly string[],
): Finding | undefined {
  // Without the addon there is nothing to list them with, and without libbpf no word on their programs.
  if (libbpf instanceof Error) {
    return lacking('devices', 'unknown', 'libbpf', 'not checked without libbpf');
  }
  return netns.length > 0 && !hasCapability(parseEffective(status), 'CAP_SYS_ADMIN')
    ? lacking('devices', 'unknown', 'capability', 'not checked without CAP_SYS_ADMIN')
    : undefined;
}

/** Of the calling thread's network namespace. */
function examineDevices(
  { selection, observePins }: DoctorOptions,
  options: PlanOptions,
  netns: string | undefined,
): readonly DeviceFinding[] {
  const present = listDevices();
  const { names } =
    selection === undefined
      ? { names: present.map(({ name }) => name) }
      : selectDevices(selection, present, defaultRouteDevices);
  return names.map((name) => {
    const device = present.find((each) => each.name === name);
    if (device === undefined) {
      const known = present.map((each) => each.name);
      return absentDevice(name, netns, absenceReason(name, known));
    }
    return judgeDevice(seeDevice(device, netns, observePins), options, selection !== undefined);
  });
}
