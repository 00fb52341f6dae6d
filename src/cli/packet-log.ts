// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter log`: a line for every packet, and at the end an exact account of those that got none.
import { once } from 'node:events';
import { RunningExporter } from '../control/running-exporter.ts';
import { createLog, quoteJson } from '../log.ts';
import { readPacketOptions } from '../options/settings.ts';
import type { CommandContext } from './command.ts';
import { requireDevices } from './device-list.ts';
import { JoinedPackets } from './joined-packets.ts';
import { createPacketClock } from './packet-clock.ts';
import { createColumns } from './packet-columns.ts';
import { packetFields } from './packet-fields.ts';
import { type Encode, PacketPrinter } from './packet-printer.ts';
import { LocalPackets, type PacketSource, type PacketTotals } from './packet-source.ts';

const encodeJson: Encode = (packet, bootMs) => `${quoteJson(packetFields(packet, bootMs))}\n`;

type OpenLocal = (...given: ConstructorParameters<typeof LocalPackets>) => PacketSource;

/** @param openLocal gives the packets where no exporter is joined; a test has its own */
export async function runPacketLog(
  context: CommandContext<'log'>,
  openLocal: OpenLocal = (...given) => new LocalPackets(...given),
): Promise<void> {
  const { values, signal, write, tell, isTerminal } = context;
  const source = await openSource(context, openLocal);
  const columns = createColumns();
  const printer = new PacketPrinter(
    values.count ?? Number.POSITIVE_INFINITY,
    values.output === 'json' ? encodeJson : columns.encode,
    write,
    createPacketClock(),
  );
  try {
    if (values.output === 'text' && isTerminal) {
      write(columns.head);
    }
    signal.addEventListener('abort', () => printer.hurry());
    const printing = printer.printAll(source);
    await Promise.race([printing, stopped(signal, values.duration), source.failed]);
    const totals = await source.finish();
    await printing;
    tell(`${summarize(printer.printed, totals)}\n`);
  } finally {
    source.close();
  }
}

/** The exporter that holds the devices, where there is one, else an engine in this process. */
async function openSource(
  { values, log: sink }: CommandContext<'log'>,
  openLocal: OpenLocal,
): Promise<PacketSource> {
  const options = readPacketOptions(values);
  const log = createLog(sink);
  const exporter = await RunningExporter.find(values['control.socket'], options, log);
  if (exporter !== undefined) {
    const { filter = '', sample } = values;
    return new JoinedPackets(exporter, { filter, sample }, log);
  }
  requireDevices(options);
  return openLocal(options, sink);
}

/** Every packet that XDP saw was printed, filtered out, or is one of those not printed; the counts that follow are among these. */
function summarize(printed: number, totals: PacketTotals): string {
  const { seen, filteredOut, sampledOut, lost, missed } = totals;
  const account = {
    seen,
    printed,
    filtered_out: filteredOut,
    not_printed: seen - printed - filteredOut,
    sampled_out: sampledOut,
    lost_in_kernel: lost,
    ...(missed === undefined ? {} : { missed }),
  };
  return Object.entries(account)
    .map(([name, packets]) => `${name}=${packets}`)
    .join(' ');
}

async function stopped(signal: AbortSignal, seconds: number | undefined): Promise<void> {
  const timeout = seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1000)];
  const end = AbortSignal.any([signal, ...timeout]);
  if (!end.aborted) {
    await once(end, 'abort');
  }
}
