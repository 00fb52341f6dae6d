// SPDX-License-Identifier: Apache-2.0
// SIGHUP in `run`: reads the file again, applies what can change while it runs, and says what cannot.
import { isDeepStrictEqual } from 'node:util';
import { ConfigError, errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import { optionsOf, type Values } from '../options/commands.ts';
import { isEmptySelection, NO_DEVICES, readSelection } from '../options/settings.ts';
import type { CommandContext } from './command.ts';

type RunValues = Values<'run'>;

interface ReloadOptions {
  readonly log: Log;
  readonly reread: CommandContext<'run'>['reread'];
  /** What each group of options that can change takes. */
  readonly apply: {
    readonly log: (values: RunValues) => void;
    readonly devices: (values: RunValues) => void;
  };
}

/**
 * A function that never throws: what is wrong is one warning, and nothing changes then. Calls while one is under way
 * are one more.
 * @param values with which it was started
 */
export function createReload(values: RunValues, options: ReloadOptions): () => void {
  let inForce = values;
  let isUnderWay = false;
  let isAsked = false;
  const run = async () => {
    isUnderWay = true;
    while (isAsked) {
      isAsked = false;
      try {
        inForce = await reload(inForce, options);
      } catch (error) {
        options.log.warn(`reload configuration: ${errorMessage(error)}; no option was changed`);
      }
    }
    isUnderWay = false;
  };
  return () => {
    isAsked = true;
    if (!isUnderWay) {
      void run();
    }
  };
}

/** What is in force then. */
async function reload(
  before: RunValues,
  { log, reread, apply }: ReloadOptions,
): Promise<RunValues> {
  const { values: wanted, originOf } = await reread();
  if (isEmptySelection(readSelection(wanted))) {
    throw new ConfigError(NO_DEVICES);
  }
  const options = Object.entries(optionsOf('run'));
  const changed = options.filter(
    ([name]) => !isDeepStrictEqual(valueIn(before, name), valueIn(wanted, name)),
  );
  const applied = changed.filter(([, { reloads }]) => reloads === true).map(([name]) => name);
  const after = Object.fromEntries(
    options.map(([name]) => [name, valueIn(applied.includes(name) ? wanted : before, name)]),
  ) as unknown as RunValues;
  if (applied.some((name) => name.startsWith('device'))) {
    apply.devices(after);
  }
  apply.log(after);
  for (const [name, { reloads }] of changed) {
    const origin = originOf(name) ?? `default of ${name}`;
    if (reloads === true) {
      log.info('reloaded option', { option: name, origin });
    } else {
      log.warn('changed option needs a restart', { option: name, origin });
    }
  }
  if (changed.length === 0) {
    log.info('reloaded configuration: no option has changed');
  }
  return after;
}

function valueIn(values: RunValues, name: string): unknown {
  return values[name as keyof RunValues];
}
