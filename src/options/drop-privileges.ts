// SPDX-License-Identifier: Apache-2.0
// The option by which `run` gives up its rights once every device has been tried.
import { ConfigError } from '../errors.ts';
import { text } from './option.ts';

/** Who it is where no user is named: see NOBODY in src/engine/privileges.ts. */
const DEFAULT_USER = 'nobody';

/** The largest, 2^32 - 1, means "leave as it is" to the kernel. */
const MAX_UID = 2 ** 32 - 2;

export const PRIVILEGES = {
  'drop-privileges': text({
    takes: '`true`, `false`, or a user: a name or a uid',
    default: 'false',
    bare: 'true',
    parse: parseUser,
    help: 'Give up every capability once all devices have been tried, as this user; without a value, or with true, as nobody. Nothing is attached afterwards: see docs/capabilities.md',
    example: 'xdp-exporter',
  }),
};

/** The name or the uid; undefined: nothing is given up. */
function parseUser(user: string): string | undefined {
  if (user === 'false') {
    return undefined;
  }
  if (/^\d+$/.test(user) && !(Number(user) > 0 && Number(user) <= MAX_UID)) {
    throw new ConfigError(`not a uid from 1 to ${MAX_UID}; uid 0 is root, which has every right`);
  }
  if (!/^[\w][\w.-]{0,255}$/.test(user)) {
    throw new ConfigError('not true, false, a name of a user, or a uid');
  }
  return user === 'true' ? DEFAULT_USER : user;
}

/**
 * The name or the uid; undefined where nothing is to be given up. Throws a ConfigError where another option needs
 * capabilities for as long as the process runs.
 */
export function readDropUser(values: {
  readonly 'drop-privileges': string | undefined;
  readonly netns: readonly unknown[];
  readonly 'program-cost': unknown;
}): string | undefined {
  const user = values['drop-privileges'];
  if (user === undefined) {
    return undefined;
  }
  const conflict =
    values.netns.length > 0
      ? '--netns, which enters a namespace at every look,'
      : values['program-cost'] && '--program-cost, which turns measuring on and off,';
  if (conflict !== undefined) {
    throw new ConfigError(
      `drop privileges: ${conflict} needs CAP_SYS_ADMIN for as long as the exporter runs; use only one of the two`,
    );
  }
  return user;
}
