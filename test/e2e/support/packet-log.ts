// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter log` on the receiving end of a lab, and what it prints.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Lab } from '../../../src/demo/lab.ts';
import { MAIN } from './exporter-process.ts';
import { run, until } from './namespace.ts';

export interface LoggedPacket {
  readonly source: string;
  readonly source_port?: number;
  readonly destination_port?: number;
  readonly protocol: string;
  readonly length: number;
  readonly action: string;
}

/** Of `-o json`. */
export function packetsOf(stdout: string): LoggedPacket[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The closing summary: names and packets. */
export function accountOf(stderr: string): Record<string, number> {
  const summary = stderr.trimEnd().split('\n').at(-1) ?? '';
  const parts = summary.split(' ').map((part) => part.split('='));
  return Object.fromEntries(parts.map(([name, packets]) => [name, Number(packets)]));
}

export const argsFor = ({ rx }: Lab) => ['log', '--netns', rx.netns, '--device', rx.device];

export async function attached({ rx: { netns, device } }: Lab): Promise<void> {
  await until('log is attached', async () =>
    (await run('ip', '-n', netns, '-d', 'link', 'show', device)).includes('prog/xdp'),
  );
}

/** One that ends when it is told to; attached when this resolves. */
export async function startLog(
  lab: Lab,
  args: readonly string[],
  output: number | 'pipe' = 'pipe',
) {
  const child = spawn(process.execPath, [MAIN, ...argsFor(lab), ...args], {
    stdio: ['ignore', output, 'pipe'],
  });
  const stdout = child.stdout === null ? Promise.resolve('') : text(child.stdout);
  const stderr = text(child.stderr ?? assert.fail('it has no standard error'));
  await attached(lab);
  return {
    async stop() {
      child.kill('SIGINT');
      return { stdout: await stdout, account: accountOf(await stderr) };
    },
    kill: () => child.kill('SIGKILL'),
  };
}
