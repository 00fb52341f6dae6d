// SPDX-License-Identifier: Apache-2.0
// What `xdp-exporter doctor` says, in whatever surroundings.
import { type Ended, runMain, type SpawnOptions } from './exporter-process.ts';

interface Line {
  readonly check: string;
  readonly state: string;
  readonly reason: string | null;
  readonly found: string;
  readonly remedy: string | null;
  /** Of devices. */
  readonly [key: string]: unknown;
}

export interface Doctor extends Ended {
  readonly lines: readonly Line[];
}

export async function askDoctor(
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<Doctor> {
  const ended = await runMain(['doctor', ...args, '-o', 'json'], options);
  return { ...ended, lines: readLines(ended.stdout) };
}

/** Of the output as JSON. */
export function readLines(stdout: string): readonly Line[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Line);
}

/** "state" or "state reason" of each check of the machine. */
export function verdicts({ lines }: Pick<Doctor, 'lines'>): Readonly<Record<string, string>> {
  const machine = lines.filter(({ check }) => check !== 'device');
  return Object.fromEntries(
    machine.map(({ check, state, reason }) => [
      check,
      reason === null ? state : `${state} ${reason}`,
    ]),
  );
}

export function deviceLine({ lines }: Pick<Doctor, 'lines'>, device: string): Line | undefined {
  return lines.find((line) => line['device'] === device);
}
