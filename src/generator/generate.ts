// SPDX-License-Identifier: Apache-2.0
// The generator's process: `node dist/src/generator/generate.js '{...}'`, see GeneratorOptions. Prints one JSON line.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { ConfigError, errorMessage, exitCodeOf } from '../errors.ts';
import { pinThread } from '../kernel/cpu-affinity.ts';
import { listDevices } from '../kernel/device.ts';
import { enterNetNamespace } from '../kernel/net-namespace.ts';
import { readDeviceCounters } from './device-counters.ts';
import { type GeneratorPlan, longestFrame, parseOptions } from './options.ts';
import { openProgram } from './program.ts';
import { type GeneratorResult, runGenerator } from './run.ts';
import { stopSignal } from './stop.ts';

const ETHERNET_LENGTH = 14;

function printLine(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** In the plan's namespace. A frame beyond the MTU would be dropped, and counted by nobody. */
function findDevice(name: string, maxLength: number): number {
  const device = listDevices().find((candidate) => candidate.name === name);
  if (device === undefined) {
    throw new ConfigError(`find device "${name}": no such device in the network namespace`);
  }
  const { mtu } = device;
  if (maxLength > mtu + ETHERNET_LENGTH) {
    throw new ConfigError(
      `send frames of ${maxLength} bytes through "${name}": its MTU is ${mtu}; "ip link set ${name} mtu ${maxLength - ETHERNET_LENGTH}", and its peer likewise`,
    );
  }
  return device.ifindex;
}

async function generate(plan: GeneratorPlan, signal: AbortSignal): Promise<GeneratorResult> {
  enterNetNamespace(plan.netns);
  const program = openProgram(plan, findDevice(plan.device, longestFrame(plan)));
  try {
    if (plan.cpu !== undefined) {
      pinThread(plan.cpu);
    }
    return await runGenerator(plan, {
      program,
      readCounters: () => readDeviceCounters(plan.device),
      signal,
      now: () => performance.now(),
      sleep: (ms) => (ms === 0 ? setImmediate() : setTimeout(ms)),
      report: (progress) => plan.progress && printLine({ progress }),
    });
  } finally {
    program.close();
  }
}

async function main(): Promise<number> {
  // A parent that died reads no line; the exit code is for nobody either.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  try {
    const plan = parseOptions(process.argv[2]);
    printLine(await generate(plan, stopSignal()));
    return 0;
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n`);
    return exitCodeOf(error);
  }
}

process.exit(await main());
