// SPDX-License-Identifier: Apache-2.0
// Two snapshots compared: what happened in the interval between them. Pure.
import { foldSizeSlots, SIZE_BOUNDARIES } from '../../collectors/packet-sizes/buckets.ts';
import { type DeviceSnapshot, deviceKey } from '../../snapshot/device.ts';
import { ACTIONS, FAMILIES, MALFORMED_REASONS, PROTOCOLS } from '../../snapshot/packet-class.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { TOP_LISTS, type TopListName, type TopListSnapshot } from '../../snapshot/top-list.ts';
import { type Counted, type Rates, ratesOver, withShares } from './rates.ts';
import type {
  DeviceReport,
  DeviceSummary,
  Loss,
  ReportHead,
  TopList,
  TopReport,
} from './report.ts';

const SHORTEST_SECONDS = 0.001;

export interface ComparedDevice extends DeviceSummary {
  /** Reads the snapshots: for hundreds of devices and CPUs that takes a part of a core that a screen need not take. */
  inFull(): DeviceReport;
}

export interface Comparison extends ReportHead {
  readonly devices: readonly ComparedDevice[];
}

/** Devices that are not wanted any more are left out. */
export function compareSnapshots(before: Snapshot, after: Snapshot): Comparison {
  const seconds = Math.max(SHORTEST_SECONDS, (after.monotonicMs - before.monotonicMs) / 1000);
  const rates = ratesOver(seconds);
  const places = new Map(before.devices.map((device, index) => [deviceKey(device), index]));
  const earlier = readerOf(before);
  const later = readerOf(after);
  const sampleInterval = after.parts.logger?.state.sampleInterval;
  return {
    time: new Date(after.takenAtMs).toISOString(),
    intervalSeconds: seconds,
    ...(sampleInterval === undefined ? {} : { sampleInterval }),
    devices: after.devices.flatMap((device, index) => {
      if (!device.wanted) {
        return [];
      }
      const readings = [later(index), earlier(places.get(deviceKey(device)))] as const;
      const summary = { ...describe(device), ...summarize(...readings, rates) };
      return [{ ...summary, inFull: () => ({ ...summary, ...detail(...readings, rates) }) }];
    }),
  };
}

/** Everything at once. */
export function reportOf(before: Snapshot, after: Snapshot): TopReport {
  const { devices, ...head } = compareSnapshots(before, after);
  return { ...head, devices: devices.map(({ inFull }) => inFull()) };
}

function describe({ name, netns, up, reason, program, observed }: DeviceSnapshot) {
  return {
    device: name,
    ...(netns === undefined ? {} : { netns }),
    up,
    ...(reason === undefined ? {} : { reason }),
    ...(program === undefined
      ? {}
      : { mode: program.mode, program: { role: program.role, name: program.name } }),
    ...(observed === undefined ? {} : { observed }),
  };
}

/** What a snapshot holds of one device: each part is undefined where it was not read. */
type Reading = ReturnType<ReturnType<typeof readerOf>>;

function readerOf({ parts, cpus }: Snapshot) {
  const rows = new Map(cpus.map((cpu, row) => [cpu, row]));
  return (index = -1) => ({
    cpus,
    rows,
    traffic: parts.traffic?.[index],
    protocols: parts.protocols?.[index],
    sizes: parts.packet_sizes?.[index],
    outcomes: parts.logger?.devices[index],
    list: (name: TopListName) => parts[name]?.[index],
  });
}

function summarize(
  now: Reading,
  before: Reading,
  rates: Rates,
): Pick<DeviceSummary, 'total' | 'actions'> {
  return {
    total: rates.counted(totalOf(now) ?? NOTHING, totalOf(before)),
    actions: withShares(
      ACTIONS.map((action, index) => ({
        action,
        ...rates.counted(
          countedAt(now.traffic, index) ?? NOTHING,
          countedAt(before.traffic, index),
        ),
      })),
    ),
  };
}

function detail(
  now: Reading,
  before: Reading,
  rates: Rates,
): Omit<DeviceReport, keyof DeviceSummary> {
  return {
    cpus: withShares(
      now.cpus.map((cpu) => ({
        cpu,
        ...rates.counted(cpuOf(now, cpu) ?? NOTHING, cpuOf(before, cpu)),
      })),
    ),
    lists: compareLists(now, before, rates),
    ...compareHeaders(now, before, rates),
    ...compareSizes(now, before, rates),
    ...compareOutcomes(now, before, rates),
  };
}

