// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter top`: what the devices receive, as a screen, as plain tables or as JSON. It reads snapshots alone.
import { RunningExporter } from '../control/running-exporter.ts';
import { withNetworks } from '../engine/networks/load.ts';
import { ConfigError, failToLoad } from '../errors.ts';
import { createLog, quoteJson } from '../log.ts';
import { readTopOptions } from '../options/settings.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { CommandContext } from './command.ts';
import { requireDevices } from './device-list.ts';
import { engineSnapshots } from './engine-snapshots.ts';
import { holdLog } from './held-log.ts';
import { reportOf } from './top/compare.ts';
import type { TopReport } from './top/report.ts';
import type { TerminalStreams } from './top/terminal.ts';
import { formatReport } from './top/text-table.ts';

export async function runTop(context: CommandContext<'top'>): Promise<void> {
  const { values, terminal, signal, log } = context;
  const count = readCount(context);
  const open = await chooseSnapshots(context);
  if (terminal !== undefined && values.output === 'text' && count === Number.POSITIVE_INFINITY) {
    await showScreen(open, context, terminal);
  } else {
    await printReports(open(signal, log), count, context);
  }
}

type OpenSnapshots = (
  signal: AbortSignal,
  log: CommandContext<'top'>['log'],
) => AsyncIterable<Snapshot>;

/** Those of the exporter that holds the devices, where there is one, else of an engine in this process. */
async function chooseSnapshots({ values, log }: CommandContext<'top'>): Promise<OpenSnapshots> {
  const intervalMs = 1000 * values.interval;
  const options = readTopOptions(values);
  const exporter = await RunningExporter.find(values['control.socket'], options, createLog(log));
  if (exporter !== undefined) {
    return (signal) => exporter.snapshots(intervalMs, signal);
  }
  requireDevices(options);
  const prepared = await withNetworks(options);
  return (signal, ownLog) => engineSnapshots(prepared, { intervalMs, signal }, ownLog);
}

async function showScreen(
  open: OpenSnapshots,
  context: CommandContext<'top'>,
  terminal: TerminalStreams,
): Promise<void> {
  const { showLive } = await import('./top/live.ts').catch(failToLoad);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const { log, release } = holdLog(context.log);
  try {
    await showLive(open(signal, log), terminal, () => stop.abort());
  } finally {
    release();
  }
}

const FORMATS: Readonly<Record<'text' | 'json', (report: TopReport) => string>> = {
  text: formatReport,
  json: (report) => `${quoteJson(report)}\n`,
};

/** A report for each snapshot but the first one. */
async function printReports(
  snapshots: AsyncIterable<Snapshot>,
  count: number,
  { values, write }: CommandContext<'top'>,
): Promise<void> {
  const format = FORMATS[values.output];
  let before: Snapshot | undefined;
  let printed = 0;
  for await (const after of snapshots) {
    if (before !== undefined) {
      write(format(reportOf(before, after)));
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
      `read ${onceOrigin}: it means one report, but ${countOrigin} says ${count}; use only one of the two`,
    );
  }
  return isFlag(onceOrigin) ? 1 : count;
}
