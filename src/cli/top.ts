// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter top`: attaches, prints a table each interval, detaches. A thin reader of the engine's snapshots.
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from '../engine/engine.ts';
import { ConfigError } from '../errors.ts';
import { quoteJson } from '../log.ts';
import { readViewerOptions } from '../options/settings.ts';
import type { CommandContext } from './command.ts';
import { requireDevices } from './device-list.ts';
import { formatTop, topTable } from './top-table.ts';

export async function runTop(context: CommandContext<'top'>): Promise<void> {
  const { values, signal, log, write } = context;
  const count = readCount(context);
  const format = FORMATS[values.output];
  const options = readViewerOptions(values);
  requireDevices(options);
  const engine = Engine.start(options, { log });
  try {
    let before = engine.snapshot();
    for (let printed = 0; printed < count && !signal.aborted; printed++) {
      await Promise.race([pause(1000 * values.interval, signal), engine.failed]);
      if (signal.aborted) {
        break;
      }
      const after = engine.snapshot();
      write(format(topTable(before, after)));
      before = after;
    }
  } finally {
    engine.close();
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

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