const NOTHING: Counted = { packets: 0, bytes: 0 };

interface Counts {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

function countedAt(counts: Counts | undefined, index: number): Counted | undefined {
  return counts && { packets: counts.packets[index] ?? 0, bytes: counts.bytes[index] ?? 0 };
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

function totalOf({ traffic }: Reading): Counted | undefined {
  return traffic && { packets: sum(traffic.packets), bytes: sum(traffic.bytes) };
}

function cpuOf({ traffic, rows }: Reading, cpu: number): Counted | undefined {
  const row = rows.get(cpu);
  if (traffic === undefined || row === undefined) {
    return undefined;
  }
  // Without subarrays: a machine has tens of thousands of such rows.
  let packets = 0;
  let bytes = 0;
  for (let cell = row * ACTIONS.length; cell < (row + 1) * ACTIONS.length; cell++) {
    packets += traffic.cpuPackets[cell] ?? 0;
    bytes += traffic.cpuBytes[cell] ?? 0;
  }
  return { packets, bytes };
}

function compareLists(now: Reading, before: Reading, rates: Rates): DeviceReport['lists'] {
  const lists: Partial<Record<TopListName, TopList>> = {};
  for (const name of TOP_LISTS) {
    const list = now.list(name);
    if (list !== undefined) {
      lists[name] = compareList(list, before.list(name), rates);
    }
  }
  return lists;
}

/** A key that is new counts from zero: all its packets came in the interval. Before the first reading nothing did. */
function compareList(
  now: TopListSnapshot,
  before: TopListSnapshot | undefined,
  rates: Rates,
): TopList {
  const id = ({ key, startedAtMs }: TopListSnapshot['series'][number]) => `${key} ${startedAtMs}`;
  const earlier = new Map(before?.series.map((each) => [id(each), each]));
  const rows = now.series.map((entry) => ({
    key: entry.key,
    ...rates.counted(entry, before && (earlier.get(id(entry)) ?? NOTHING)),
  }));
  const other = rates.counted(now.other, before?.other);
  const shared = withShares([...rows, { key: '', ...other }]);
  const { key: _, ...last } = shared.pop() ?? { key: '', ...other, share: 0 };
  return { rows: shared, other: last };
}

function compareHeaders(
  { protocols: now }: Reading,
  { protocols: before }: Reading,
  rates: Rates,
): Pick<DeviceReport, 'protocols' | 'malformed'> {
  if (now === undefined) {
    return {};
  }
  const classes = FAMILIES.flatMap((family) => PROTOCOLS.map((protocol) => ({ family, protocol })));
  return {
    protocols: withShares(
      classes.map((names, index) => ({
        ...names,
        ...rates.counted(countedAt(now, index) ?? NOTHING, countedAt(before, index)),
      })),
    ).filter(({ family, protocol }) => family !== 'other' || protocol === 'other'),
    malformed: MALFORMED_REASONS.map((reason, index) => ({
      reason,
      ...rates.packets(now.malformed[index] ?? 0, before?.malformed[index]),
    })).slice(1),
  };
}

function compareSizes(
  { sizes: now }: Reading,
  { sizes: before }: Reading,
  rates: Rates,
): Pick<DeviceReport, 'sizes'> {
  if (now === undefined) {
    return {};
  }
  const earlier = before && foldSizeSlots(before.packets);
  return {
    sizes: withShares(
      foldSizeSlots(now.packets).map((packets, index) => ({
        upToBytes: SIZE_BOUNDARIES[index] ?? null,
        ...rates.packets(packets, earlier?.[index]),
      })),
    ),
  };
}

function compareOutcomes(
  { outcomes: now }: Reading,
  { outcomes: before }: Reading,
  rates: Rates,
): Pick<DeviceReport, 'loss'> {
  if (now === undefined) {
    return {};
  }
  const rate = (outcome: Exclude<keyof Loss, 'pending'>) =>
    rates.packets(now[outcome], before?.[outcome]);
  return {
    loss: {
      decoded: rate('decoded'),
      sampledOut: rate('sampledOut'),
      ringFull: rate('ringFull'),
      noRing: rate('noRing'),
      noEntry: rate('noEntry'),
      pending: now.pending,
    },
  };
}
