// SPDX-License-Identifier: Apache-2.0
// The filter's process: `node dist/src/demo/filter.js '{"netns": …, "device": …}'`. Holds the program until it is stopped.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ConfigError, errorMessage, exitCodeOf } from '../errors.ts';
import { stopSignal } from '../generator/stop.ts';
import { listDevices } from '../kernel/device.ts';
import { enterNetNamespace } from '../kernel/net-namespace.ts';
import { BpfObject } from '../kernel/object.ts';
import { readProgramInfo } from '../kernel/program-info.ts';
import { XdpLink } from '../kernel/xdp-link.ts';
import { FILTER_PROGRAM } from './filter-process.ts';
import type { LabEnd } from './lab.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/demo_filter.bpf.o', import.meta.url));

async function hold({ netns, device }: LabEnd, signal: AbortSignal): Promise<void> {
  enterNetNamespace(netns);
  const found = listDevices().find(({ name }) => name === device);
  if (found === undefined) {
    throw new ConfigError(`find device "${device}": no such device in the network namespace`);
  }
  const object = new BpfObject(OBJECT);
  object.load(FILTER_PROGRAM);
  const { fd } = object.program(FILTER_PROGRAM);
  const link = new XdpLink(fd, found.ifindex, 'native');
  process.stdout.write(`${JSON.stringify({ id: readProgramInfo(fd).id })}\n`);
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
  link.close();
  object.close();
}

async function main(): Promise<number> {
  // A parent that died reads no line; the exit code is for nobody either.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  try {
    await hold(JSON.parse(process.argv[2] ?? '') as LabEnd, stopSignal());
    return 0;
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n`);
    return exitCodeOf(error);
  }
}

process.exit(await main());
