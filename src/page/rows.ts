// SPDX-License-Identifier: Apache-2.0
// What stands in each cell of each table.
import { REASONS } from '../reasons.ts';
import { deviceKey } from '../snapshot/device.ts';
import type { JsonSnapshot } from '../snapshot/json.ts';
import { OTHER_SOURCES } from './counts.ts';
import type { Flow } from './flow.ts';
import { formatCount, formatDevice, formatRate, formatShare } from './format.ts';
import type { Look } from './look.ts';

/** text alone, a share with its bar, the name of a colour before the text, or the key of a line of rates. */
export type Cell =
  | string
  | { readonly text: string; readonly share: number }
  | { readonly text: string; readonly colour: string }
  | { readonly line: string };

export type Rows = readonly (readonly Cell[])[];

/** As many as an exporter has by default for a device. */
const MAX_SOURCES = 20;

/** By the table's name. Of what was never seen there is no row; the largest comes first where the order says nothing. */
export function rowsOf(look: Look, snapshot: JsonSnapshot): Readonly<Record<keyof Look, Rows>> {
  return {
    actions: look.actions
      .filter(isSeen)
      .map((flow) => [
        { text: flow.key, colour: flow.key },
        formatRate(flow.packetRate),
        shareOf(flow),
        formatRate(flow.bitRate),
        formatCount(flow.packets),
        formatCount(flow.bytes),
      ]),
    sources: largestSources(look.sources).map((flow) => [
      flow.key,
      { line: flow.key },
      formatRate(flow.packetRate),
      shareOf(flow),
      formatRate(flow.bitRate),
      formatCount(flow.packets),
    ]),
    cpus: look.cpus.map(counted),
    protocols: look.protocols
      .filter(isSeen)
      .toSorted(byRate)
      .map((flow) => [
        flow.key,
        formatRate(flow.packetRate),
        shareOf(flow),
        formatRate(flow.bitRate),
        formatCount(flow.packets),
      ]),
    sizes: look.sizes.filter(isSeen).map(counted),
    // Only packets of observed devices can be without an entry.
    outcomes: look.outcomes
      .filter((flow) => flow.key !== 'noEntry' || isSeen(flow))
      .map((flow) => {
        const [, ...numbers] = counted(flow);
        return [OUTCOME_NAMES[flow.key] ?? flow.key, ...numbers];
      }),
    devices: deviceRows(look, snapshot),
  };
}

/** Records that were lost and not left out on purpose, a second. */
export function lostRate({ outcomes }: Look): number {
  return outcomes
    .filter(({ key }) => ['ringFull', 'noRing', 'noEntry'].includes(key))
    .reduce((sum, { packetRate }) => sum + packetRate, 0);
}

const OUTCOME_NAMES: Readonly<Record<string, string>> = {
  decoded: 'recorded and read',
  sampledOut: 'passed over by sampling',
  ringFull: 'lost: ring full',
  noRing: 'lost: CPU without a ring',
  noEntry: 'lost: entry not seen',
  pending: 'on the way',
};

function counted(flow: Flow): readonly Cell[] {
  return [flow.key, formatRate(flow.packetRate), shareOf(flow), formatCount(flow.packets)];
}

function shareOf({ share }: Flow): Cell {
  return { text: formatShare(share), share };
}

function isSeen({ packets }: Flow): boolean {
  return packets > 0;
}

function byRate(one: Flow, other: Flow): number {
  return other.packetRate - one.packetRate || other.packets - one.packets;
}

/** All the others as one come last. */
function largestSources(flows: readonly Flow[]): readonly Flow[] {
  const largest = flows.filter(({ key }) => key !== OTHER_SOURCES).toSorted(byRate);
  const others = flows.filter(({ key }) => key === OTHER_SOURCES);
  return [...largest.slice(0, MAX_SOURCES), ...others];
}

function deviceRows({ devices: flows }: Look, { devices }: JsonSnapshot): Rows {
  return devices.map((device) => {
    const key = deviceKey(device);
    const flow = flows.find((each) => each.key === key);
    const { program } = device;
    return [
      formatDevice(device),
      stateOf(device),
      program === undefined ? 'none' : `${program.name} (${program.role}, id ${program.id})`,
      program?.mode ?? 'none',
      formatRate(flow?.packetRate ?? 0),
      formatRate(flow?.bitRate ?? 0),
      formatCount(flow?.packets ?? 0),
    ];
  });
}

function stateOf({ wanted, up, reason }: JsonSnapshot['devices'][number]): string {
  if (!wanted) {
    return 'not asked for any more';
  }
  return up || reason === undefined ? 'counted' : `down, ${reason}: ${REASONS[reason].cause}`;
}
