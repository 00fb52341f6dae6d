// SPDX-License-Identifier: Apache-2.0
// What stands in each cell of each table.
import { REASONS } from '../reasons.ts';
import { deviceKey } from '../snapshot/device.ts';
import type { JsonSnapshot } from '../snapshot/json.ts';
import { PEAK_LENGTHS, PEAK_WINDOWS } from '../snapshot/peaks.ts';
import { OTHER } from './counts.ts';
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

/** The exporter has up to 20 of each for a device by default. Who sends is the first thing that one wants to know. */
const MAX_ROWS = { sources: 20, destinations: 10, ports: 10, networks: 10 } as const;

export type TableName = keyof Look | 'peaks';

/**
 * By the table's name. Of what was never seen there is no row; the largest comes first where the order says nothing.
 * @param selected the devices that are looked at
 */
export function rowsOf(
  look: Look,
  snapshot: JsonSnapshot,
  selected: readonly number[],
): Readonly<Record<TableName, Rows>> {
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
    sources: largest(look.sources, MAX_ROWS.sources).map((flow) => [
      flow.key,
      { line: flow.key },
      formatRate(flow.packetRate),
      shareOf(flow),
      formatRate(flow.bitRate),
      formatCount(flow.packets),
    ]),
    destinations: largest(look.destinations, MAX_ROWS.destinations).map(measured),
    ports: largest(look.ports, MAX_ROWS.ports).map(measured),
    networks: largest(look.networks, MAX_ROWS.networks).map(measured),
    peaks: peakRows(snapshot, selected),
    cpus: look.cpus.map(counted),
    protocols: look.protocols.filter(isSeen).toSorted(byRate).map(measured),
    flags: look.flags.filter(isSeen).toSorted(byRate).map(counted),
    queues: severalOf(look.queues.filter(isSeen)).map(counted),
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
  sampledOut: 'skipped by sampling',
  ringFull: 'lost: ring full',
  noRing: 'lost: CPU without a ring',
  noEntry: 'lost: entry missed',
  pending: 'not read yet',
};

function counted(flow: Flow): readonly Cell[] {
  return [flow.key, formatRate(flow.packetRate), shareOf(flow), formatCount(flow.packets)];
}

function measured(flow: Flow): readonly Cell[] {
  const [key = '', rate = '', share = '', packets = ''] = counted(flow);
  return [key, rate, share, formatRate(flow.bitRate), packets];
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

/** One alone has what the device has: nothing to tell apart. */
function severalOf(flows: readonly Flow[]): readonly Flow[] {
  return flows.length < 2 ? [] : flows;
}

/** All the others as one come last. */
function largest(flows: readonly Flow[], most: number): readonly Flow[] {
  const [others, named] = [true, false].map((isOther) =>
    flows.filter(({ key }) => (key === OTHER) === isOther),
  );
  return [...(named ?? []).toSorted(byRate).slice(0, most), ...(others ?? [])];
}

/** Bursts of two devices need not be at the same time, so that they cannot be added: the largest is that of one of them. */
function peakRows({ parts: { peaks } }: JsonSnapshot, selected: readonly number[]): Rows {
  const known = selected.flatMap((index) => peaks?.[index] ?? []);
  return (known.length === 0 ? [] : PEAK_WINDOWS).map((window) => {
    const largestOf = (quantity: 'packets' | 'bytes') =>
      Math.max(...known.map((each) => each[window][quantity]));
    const { text, seconds } = PEAK_LENGTHS[window];
    return [
      text,
      formatCount(largestOf('packets')),
      formatRate(largestOf('packets') / seconds),
      formatRate((8 * largestOf('bytes')) / seconds),
    ];
  });
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
