// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter log`: a line for every packet, and at the end an exact account of those that got none.
import { once } from 'node:events';
import type { Outcomes } from '../collectors/logger/read.ts';
import { Engine } from '../engine/engine.ts';
import { quoteJson } from '../log.ts';
import { readViewerOptions } from '../options/settings.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { CommandContext } from './command.ts';
import { requireDevices } from './device-list.ts';
import { createPacketClock } from './packet-clock.ts';
import { formatText, type PacketFields } from './packet-line.ts';
import { PacketPrinter } from './packet-printer.ts';

/** Every packet is recorded, and none is kept by its source. */
const LOGGER = {
  transport: 'mapped',
  sampleInterval: 1,
  maxEventsPerSecond: 0,
  output: 'rows',
  top: {
    maxSeries: { sources: 0, destinations: 0, ports: 0 },
    tableSize: 8,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 1,
    newSeriesPerHour: 0,
  },
} as const;

const ENCODINGS: Readonly<Record<'text' | 'json', (fields: PacketFields) => string>> = {
  text: formatText,
  json: quoteJson,
};

export async function runPacketLog(context: CommandContext<'log'>): Promise<void> {
  const { values, signal, log, write } = context;
  const options = { ...readViewerOptions(values), logger: LOGGER };
  requireDevices(options);

  const printer = new PacketPrinter(
    values.count ?? Number.POSITIVE_INFINITY,
    ENCODINGS[values.output],
    write,
    createPacketClock(),
  );
  const engine = Engine.start(options, {
    log,
    packets: (rows, done) => printer.print(rows, done),
  });
  try {
    await Promise.race([printer.full, stopped(signal, values.duration), engine.failed]);
    const last = await engine.finish();
    process.stderr.write(`${summarize(printer.printed, last)}\n`);
  } finally {
    engine.close();
  }
}

/** At rest every packet that XDP saw was printed, or is one of those that were not. */
function summarize(printed: number, { parts }: Snapshot): string {
  const devices = parts.logger?.devices ?? [];
  const sum = (part: keyof Outcomes) =>
    devices.reduce((total, outcomes) => total + (outcomes?.[part] ?? 0), 0);
  const lost = sum('ringFull') + sum('noRing') + sum('noEntry');
  const seen = sum('decoded') + sum('sampledOut') + lost + sum('pending');
  return `printed=${printed} not_printed=${seen - printed} lost_in_kernel=${lost}`;
}

async function stopped(signal: AbortSignal, seconds: number | undefined): Promise<void> {
  const timeout = seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1000)];
  const end = AbortSignal.any([signal, ...timeout]);
  if (!end.aborted) {
    await once(end, 'abort');
  }
}
