// SPDX-License-Identifier: Apache-2.0
// The whole screen as lines: the devices, and of the selected one everything that fits. Pure.
import type { ComparedDevice, Comparison } from './compare.ts';
import { drawCpus } from './cpu-lines.ts';
import { drawDevices, drawMeasured, drawMinute, drawRecords } from './device-lines.ts';
import { keyOf, type Minutes } from './history.ts';
import { allocate, choose, flow } from './layout.ts';
import { fit, type Line, line, span, spread } from './line.ts';
import { nameDevice } from './naming.ts';
import { classPanels, listPanels } from './panel.ts';
import type { Look } from './panel-lines.ts';
import type { DeviceReport } from './report.ts';
import { KEYS, sortBy, type View } from './view.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Lines are kept apart from here on. */
const ROOMY_ROWS = 30;

/** Tables below one another where they are not. */
const SMALL_DEPTH = 2;

export interface Shown {
  readonly comparison: Comparison;
  readonly minutes: Minutes;
}

/** Devices in the order of the screen. */
export function orderDevices({ devices }: Comparison, { sort }: View): ComparedDevice[] {
  const rows = devices.map((device) => ({ device, label: nameDevice(device), ...device.total }));
  return sortBy(rows, sort).map(({ device }) => device);
}

/**
 * Exactly `rows` lines of exactly `columns` cells, whatever the size.
 * @param shown undefined until there is a snapshot: to attach to hundreds of devices takes seconds
 */
export function drawScreen(shown: Shown | undefined, look: Look, { columns, rows }: Size): Line[] {
  const head = [drawTitle(shown?.comparison, look, columns)];
  const foot = [drawKeys(look)];
  const height = Math.max(0, rows - head.length - foot.length);
  const body = look.view.showsHelp ? drawHelp() : drawBody(shown, look, { columns, rows: height });
  const filled = Array.from({ length: height }, (_, row) => body[row] ?? []);
  return [...head, ...filled, ...foot].slice(0, rows).map((spans) => fit(spans, columns));
}

function drawTitle(comparison: Comparison | undefined, { view }: Look, width: number): Line {
  const paused = view.isPaused ? [span('PAUSED', 'warning'), span('  ')] : [];
  const seconds = Number(comparison?.intervalSeconds.toFixed(1) ?? 0);
  // At first there is one snapshot alone.
  const interval = seconds === 0 ? 'waiting' : `every ${seconds} s`;
  const time = comparison === undefined ? '' : `  ${comparison.time.slice(11, 19)}Z`;
  const right = [...paused, span(`${interval}${time}`)];
  return spread(line('xdp-exporter top', 'title'), right, width);
}

function drawKeys({ view }: Look): Line {
  const labels = KEYS.map(({ names, label }) => [names[0], label(view)] as const);
  return labels
    .filter(([, label]) => label !== '')
    .flatMap(([name, label]): Line => [span(` ${name}`, 'title'), span(` ${label} `, 'quiet')]);
}

function drawHelp(): Line[] {
  return [
    [],
    ...KEYS.map(({ names, help }) => [
      span(`  ${names.join(' ').padEnd(16)}`, 'title'),
      span(help),
    ]),
    [],
    line('  SHARE    share of the packets in the last interval'),
    line('  skew     rate of the busiest CPU divided by the mean; 1.0 is even'),
    line('  read     packets whose record was read; lists are counted from these'),
    line('  1 in N   sampled: lists and queues are estimates, everything else is exact'),
    line('  lost     packets whose record was lost; counters still include them'),
    line('  PEAKS    the most packets in any 10 ms and in any second of the last minute'),
    line('  other    everything without its own row'),
  ];
}

function drawBody(shown: Shown | undefined, look: Look, { columns, rows }: Size): Line[] {
  if (shown === undefined) {
    return [[], line('Waiting for the first snapshot.')];
  }
  const devices = orderDevices(shown.comparison, look.view);
  const selected = devices.find((device) => keyOf(device) === look.view.selected) ?? devices[0];
  if (selected === undefined) {
    return [[], line('No device is wanted now.')];
  }
  const full = selected.inFull();
  const most = Math.max(1, Math.floor(rows / 6));
  const measured = drawMeasured(full);
  const top = [
    ...drawDevices(devices, selected, most, columns, look),
    drawMinute(shown.minutes.get(keyOf(selected)) ?? [], columns, look.glyphs),
    ...(measured === undefined ? [] : [measured]),
    drawRecords(full),
  ];
  const details = drawDetails(full, look, { columns, rows: rows - top.length });
  return [...top, ...details];
}

/** Classes of packets, CPUs and top lists, one below the other. */
function drawDetails(device: DeviceReport, look: Look, { columns, rows }: Size): Line[] {
  const gap = rows >= ROOMY_ROWS ? 1 : 0;
  const cpus = drawCpus(device.cpus, columns, Math.max(1, Math.floor(rows / 5)), look.glyphs);
  const classes = classPanels(device);
  // On a small screen more of them would leave none a line to speak of.
  const deep = gap === 0 ? SMALL_DEPTH : classes.length;
  const sections = [
    flow(choose(classes, columns, look.view.table, deep), columns, look),
    { wants: cpus.length, draw: (height: number) => cpus.slice(0, height) },
    flow(choose(listPanels(device), columns, look.view.list), columns, look),
  ].filter(({ wants }) => wants > 0);
  const heights = allocate(
    rows - gap * sections.length,
    sections.map(({ wants }) => wants),
  );
  return sections.flatMap(({ draw }, index) => [
    ...Array.from({ length: gap }, () => []),
    ...draw(heights[index] ?? 0),
  ]);
}
