// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter top`: attaches, prints a table each interval, detaches. A thin reader of the engine's snapshots.
import { setTimeout as sleep } from 'node:timers/promises';
import { type RawValues, readEngineOptions, readNumber } from '../config.ts';
import { Engine } from '../engine/engine.ts';
import { ConfigError } from '../errors.ts';
import { quoteJson } from '../log.ts';
import type { CommandContext } from './command.ts';
import { requireDevices } from './device-list.ts';
import { formatTop, topTable } from './top-table.ts';

export async function runTop({ values, signal, log, write }: CommandContext): Promise<void> {
  const range = { min: 0.1, max: 3600, unit: 'seconds' };
  const intervalMs = 1000 * (readNumber('interval', values.text('interval'), range) ?? 1);
  const count = readCount(values);
  const format = readFormat(values);
  // A watched device that is not there is of no use here: strict, and no second look.
  const options = { ...readEngineOptions(values), strict: true };
  requireDevices(options);
  const engine = Engine.start(options, { log });
  try {
    let before = engine.snapshot();
    for (let printed = 0; printed < count && !signal.aborted; printed++) {
      await Promise.race([pause(intervalMs, signal), engine.failed]);
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

function readCount(values: RawValues): number {
  const range = { min: 1, max: 1e9, unit: 'tables', whole: true };
  const count = readNumber('count', values.text('count'), range);
  if (count !== undefined && values.isOn('once')) {
    throw new ConfigError('read --once: it means --count 1; give one of the two');
  }
  return values.isOn('once') ? 1 : (count ?? Number.POSITIVE_INFINITY);
}

function readFormat(values: RawValues): (table: ReturnType<typeof topTable>) => string {
  const output = values.text('output');
  switch (output) {
    case 'text':
      return (table) => `${formatTop(table)}\n`;
    case 'json':
      return (table) => `${quoteJson(table)}\n`;
    default:
      throw new ConfigError(`read --output "${output}": not one of text, json`);
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
