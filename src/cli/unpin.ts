// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter unpin`: takes out of the kernel what an exporter with --state.pin left there.
import { existsSync } from 'node:fs';
import { ConfigError } from '../errors.ts';
import { StateDirectory } from '../kernel/state/directory.ts';
import { removeStates } from '../kernel/state/removal.ts';
import type { CommandContext } from './command.ts';
import { printable } from './printable.ts';

/** @throws ExporterError while an exporter uses the directory */
export async function runUnpin({
  values: { directory },
  write,
}: CommandContext<'unpin'>): Promise<void> {
  if (directory === undefined) {
    throw new ConfigError(
      'choose a directory: none given; write the one of --state.pin, as in "xdp-exporter unpin /sys/fs/bpf/xdp-exporter"',
    );
  }
  if (!existsSync(directory)) {
    write(`nothing is pinned in ${printable(directory)}\n`);
    return;
  }
  const opened = new StateDirectory(directory);
  try {
    const { states, detached } = removeStates(opened);
    write(
      states === 0
        ? `nothing is pinned in ${printable(directory)}\n`
        : `removed the pinned state in ${printable(directory)}; programs detached: ${detached}\n`,
    );
  } finally {
    opened.close();
  }
}
