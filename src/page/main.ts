// SPDX-License-Identifier: Apache-2.0
// The live page's entry: each snapshot becomes a look, and a look what stands on the page.
import { deviceKey } from '../snapshot/device.ts';
import type { JsonSnapshot } from '../snapshot/json.ts';
import { selectDevices } from './counts.ts';
import { fillTable, find, setText } from './fill.ts';
import { formatDevice, formatRate, formatShare } from './format.ts';
import { HeatStrip } from './heat-strip.ts';
import { History } from './history.ts';
import { isSequel, type Look, lookAt } from './look.ts';
import { RateChart } from './rate-chart.ts';
import { lostRate, rowsOf, type TableName } from './rows.ts';
import { Stream } from './stream.ts';
import { fillTiles } from './tiles.ts';

const SPAN_SECONDS = 120;
const LINE_SECONDS = 60;
const GAP_SECONDS = 3;

const TABLES: readonly TableName[] = [
  'actions',
  'sources',
  'destinations',
  'ports',
  'networks',
  'cpus',
  'protocols',
  'flags',
  'sizes',
  'queues',
  'peaks',
  'outcomes',
  'devices',
];

/** They are not there where they have nothing to say: an option has switched them off, or there is one queue. */
const OPTIONAL: readonly TableName[] = ['destinations', 'ports', 'networks', 'flags', 'queues'];

/** Where a part of the snapshot is missing. */
const EMPTY: Readonly<Partial<Record<TableName, string>>> = {
  sources: 'No source has been seen, or the logger or its top sources are off.',
  protocols: 'No packet has been seen, or the logger is off.',
  sizes: 'No packet has been seen, or sizes are not counted.',
  peaks: 'Unknown: packets have no records, or were sampled within the last minute.',
  outcomes: 'The logger is off.',
  devices: 'No device matches the options.',
};

const bodies = TABLES.map((name) => [name, find(name, HTMLTableSectionElement)] as const);
const status = find('status', HTMLElement);
const device = find('device', HTMLSelectElement);
const pause = find('pause', HTMLButtonElement);

const actions = new History(SPAN_SECONDS, GAP_SECONDS);
const cpus = new History(SPAN_SECONDS, GAP_SECONDS);
const sources = new History(LINE_SECONDS, GAP_SECONDS);
const chart = new RateChart(find('rates', HTMLElement), actions, SPAN_SECONDS);
const heat = new HeatStrip(find('heat', HTMLCanvasElement), cpus, SPAN_SECONDS);

let last: JsonSnapshot | undefined;
let isPaused = false;

const stream = new Stream({
  onSnapshot(snapshot) {
    const before = last;
    last = snapshot;
    listDevices(snapshot);
    if (before !== undefined && isSequel(before, snapshot)) {
      show(before, snapshot);
      setText(status, describeState(snapshot));
    } else {
      clear();
    }
  },
  onProblem: (problem) => setText(status, problem),
});

function show(before: JsonSnapshot, snapshot: JsonSnapshot): void {
  const look = lookAt(before, snapshot, device.value);
  const seconds = snapshot.takenAtMs / 1000;
  actions.add(seconds, look.actions);
  cpus.add(seconds, look.cpus);
  sources.add(seconds, look.sources);
  const rows = rowsOf(look, snapshot, selectDevices(snapshot, device.value));
  for (const [name, body] of bodies) {
    const isLeftOut = OPTIONAL.includes(name) && rows[name].length === 0;
    body.closest('section')?.toggleAttribute('hidden', isLeftOut);
    fillTable(body, rows[name], EMPTY[name] ?? 'No packet has been seen.', (key) =>
      sources.rates(key),
    );
  }
  fillTiles(find('tiles', HTMLElement), look);
  chart.draw();
  setText(find('heat-max', HTMLElement), `${formatRate(heat.draw())} packets/s`);
  setText(find('cpu-summary', HTMLElement), describeCpus(look));
  setText(find('sampling', HTMLElement), describeSampling(snapshot, look));
}

function describeState({ collectors }: JsonSnapshot): string {
  const failed = collectors.filter(({ success }) => !success).map(({ name }) => name);
  return failed.length === 0
    ? 'Live: updated every second.'
    : `Live, but some values cannot be read (see the log of the exporter): ${failed.join(', ')}.`;
}

function describeCpus({ cpus: flows }: Look): string {
  const busy = flows.filter(({ packetRate }) => packetRate > 0);
  const [busiest] = busy.toSorted((one, other) => other.packetRate - one.packetRate);
  return busiest === undefined
    ? `None of ${flows.length} CPUs receives packets.`
    : `${busy.length} of ${flows.length} CPUs receive packets; CPU ${busiest.key} has ${formatShare(busiest.share)} of them.`;
}

function describeSampling({ parts: { logger } }: JsonSnapshot, look: Look): string {
  if (logger === undefined) {
    return '';
  }
  const { sampleInterval } = logger.state;
  const sampling =
    sampleInterval === 1
      ? 'Every packet is recorded.'
      : `1 packet in ${sampleInterval} is recorded.`;
  const lost = lostRate(look);
  return `${sampling} ${lost === 0 ? 'No record is lost.' : `${formatRate(lost)} records/s are lost.`}`;
}

/** Counters of another engine, or of other devices, have nothing to do with those before. */
function clear(): void {
  actions.clear();
  cpus.clear();
  sources.clear();
}

function listDevices(snapshot: JsonSnapshot): void {
  const keys = snapshot.devices.map(deviceKey);
  const listed = [...device.options].slice(1).map(({ value }) => value);
  if (keys.join('\n') === listed.join('\n')) {
    return;
  }
  const selected = device.value;
  while (device.options.length > 1) {
    device.remove(1);
  }
  for (const [index, each] of snapshot.devices.entries()) {
    device.add(new Option(formatDevice(each), keys[index]));
  }
  device.value = keys.includes(selected) ? selected : '';
}

/** Nobody looks at a page that is hidden or stands still: then the exporter is asked for nothing. */
function openOrClose(): void {
  if (isPaused || document.hidden) {
    stream.close();
  } else {
    stream.open();
  }
}

device.addEventListener('change', clear);
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  setText(pause, isPaused ? 'Go on' : 'Pause');
  setText(status, isPaused ? 'Paused.' : 'Waiting for the next numbers.');
  openOrClose();
});
document.addEventListener('visibilitychange', openOrClose);
openOrClose();
