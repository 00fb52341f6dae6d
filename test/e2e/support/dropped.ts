// SPDX-License-Identifier: Apache-2.0
// Loaded into an exporter by --import: at SIGUSR2 it tries, from inside, what the process must not be able to do once it has
// dropped its privileges, and writes a line of JSON: by attempt, "done", or the code of what refused it.
import { closeSync, openSync, readdirSync } from 'node:fs';
import { OBJECT_PATH, PROGRAM_NAME } from '../../../src/engine/kernel.ts';
import { checkResult } from '../../../src/ffi/errno.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { libc } from '../../../src/ffi/libc.ts';
import { withinNamespace } from '../../../src/kernel/net-namespace.ts';
import { BpfObject } from '../../../src/kernel/object.ts';
import { openProgram, withProgram } from '../../../src/kernel/program-info.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';
import { XdpLink } from '../../../src/kernel/xdp-link.ts';
import { readProgramId } from '../../../src/kernel/xdp-query.ts';

/** Indexes: of the device that is counted, and of another, which is free. */
const [counted = 0, free = 0] = (process.env['XDP_TEST_TARGETS'] ?? '').split(' ').map(Number);

const BPF_MAP_TYPE_ARRAY = 2;
const FRAME = Buffer.alloc(64);

const attach = (fd: number) => new XdpLink(fd, free, 'generic').close();
const inject = (fd: number) => new TestRun(fd, FRAME, free).run(1);
const runOnce = (fd: number) => new TestRun(fd, FRAME).run(1);

function withOwnProgram(work: (fd: number) => unknown): void {
  withProgram(openProgram(readProgramId(counted) ?? 0), work);
}

/** With each descriptor that the process has: what any of them allows, the process can do. */
function withAnyDescriptor(work: (fd: number) => unknown): void {
  let refusal: unknown;
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    try {
      work(fd);
      return;
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

function createMap(): void {
  const { value } = libbpf().bpf_map_create(BPF_MAP_TYPE_ARRAY, 'test', 4, 4, 1, null);
  libc().close(checkResult('create map', value));
}

function load(): void {
  const object = new BpfObject(OBJECT_PATH);
  try {
    object.load(PROGRAM_NAME);
  } finally {
    object.close();
  }
}

/** The parent is the test, which is root. The last ones change what the process is. */
const ATTEMPTS: Readonly<Record<string, () => unknown>> = {
  'open its own program': () => withOwnProgram(() => {}),
  'attach to another device': () => withOwnProgram(attach),
  'inject frames': () => withOwnProgram(inject),
  'attach with a descriptor that it has': () => withAnyDescriptor(attach),
  'inject frames with a descriptor that it has': () => withAnyDescriptor(inject),
  'run a program with a descriptor that it has': () => withAnyDescriptor(runOnce),
  'load a program': load,
  'create a map': createMap,
  'enter another namespace': () => withinNamespace(`/proc/${process.ppid}/ns/net`, () => {}),
  'open the memory of another process': () => closeSync(openSync(`/proc/${process.ppid}/mem`, 'r')),
  'become root': () => process.setuid?.(0),
  'become another user': () => process.setuid?.(1000),
};

function outcomeOf(attempt: () => unknown): string {
  try {
    attempt();
    return 'done';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? /\b(EPERM|EACCES)\b/.exec(message)?.[1] ?? message;
  }
}

process.on('SIGUSR2', () => {
  const outcomes = Object.entries(ATTEMPTS).map(([name, attempt]) => [name, outcomeOf(attempt)]);
  process.stderr.write(`attempts=${JSON.stringify(Object.fromEntries(outcomes))}\n`);
});
