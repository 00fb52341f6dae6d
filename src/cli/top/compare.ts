// SPDX-License-Identifier: Apache-2.0
// Two snapshots compared: what happened in the interval between them. Pure.
import { type DeviceSnapshot, deviceKey } from '../../snapshot/device.ts';
import { ACTIONS } from '../../snapshot/packet-class.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { TOP_LISTS, type TopListName, type TopListSnapshot } from '../../snapshot/top-list.ts';
import {
  compareHeaders,
  compareOutcomes,
  compareQueues,
  compareSizes,
  compareTcp,
  readMeasured,
} from './compare-classes.ts';
import { type Counted, type Rates, ratesOver, withShares } from './rates.ts';
import { countedAt, NOTHING, type Reading, readerOf } from './reading.ts';
import type { DeviceReport, DeviceSummary, ReportHead, TopList, TopReport } from './report.ts';

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
    ...compareTcp(now, before, rates),
    ...compareQueues(now, before, rates),
    ...compareOutcomes(now, before, rates),
    ...readMeasured(now),
  };
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
