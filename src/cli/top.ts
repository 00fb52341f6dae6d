// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter top`: attaches, prints a table each interval, detaches. A thin reader of the engine's snapshots.
import { ConfigError } from '../errors.ts';
import { quoteJson } from '../log.ts';
import { readViewerOptions } from '../options/settings.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { CommandContext } from './command.ts';
import { requireDevices } from './device-list.ts';
import { engineSnapshots } from './engine-snapshots.ts';
import { formatTop, topTable } from './top-table.ts';

export async function runTop(context: CommandContext<'top'>): Promise<void> {
  const { values, signal, log, write } = context;
  const count = readCount(context);
  const format = FORMATS[values.output];
  const options = readViewerOptions(values);
  requireDevices(options);
  const snapshots = engineSnapshots(options, { intervalMs: 1000 * values.interval, signal }, log);
  await printTables(snapshots, count, (before, after) => write(format(topTable(before, after))));
}

/** @param print is given each snapshot but the first with the one before it */
async function printTables(
  snapshots: AsyncIterable<Snapshot>,
  count: number,
  print: (before: Snapshot, after: Snapshot) => void,
): Promise<void> {
  let before: Snapshot | undefined;
  let printed = 0;
  for await (const after of snapshots) {
    if (before !== undefined) {
      print(before, after);
      printed++;
    }
    if (printed === count) {
      break;
    }
    before = after;
  }
}

/** --once is a short --count: given at the same place as that, the two contradict each other. */
function readCount({ values, originOf }: CommandContext<'top'>): number {
  const { once, count = Number.POSITIVE_INFINITY } = values;
  const [onceOrigin, countOrigin] = [originOf('once'), originOf('count')];
  if (!once || onceOrigin === undefined) {
    return count;
  }
  if (countOrigin === undefined) {
    return 1;
  }
  const isFlag = (origin: string) => origin.startsWith('-');
  if (isFlag(onceOrigin) === isFlag(countOrigin)) {
    throw new ConfigError(
      `read ${onceOrigin}: it means one table, and ${countOrigin} says ${count}; give one of the two`,
    );
  }
  return isFlag(onceOrigin) ? 1 : count;
}

type Format = (table: ReturnType<typeof topTable>) => string;

const FORMATS: Readonly<Record<'text' | 'json', Format>> = {
  text: (table) => `${formatTop(table)}\n`,
  json: (table) => `${quoteJson(table)}\n`,
};
