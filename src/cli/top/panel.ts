// SPDX-License-Identifier: Apache-2.0
// From a device's report to the rows that people read. What never had a packet has no row.
import { SIZE_BOUNDARIES } from '../../collectors/packet-sizes/buckets.ts';
import { TOP_LISTS, type TopListName } from '../../snapshot/top-list.ts';
import type { DeviceReport, DeviceSummary, Rate, Share, TopList } from './report.ts';

export interface PanelRow {
  readonly label: string;
  readonly packets: number;
  readonly packetsPerSecond: number;
  /** Absent, as their rate, where only packets are counted by this. */
  readonly bytes?: number;
  readonly bytesPerSecond?: number;
  /** Absent for what is no part of the others. */
  readonly share?: number;
}

export interface Panel {
  /** Of the column of labels. */
  readonly heading: string;
  /** What the labels need. */
  readonly labelWidth: number;
  readonly rows: readonly PanelRow[];
  /** Below the others, whatever the order. */
  readonly last?: PanelRow;
}

const HEADINGS: Readonly<Record<TopListName, string>> = {
  sources: 'SOURCE',
  destinations: 'DESTINATION',
  ports: 'PORT',
  networks: 'NETWORK',
};

/** The longest label beside addresses. */
const CLASS_WIDTH = 14;
/** Of an IPv6 address. */
const ADDRESS_WIDTH = 39;

const hasPackets = ({ packets }: { readonly packets: number }) => packets > 0;

function actionPanel({ actions }: DeviceSummary): Panel {
  const rows = actions
    .filter(hasPackets)
    .map(({ action, ...rate }) => ({ label: action, ...rate }));
  return { heading: 'ACTION', labelWidth: CLASS_WIDTH, rows };
}

/** Undefined where the logger is off. Packets whose headers are wrong are in one of the classes as well. */
function protocolPanel({ protocols, malformed = [] }: DeviceReport): Panel | undefined {
  if (protocols === undefined) {
    return undefined;
  }
  const rows = protocols.filter(hasPackets).map(({ family, protocol, ...rate }) => ({
    label: family === 'other' ? 'not IP' : `${family} ${protocol}`,
    ...rate,
  }));
  const sum = (quantity: 'packets' | 'packetsPerSecond') =>
    malformed.reduce((total, row) => total + row[quantity], 0);
  const last = {
    label: 'malformed',
    packets: sum('packets'),
    packetsPerSecond: sum('packetsPerSecond'),
  };
  return {
    heading: 'PROTOCOL',
    labelWidth: CLASS_WIDTH,
    rows,
    ...(hasPackets(last) ? { last } : {}),
  };
}

/** Undefined where sizes are not counted. */
function sizePanel({ sizes }: DeviceReport): Panel | undefined {
  if (sizes === undefined) {
    return undefined;
  }
  const rows = sizes
    .map(({ upToBytes, ...rate }, index) => ({ label: labelSize(index, upToBytes), ...rate }))
    .filter(hasPackets);
  return { heading: 'SIZE', labelWidth: CLASS_WIDTH, rows };
}

function labelSize(index: number, upToBytes: number | null): string {
  const above = SIZE_BOUNDARIES[index - 1];
  if (upToBytes === null) {
    return `> ${above} B`;
  }
  return above === undefined ? `<= ${upToBytes} B` : `${above + 1}-${upToBytes} B`;
}

/** Undefined where the logger is off. */
function tcpPanel({ tcpFlags }: DeviceReport): Panel | undefined {
  return (
    tcpFlags && {
      heading: 'TCP FLAG',
      labelWidth: CLASS_WIDTH,
      rows: tcpFlags.filter(hasPackets).map(({ flags, ...rate }) => ({ label: flags, ...rate })),
    }
  );
}

/** Undefined where the logger is off, and where there is one queue: it has what the device has. */
function queuePanel({ queues }: DeviceReport): Panel | undefined {
  if (queues === undefined || queues.length < 2) {
    return undefined;
  }
  const rows = queues.filter(hasPackets).map(({ queue, ...rate }) => ({
    label: queue === null ? 'other queues' : `queue ${queue}`,
    ...rate,
  }));
  return { heading: 'QUEUE', labelWidth: CLASS_WIDTH, rows };
}

/** What packets are like, but for their addresses and ports: those that one wants to see first come first. */
export function classPanels(device: DeviceReport): Panel[] {
  const draw = [actionPanel, protocolPanel, tcpPanel, sizePanel, queuePanel];
  return draw.map((panelOf) => panelOf(device)).filter((panel) => panel !== undefined);
}

/** One for each list that is kept. */
export function listPanels({ lists }: DeviceReport): Panel[] {
  return TOP_LISTS.flatMap((name) => {
    const list: TopList | undefined = lists[name];
    return list === undefined ? [] : [listPanel(HEADINGS[name], list)];
  });
}

function listPanel(heading: string, { rows, other }: TopList): Panel {
  const row = (label: string, rate: Rate & Share) => ({ label, ...rate });
  return {
    heading,
    labelWidth: heading === HEADINGS.ports ? CLASS_WIDTH : ADDRESS_WIDTH,
    rows: rows.filter(hasPackets).map(({ key, ...rate }) => row(key, rate)),
    ...(hasPackets(other) ? { last: row('other', other) } : {}),
  };
}
