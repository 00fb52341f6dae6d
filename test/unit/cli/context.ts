// SPDX-License-Identifier: Apache-2.0
// What a command is given for a command line, without a process around it.
import assert from 'node:assert/strict';
import type { CommandContext } from '../../../src/cli/command.ts';
import { type CommandLine, parseCommandLine } from '../../../src/cli/command-line.ts';
import { Progress } from '../../../src/cli/progress.ts';
import type { CommandName } from '../../../src/options/commands.ts';
import type { Environment } from '../../../src/options/environment.ts';

export async function parse<Name extends CommandName>(
  argv: readonly string[],
  environment: Environment = {},
): Promise<CommandLine<Name>> {
  const line = await parseCommandLine(argv, environment, '1.2.3');
  assert.ok(line !== undefined, 'yargs answered by itself');
  return line as unknown as CommandLine<Name>;
}

export async function contextOf<Name extends CommandName>(
  argv: readonly [Name, ...string[]],
  others: Partial<CommandContext<Name>> = {},
): Promise<CommandContext<Name>> {
  return {
    // None meets the exporter of the machine.
    ...(await parse<Name>(argv, { XDP_EXPORTER_CONTROL_SOCKET: 'off' })),
    version: '1.2.3',
    signal: new AbortController().signal,
    onHangup: () => {},
    progress: new Progress(process.stderr),
    log: () => {},
    isTerminal: false,
    tell: () => {},
    write: () => {},
    ...others,
  };
}
