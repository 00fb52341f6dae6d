// SPDX-License-Identifier: Apache-2.0
// Runs in the place of the wire, in its very confinement: tries what the wire must not be able to do, and tells what came
// of each attempt.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { CHANNEL_FD } from '../../../src/border/descriptors.ts';
import { encodeFrame } from '../../../src/border/frames.ts';

const require = createRequire(import.meta.url);
const parent = process.ppid;

const ADDON = 'ffi-rs';

const attempts: Record<string, () => unknown> = {
  'read a file': () => readFileSync('/etc/passwd'),
  'read its own environment': () => readFileSync('/proc/self/environ'),
  "read the engine's memory": () => readFileSync(`/proc/${parent}/mem`),
  'read the devices': () => readFileSync('/proc/net/dev'),
  'write a file': () => writeFileSync('/tmp/xdp-wire-was-here', ''),
  'start a process': () => spawnSync('/bin/true').error ?? 'it ran',
  'start a thread': () => new Worker('0', { eval: true }),
  'load native code': () => require(ADDON),
  'load any addon': () => process.dlopen({ exports: {} }, '/tmp/none.node'),
  "reach Node's bindings": () =>
    (process as unknown as { binding: (name: string) => unknown }).binding('spawn_sync'),
  'become root': () => process.setuid?.(0),
  'signal the engine': () => process.kill(parent, 0),
  'open a debugger': () => inspector.open(0),
};

function outcomeOf(attempt: () => unknown): string {
  try {
    const result = attempt();
    return result instanceof Error
      ? ((result as NodeJS.ErrnoException).code ?? result.message)
      : 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

const outcomes = Object.fromEntries(
  Object.entries(attempts).map(([name, attempt]) => [name, outcomeOf(attempt)]),
);
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
for (const part of encodeFrame({ outcomes, environment: Object.keys(process.env) })) {
  channel.write(part);
}
channel.resume();
