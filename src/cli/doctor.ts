// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter doctor`: what there is for the exporter on this machine, what is missing, and what to do about it.
import { COSTS, type DeviceFinding } from '../engine/doctor/device-plan.ts';
import type { DeviceSight, SeenOccupant } from '../engine/doctor/device-sight.ts';
import { type Diagnosis, examine } from '../engine/doctor/doctor.ts';
import type { Finding } from '../engine/doctor/finding.ts';
import { ExporterError } from '../errors.ts';
import { quoteJson } from '../log.ts';
import { isEmptySelection, readSelection } from '../options/settings.ts';
import { REASONS, type ReasonCode } from '../reasons.ts';
import { alignColumns } from './columns.ts';
import type { CommandContext } from './command.ts';
import { xdpModes } from './device-list.ts';
import { printable, printableName } from './printable.ts';

/** Throws an ExporterError that names them where anything is missing. */
export async function runDoctor({ values, write }: CommandContext<'doctor'>): Promise<void> {
  const selection = readSelection(values);
  const diagnosis = examine({
    ...(isEmptySelection(selection) ? {} : { selection }),
    mode: values.mode,
    deviceModes: values['device-mode'],
    xdpMode: values['xdp-mode'],
    netns: values.netns,
    observePins: values['observe.pin'],
  });
  write(values.output === 'json' ? formatJson(diagnosis) : formatText(diagnosis));
  const missing = [...diagnosis.machine, ...diagnosis.devices].filter(
    ({ state }) => state === 'missing',
  );
  if (missing.length > 0) {
    const names = missing.map((finding) => `"${nameOf(finding)}"`).join(', ');
    throw new ExporterError(`examine this machine: missing ${names}; see the lines above`);
  }
}

function nameOf(finding: Finding | DeviceFinding): string {
  if (!('name' in finding)) {
    return finding.check;
  }
  const { netns, name } = finding;
  return netns === undefined ? name : `${netns}/${name}`;
}

const MACHINE_HEAD = ['CHECK', 'STATE', 'REASON', 'FOUND'];
const DEVICE_HEAD = [
  ...['DEVICE', 'STATE', 'REASON', 'DRIVER', 'XDP MODES', 'MTU', 'QUEUES', 'PROGRAM'],
  ...['COST', 'FOUND'],
];

/** A table of the machine and one of the devices. What to do stands below the first line that has the reason. */
export function formatText({ machine, devices }: Diagnosis): string {
  const told = new Set<ReasonCode>();
  const tables = [
    table(MACHINE_HEAD, machine, cellsOf, told),
    table(DEVICE_HEAD, devices, deviceCells, told),
  ];
  return [...tables, costLines(devices)]
    .filter(({ length }) => length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** @param told reasons whose remedy stands above */
function table<Each extends Finding | DeviceFinding>(
  head: readonly string[],
  findings: readonly Each[],
  cells: (finding: Each) => readonly string[],
  told: Set<ReasonCode>,
): readonly string[] {
  if (findings.length === 0) {
    return [];
  }
  const [heading = '', ...lines] = alignColumns([head, ...findings.map(cells)]);
  const remedies = findings.map((finding) => remedyLines(finding, told));
  return [heading, ...lines.flatMap((line, index) => [line, ...(remedies[index] ?? [])])];
}

function remedyLines({ reason }: Finding, told: Set<ReasonCode>): readonly string[] {
  if (reason === undefined || told.has(reason)) {
    return [];
  }
  told.add(reason);
  return [`  to do: ${REASONS[reason].remedy}`];
}

function costLines(devices: readonly DeviceFinding[]): readonly string[] {
  const costs = new Set(devices.flatMap(({ plan }) => plan.costs));
  return [...costs].map((cost) => `${cost}: ${COSTS[cost]}`);
}

function cellsOf(finding: Finding | DeviceFinding): readonly string[] {
  const { state, reason = '-', found } = finding;
  return [printableName(nameOf(finding)), state, reason, printable(found)];
}

function deviceCells(finding: DeviceFinding): readonly string[] {
  const [name = '', state = '', reason = '', found = ''] = cellsOf(finding);
  const costs = finding.plan.costs.join(',') || '-';
  return [name, state, reason, ...sightCells(finding.sight), costs, found];
}

function sightCells(sight: DeviceSight | undefined): readonly string[] {
  if (sight === undefined) {
    return ['-', '-', '-', '-', '-'];
  }
  const { device, driver = '-', features, queues, occupant } = sight;
  const { mtu, maxMtu } = device;
  return [
    driver,
    xdpModes(features?.native),
    maxMtu === undefined ? String(mtu) : `${mtu} of ${maxMtu}`,
    queues === undefined ? '-' : `${queues.current} of ${queues.most}`,
    occupant === undefined
      ? '-'
      : `${occupant.name ?? '?'} (id ${occupant.id}, ${occupant.mode}, ${occupant.role ?? '?'})`,
  ].map(printableName);
}

/** An object a line; null is what is not known or not there. */
export function formatJson({ machine, devices }: Diagnosis): string {
  const lines = [...machine.map(jsonOf), ...devices.map(deviceJson)];
  return lines.map((line) => `${quoteJson(line)}\n`).join('');
}

function jsonOf(finding: Finding) {
  const { check, state, reason = null, found } = finding;
  return { check, state, reason, found, remedy: reason === null ? null : REASONS[reason].remedy };
}

function deviceJson(finding: DeviceFinding) {
  const { netns, name, sight, plan } = finding;
  const { device, driver = null, features, queues, occupant } = sight ?? {};
  return {
    ...jsonOf(finding),
    ...(netns === undefined ? {} : { netns }),
    device: name,
    driver,
    native: features?.native ?? null,
    fragments: features?.fragments ?? null,
    mtu: device?.mtu ?? null,
    max_mtu: device?.maxMtu ?? null,
    queues: queues?.current ?? null,
    max_queues: queues?.most ?? null,
    program: occupant === undefined ? null : programJson(occupant),
    plan: plan.role ?? null,
    mode: plan.mode ?? null,
    costs: plan.costs.map((cost) => ({ cost, meaning: COSTS[cost] })),
  };
}

function programJson({ name, id, mode, role }: SeenOccupant) {
  return { name: name ?? null, id, mode, role: role ?? null };
}
