// SPDX-License-Identifier: Apache-2.0
// The option by which counters and programs outlive the process, and the directory that `unpin` empties.
import { ConfigError } from '../errors.ts';
import { mayAttach } from '../instruments/modes.ts';
import { text } from './option.ts';

const EXAMPLE = '/sys/fs/bpf/xdp-exporter';

export const STATE = {
  'state.pin': text({
    takes: 'absolute path',
    parse: parseDirectory,
    help: 'Keep counters, records and programs in this directory of a BPF file system when the exporter ends, so that the next exporter can continue from them; see docs/upgrade.md',
    names: 'file',
    example: EXAMPLE,
  }),
};

export const PINNED = {
  directory: text({
    takes: 'absolute path',
    parse: parseDirectory,
    help: 'Directory that was given to --state.pin; it may also be given without the flag',
    names: 'file',
    example: EXAMPLE,
  }),
};

function parseDirectory(path: string): string {
  if (!path.startsWith('/')) {
    throw new ConfigError(`not an absolute path such as "${EXAMPLE}"`);
  }
  return path;
}

/** Empty where nothing is to be pinned. Throws a ConfigError where another option leaves nothing that could be. */
export function readStatePin(values: {
  readonly 'state.pin': string | undefined;
  readonly mode: Parameters<typeof mayAttach>[0]['mode'];
  readonly 'device-mode': Parameters<typeof mayAttach>[0]['deviceModes'];
  readonly logger: string;
  readonly 'logger.transport': string;
}): { statePin?: string } {
  const statePin = values['state.pin'];
  if (statePin === undefined) {
    return {};
  }
  if (!mayAttach({ mode: values.mode, deviceModes: values['device-mode'] })) {
    throw new ConfigError(
      `pin state in "${statePin}": --mode observe attaches nothing that could count on without the exporter; leave out one of the two`,
    );
  }
  if (values.logger === 'on' && values['logger.transport'] === 'perf') {
    throw new ConfigError(
      `pin state in "${statePin}": the rings of --logger.transport perf end with the exporter; leave out one of the two`,
    );
  }
  return { statePin };
}
