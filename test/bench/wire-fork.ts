// SPDX-License-Identifier: Apache-2.0
// What runs in the wire is measured in a process that has its nursery.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { wireEnvironment } from '../../src/supervisor/environment.ts';

/** @param module the name of its file, beside this one */
export function forkAsWire(module: string, args: readonly string[] = []): ChildProcess {
  return fork(fileURLToPath(new URL(`./${module}`, import.meta.url)), args, {
    env: { ...process.env, ...wireEnvironment(process.env) },
  });
}
