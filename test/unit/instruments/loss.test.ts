// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lossOf } from '../../../src/instruments/loss.ts';

const own = { role: 'attached', name: 'xdp_exporter', id: 7, tag: '', mode: 'native' } as const;
const others = { ...own, role: 'observed', name: 'filter' } as const;

const RESTART = ', and the exporter has dropped its privileges; restart it to count the device';

describe('a device that has lost its instrument', () => {
  const cases = [
    { program: undefined, reason: 'absent', cause: 'the device has disappeared' },
    {
      program: own,
      reason: 'detached',
      cause: 'the program was detached by another process',
      remedy: '; the exporter attaches again; "bpftool net" shows the current programs',
    },
    {
      program: others,
      reason: 'no_program',
      cause: 'program "filter" (id 7) has left it',
      level: 'info',
    },
  ] as const;
  for (const { program, reason, cause, ...more } of cases) {
    it(`says ${reason} while another instrument may follow, and else why none can`, () => {
      const subject = 'watch device "eth0": ';
      const remedy = 'remedy' in more ? more.remedy : '';
      assert.deepEqual(lossOf('eth0', program, false), {
        reason,
        message: `${subject}${cause}${remedy}`,
        ...('level' in more ? { level: more.level } : {}),
      });
      assert.deepEqual(lossOf('eth0', program, true), {
        reason: 'privileges_dropped',
        message: `${subject}${cause}${RESTART}`,
      });
    });
  }
});
