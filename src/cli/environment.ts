// SPDX-License-Identifier: Apache-2.0
// Defaults from XDP_EXPORTER_* variables; a flag on the command line wins over its variable.
import { ConfigError } from '../errors.ts';
import type { Flag } from './flags.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** "web.listen-address" to "XDP_EXPORTER_WEB_LISTEN_ADDRESS". */
export function variableOf(flag: string): string {
  return `XDP_EXPORTER_${flag.replace(/[.-]/g, '_').toUpperCase()}`;
}

/** The variable's value, else the flag's own default. Lists are separated by commas. */
export function defaultOf(
  name: string,
  flag: Flag,
  environment: Environment,
): string | boolean | string[] | undefined {
  const variable = variableOf(name);
  const value = environment[variable];
  if (value === undefined) {
    return flag.default;
  }
  switch (flag.kind) {
    case 'list':
      return value.split(',').map((item) => item.trim());
    case 'switch':
      return parseSwitch(variable, value);
    default:
      return value;
  }
}

/** @param name of the variable or flag, for the error */
export function parseSwitch(name: string, value: string): boolean {
  if (['true', '1'].includes(value)) {
    return true;
  }
  if (['false', '0'].includes(value)) {
    return false;
  }
  throw new ConfigError(`read ${name} "${value}": not one of true, false, 1, 0`);
}
