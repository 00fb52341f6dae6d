// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter top`: what the devices receive, as a screen, as plain tables or as JSON. It reads snapshots alone.
import { ConfigError, failToLoad } from '../errors.ts';
import { quoteJson } from '../log.ts';
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
  const { values, terminal } = context;
  const count = readCount(context);
  requireDevices(readTopOptions(values));
  if (terminal !== undefined && values.output === 'text' && count === Number.POSITIVE_INFINITY) {
    await showScreen(context, terminal);
  } else {
    await printReports(openSnapshots(context), count, context);
  }
}

function openSnapshots({ values, signal, log }: CommandContext<'top'>): AsyncIterable<Snapshot> {
  const pace = { intervalMs: 1000 * values.interval, signal };
  return engineSnapshots(readTopOptions(values), pace, log);
}

async function showScreen(
  context: CommandContext<'top'>,
  terminal: TerminalStreams,
): Promise<void> {
  const { showLive } = await import('./top/live.ts').catch(failToLoad);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const { log, release } = holdLog(context.log);
  try {
    await showLive(openSnapshots({ ...context, signal, log }), terminal, () => stop.abort());
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
      `read ${onceOrigin}: it means one report, and ${countOrigin} says ${count}; give one of the two`,
    );
  }
  return isFlag(onceOrigin) ? 1 : count;
}
