// SPDX-License-Identifier: Apache-2.0
// What the kernel tells of a program, ours or another's, and of its functions' types in BTF.
import assert from 'node:assert/strict';
import { ExporterError } from '../../../src/errors.ts';
import {
  readFunctionTypes,
  readProgramInfo,
  readRecursionMisses,
  readRuns,
} from '../../../src/kernel/program-info.ts';
import { answerProgramInfo } from '../fake-libraries.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

function identity(): void {
  const { name, id, tag } = readProgramInfo(9);
  assert.ok(!name.includes('\0') && id >= 0 && /^[\da-f]{16}$/.test(tag));
}

const ASKS = [
  identity,
  () => assert.ok(readRecursionMisses(9) >= 0),
  () => assert.ok(readRuns(9).runs >= 0n),
  // More than a program can have, whatever the kernel's count.
  () => assert.ok(readFunctionTypes(9).length <= 256),
] as const;

export const programInfo: Target = {
  name: 'program-info',
  maxBytes: 256,
  run(input) {
    const script = new Script(input);
    const ask = ASKS[script.u8() % ASKS.length];
    answerProgramInfo(script);
    try {
      ask?.();
    } catch (error) {
      assert.ok(error instanceof ExporterError, String(error));
    }
    return undefined;
  },
};
