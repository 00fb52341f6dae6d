// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter log`: a line for every packet, and at the end an exact account of those that got none.
import { once } from 'node:events';
import { quoteJson } from '../log.ts';
import { readPacketOptions } from '../options/settings.ts';
import type { CommandContext } from './command.ts';
import { requireDevices } from './device-list.ts';
import { createPacketClock } from './packet-clock.ts';
import { createColumns } from './packet-columns.ts';
import { packetFields } from './packet-fields.ts';
import { type Encode, PacketPrinter } from './packet-printer.ts';
import { LocalPackets, type PacketSource, type PacketTotals } from './packet-source.ts';

const encodeJson: Encode = (packet, bootMs) => `${quoteJson(packetFields(packet, bootMs))}\n`;

/** @param open gives the packets; a test has its own */
export async function runPacketLog(
  context: CommandContext<'log'>,
  open: (...given: ConstructorParameters<typeof LocalPackets>) => PacketSource = (...given) =>
    new LocalPackets(...given),
): Promise<void> {
  const { values, signal, log, write, tell, isTerminal } = context;
  const options = readPacketOptions(values);
  requireDevices(options);

  const columns = createColumns();
  const printer = new PacketPrinter(
    values.count ?? Number.POSITIVE_INFINITY,
    values.output === 'json' ? encodeJson : columns.encode,
    write,
    createPacketClock(),
  );
  const source = open(options, log);
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

/** Every packet that XDP saw was printed, filtered out, or is one of those not printed; the last two are among these. */
function summarize(printed: number, totals: PacketTotals): string {
  const { seen, filteredOut, sampledOut, lost } = totals;
  const account = {
    seen,
    printed,
    filtered_out: filteredOut,
    not_printed: seen - printed - filteredOut,
    sampled_out: sampledOut,
    lost_in_kernel: lost,
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
