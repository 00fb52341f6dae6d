// SPDX-License-Identifier: Apache-2.0
// What the screen says of devices in a line each: rates and actions, the last minute, what became of the records.
import { PEAK_LENGTHS } from '../../snapshot/peaks.ts';
import { drawColumn, type Glyphs } from './glyphs.ts';
import { keyOf } from './history.ts';
import { type Line, line, shorten, span } from './line.ts';
import { describeState, nameDevice } from './naming.ts';
import type { Look } from './panel-lines.ts';
import { formatQuantity, formatShare, UNITS } from './quantity.ts';
import type { DeviceReport, DeviceSummary, Loss } from './report.ts';
import { describeSampling } from './sampling.ts';

/** From here on there is room for long names. */
const WIDE_COLUMNS = 120;

/** A heading and at most `most` devices, the selected one among them. */
export function drawDevices(
  devices: readonly DeviceSummary[],
  selected: DeviceSummary,
  most: number,
  width: number,
  { view, glyphs }: Look,
): Line[] {
  const [name, state] = width < WIDE_COLUMNS ? [15, 20] : [32, 40];
  const unit = UNITS[view.unit];
  const row = (cells: readonly [string, string, string, string, string]) =>
    shorten(cells[0], name).padEnd(name + 1) +
    shorten(cells[1], state).padEnd(state) +
    `${cells[2].padStart(9)}${cells[3].padStart(9)}  ${cells[4]}`;
  const first = Math.min(Math.max(0, devices.indexOf(selected) - most + 1), devices.length - most);
  const shown = devices.slice(Math.max(0, first), Math.max(0, first) + most);
  const title =
    shown.length < devices.length ? `DEVICE (${shown.length}/${devices.length})` : 'DEVICE';
  return [
    line(`  ${row([title, 'STATE', 'PACKETS/S', unit.heading, 'ACTIONS'])}`, 'heading'),
    ...shown.map((device) => {
      const { total } = device;
      const isSelected = keyOf(device) === keyOf(selected);
      const mark = isSelected ? glyphs.selected : ' ';
      const text = row([
        nameDevice(device),
        describeState(device),
        formatQuantity(total.packetsPerSecond),
        formatQuantity(unit.of(total)),
        describeActions(device),
      ]);
      const style = device.up ? undefined : 'alarm';
      return line(`${mark} ${text}`, isSelected && devices.length > 1 ? 'selected' : style);
    }),
  ];
}

/** "pass 99.0% drop 1.0%", the largest first; empty where nothing came. */
function describeActions({ actions }: DeviceSummary): string {
  return actions
    .filter(({ share }) => share > 0)
    .toSorted((one, other) => other.share - one.share)
    .map(({ action, share }) => `${action} ${formatShare(share)}`)
    .join(' ');
}

const MINUTE = 'LAST 60 S ';

/** @param seconds packets per second, oldest first; NaN where nobody looked */
export function drawMinute(seconds: readonly number[], width: number, glyphs: Glyphs): Line {
  const known = seconds.filter((rate) => !Number.isNaN(rate));
  const highest = Math.max(0, ...known);
  const end = ` max${formatQuantity(highest).padStart(6)}`;
  const room = Math.max(0, width - MINUTE.length - end.length);
  const columns = (room === 0 ? [] : seconds.slice(-room)).map((rate) =>
    drawColumn(rate, highest, glyphs),
  );
  return [span(MINUTE, 'heading'), span(columns.join(''), 'good'), span(end)];
}

/** What became of the packets' records in the interval. */
export function drawRecords({ loss, observed }: DeviceReport): Line {
  if (loss === undefined) {
    return [
      span('RECORDS ', 'heading'),
      span('the logger is off: no sources, no protocols', 'quiet'),
    ];
  }
  const missed =
    observed === undefined || observed.missed === 0
      ? ''
      : `  missed ${formatQuantity(observed.missed)}`;
  const lost = lostOf(loss);
  const read = loss.decoded.packetsPerSecond;
  const sampling = describeSampling(read, loss.sampledOut.packetsPerSecond);
  const all = lost.packetsPerSecond + read + loss.sampledOut.packetsPerSecond;
  const part = (rate: number) => formatShare(all === 0 ? 0 : rate / all);
  return [
    span('RECORDS ', 'heading'),
    span(`read ${part(read)}  `),
    span(sampling === undefined ? '' : `${sampling}  `, 'warning'),
    span(
      `lost ${part(lost.packetsPerSecond)} (${formatQuantity(lost.packets)} in all)`,
      lost.packetsPerSecond > 0 ? 'alarm' : undefined,
    ),
    span(missed, 'warning'),
  ];
}

/** What was measured otherwise than by counting in the interval. Undefined where nothing was. */
export function drawMeasured({ peaks = [], programRunNs }: DeviceReport): Line | undefined {
  // A minute without a packet has no peak worth a line.
  const texts = peaks
    .filter(({ packets }) => packets > 0)
    .map(({ window, packets }) => {
      const { text, seconds } = PEAK_LENGTHS[window];
      return `${formatQuantity(packets)} in ${text} (${formatQuantity(packets / seconds)}/s)`;
    });
  const cost = programRunNs === undefined ? [] : [`${programRunNs.toFixed(0)} ns a packet`];
  return texts.length + cost.length === 0
    ? undefined
    : [
        ...(texts.length === 0 ? [] : [span('PEAKS   ', 'heading'), span(texts.join('  '))]),
        ...cost.flatMap((text) => [
          span(texts.length === 0 ? '' : '  '),
          span('PROGRAM ', 'heading'),
          span(text),
        ]),
      ];
}

/** Packets without a record that should have had one. */
export function lostOf({ ringFull, noRing, noEntry }: Loss): Loss['ringFull'] {
  const lost = [ringFull, noRing, noEntry];
  return {
    packets: lost.reduce((sum, { packets }) => sum + packets, 0),
    packetsPerSecond: lost.reduce((sum, { packetsPerSecond }) => sum + packetsPerSecond, 0),
  };
}
