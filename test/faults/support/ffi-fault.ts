// SPDX-License-Identifier: Apache-2.0
// Loaded with --import into the exporter's process: makes one call of libbpf or libc fail, once or for ever. Which one
// stands in the file that XDP_TEST_FAULT names; SIGUSR2 has it read again, and what was called since is then written
// beside it. Nothing in the product knows of it: it replaces the one function of the addon by which all calls go.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { ffi } from '../../../src/ffi/addon.ts';
import { CALLS, type Failure } from './calls.ts';
import type { Fault } from './fault.ts';

const file = process.env['XDP_TEST_FAULT'] ?? '';
const addon = ffi() as { load: ReturnType<typeof ffi>['load'] };
const { load } = addon;

let fault: Fault | undefined;
let calls: Record<string, number> = {};
let failed = 0;

function readFault(): void {
  const text = readFileSync(file, 'utf8');
  fault = text === '' ? undefined : (JSON.parse(text) as Fault);
}

function tell(): void {
  writeFileSync(`${file}.new`, JSON.stringify({ calls, failed }));
  renameSync(`${file}.new`, `${file}.told`);
  calls = {};
  failed = 0;
}

function fails(name: string): Failure | undefined {
  if (fault?.calls.includes(name) !== true || (fault.times === 'once' && failed > 0)) {
    return undefined;
  }
  failed++;
  return CALLS[name] as Failure;
}

function failedValue({ gives, errno }: Failure): number {
  return { 'negative errno': -errno, null: 0, 'minus one': -1 }[gives];
}

addon.load = ((request) => {
  calls[request.funcName] = (calls[request.funcName] ?? 0) + 1;
  const failure = fails(request.funcName);
  if (failure === undefined) {
    return load(request);
  }
  if (request.funcName === 'close') {
    // Linux lets go of the descriptor also where close(2) fails.
    load(request);
  }
  return { value: failedValue(failure), errnoCode: failure.errno };
}) as typeof load;

readFault();
process.on('SIGUSR2', () => {
  tell();
  readFault();
});
process.on('exit', tell);
