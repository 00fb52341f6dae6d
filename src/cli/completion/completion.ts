// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter completion`: a script for a shell, made from the schema of options, so that a key costs no process.
import { ConfigError } from '../../errors.ts';
import { SHELLS } from '../../options/command-schema.ts';
import type { CommandContext } from '../command.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export async function runCompletion({
  values: { shell },
  write,
}: CommandContext<'completion'>): Promise<void> {
  if (shell === undefined) {
    throw new ConfigError(
      `choose a shell: none given; write one of ${SHELLS.join(', ')}, as in "xdp-exporter completion bash"`,
    );
  }
  write(SCRIPTS[shell]());
}
