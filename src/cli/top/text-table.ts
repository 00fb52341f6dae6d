// SPDX-License-Identifier: Apache-2.0
// A report as a plain table: no escape codes, so that it can be read in a pipe, a pager and a log. Pure.
import { drawMeasured, lostOf } from './device-lines.ts';
import { describeState, nameDevice } from './naming.ts';
import { classPanels, listPanels, type Panel, type PanelRow } from './panel.ts';
import { formatQuantity, formatShare } from './quantity.ts';
import type { DeviceReport, TopReport } from './report.ts';
import { describeSampling } from './sampling.ts';

/** The busiest CPUs have a row each, and all others have one together. */
const MOST_CPUS = 16;

/** Ends with a newline; the devices are one below the other, with an empty line between them. */
export function formatReport({ time, devices }: TopReport): string {
  return devices.map((device) => formatDevice(time, device)).join('\n');
}

function formatDevice(time: string, device: DeviceReport): string {
  const [actions, ...classes] = classPanels(device);
  const panels = [actions, cpuPanel(device), ...classes, ...listPanels(device)].filter(
    (panel) => panel !== undefined,
  );
  const rows = panels.filter((panel) => panel.rows.length > 0).flatMap(formatPanel);
  return [
    `${time}  ${nameDevice(device)}  ${describeState(device)}`,
    ...(rows.length === 0 ? ['no packets yet'] : align(rows)),
    ...formatMeasured(device),
    ...formatLoss(device),
    '',
  ].join('\n');
}

/** CPUs that never had a packet have no row. */
function cpuPanel({ cpus }: DeviceReport): Panel {
  const busy = cpus
    .filter(({ packets }) => packets > 0)
    .toSorted((one, other) => other.packetsPerSecond - one.packetsPerSecond);
  const shown = busy.slice(0, MOST_CPUS).toSorted((one, other) => one.cpu - other.cpu);
  const others = busy.slice(MOST_CPUS);
  return {
    heading: 'CPU',
    labelWidth: 0,
    rows: shown.map(({ cpu, ...rate }) => ({ label: `cpu ${cpu}`, ...rate })),
    ...(others.length === 0 ? {} : { last: sumOf(`${others.length} others`, others) }),
  };
}

function sumOf(label: string, rows: DeviceReport['cpus']): PanelRow {
  const sum = (quantity: Exclude<keyof DeviceReport['cpus'][number], 'cpu'>) =>
    rows.reduce((total, row) => total + row[quantity], 0);
  return {
    label,
    packets: sum('packets'),
    packetsPerSecond: sum('packetsPerSecond'),
    bytes: sum('bytes'),
    bytesPerSecond: sum('bytesPerSecond'),
    share: sum('share'),
  };
}

type Cells = readonly string[];

const HEADINGS: Cells = ['PACKETS/S', 'BITS/S', 'SHARE', 'PACKETS', 'BYTES'];
const LEAST_WIDTHS = [18, 10, 9, 8, 12, 15];

function formatPanel({ heading, rows, last }: Panel): Cells[] {
  return [
    [heading, ...HEADINGS],
    ...[...rows, ...(last === undefined ? [] : [last])].map(formatRow),
  ];
}

/** Rates are short, counts have all their digits. */
function formatRow({
  label,
  packets,
  packetsPerSecond,
  bytes,
  bytesPerSecond,
  share,
}: PanelRow): Cells {
  return [
    label,
    formatQuantity(packetsPerSecond),
    bytesPerSecond === undefined ? '' : formatQuantity(8 * bytesPerSecond),
    share === undefined ? '' : formatShare(share),
    packets.toFixed(0),
    bytes === undefined ? '' : bytes.toFixed(0),
  ];
}

function align(rows: readonly Cells[]): string[] {
  const widths = LEAST_WIDTHS.map((least, column) =>
    Math.max(least, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map(([label = '', ...numbers]) => {
    const cells = numbers.map((number, index) => number.padStart(widths[index + 1] ?? 0));
    return [label.padEnd(widths[0] ?? 0), ...cells].join('  ').trimEnd();
  });
}

/** As on the screen: short, since it is read and not added up. */
function formatMeasured(device: DeviceReport): string[] {
  const line = drawMeasured(device);
  return line === undefined ? [] : [line.map(({ text }) => text).join('')];
}

function formatLoss({ loss, observed }: DeviceReport): string[] {
  if (loss === undefined) {
    return [];
  }
  const { decoded, sampledOut } = loss;
  // Of all packets, as the counts are that stand in the lists.
  const sampling = describeSampling(decoded.packets, sampledOut.packets);
  const parts = [
    `read ${decoded.packets}`,
    `sampled out ${sampledOut.packets}`,
    `lost ${lostOf(loss).packets}`,
    `pending ${loss.pending}`,
    ...(observed === undefined ? [] : [`missed ${observed.missed}`]),
  ];
  return [`RECORDS  ${parts.join(', ')}${sampling === undefined ? '' : `; ${sampling}`}`];
}
