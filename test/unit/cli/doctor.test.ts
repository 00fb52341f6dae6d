// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatJson, formatText } from '../../../src/cli/doctor.ts';
import { absentDevice, judgeDevice } from '../../../src/engine/doctor/device-plan.ts';
import type { Diagnosis } from '../../../src/engine/doctor/doctor.ts';
import { fine, lacking } from '../../../src/engine/doctor/finding.ts';
import { REASONS } from '../../../src/reasons.ts';
import { deviceOf } from '../instruments/devices.ts';

const OPTIONS = { mode: 'auto', deviceModes: [], xdpMode: 'auto', hasFragments: true } as const;

const DIAGNOSIS: Diagnosis = {
  machine: [
    fine('kernel', '6.12.1'),
    lacking('CAP_BPF', 'missing', 'capability', 'not granted'),
    lacking('rings', 'unknown', 'capability', 'not tried without CAP_BPF'),
    lacking('btf', 'degraded', 'kernel_btf', 'a\u001bb'),
  ],
  devices: [
    judgeDevice(
      {
        device: deviceOf('eth0', 2, { maxMtu: 9194 }),
        driver: 'ixgbe',
        features: { native: true, fragments: false },
        queues: { current: 8, most: 63 },
      },
      OPTIONS,
      true,
    ),
    judgeDevice(
      {
        netns: 'blue',
        device: deviceOf('e"0', 3),
        occupant: { name: 'cil_xdp_entry', id: 9, mode: 'generic', role: 'foreign' },
      },
      OPTIONS,
      true,
    ),
    absentDevice('eth9', undefined, 'find device "eth9": no such device'),
  ],
};

describe('formatText', () => {
  it('is a table of the machine, one of the devices and what the costs mean, each remedy once', () => {
    assert.equal(
      formatText(DIAGNOSIS),
      `CHECK    STATE     REASON      FOUND
kernel   ok        -           6.12.1
CAP_BPF  missing   capability  not granted
  to do: ${REASONS.capability.remedy}
rings    unknown   capability  not tried without CAP_BPF
btf      degraded  kernel_btf  a\\u001bb
  to do: ${REASONS.kernel_btf.remedy}

DEVICE       STATE    REASON  DRIVER  XDP MODES        MTU           QUEUES   PROGRAM                                 COST         FOUND
eth0         ok       -       ixgbe   native,generic   1500 of 9194  8 of 63  -                                       ebusy,reset  run would attach its program in native mode
"blue/e\\"0"  ok       -       -       generic,native?  1500          -        cil_xdp_entry (id 9, generic, foreign)  traced       run would observe program "cil_xdp_entry"
eth9         missing  absent  -       -                -             -        -                                       -            find device "eth9": no such device
  to do: ${REASONS.absent.remedy}

ebusy: while it is attached, other programs cannot attach: they get EBUSY
reset: attaching and detaching may make the driver reset its queues, which loses a few packets
traced: each packet costs about 450 to 900 more instructions
`,
    );
  });

  it('leaves out what there is none of', () => {
    const text = formatText({ machine: [fine('kernel', '6.12.1')], devices: [] });
    assert.equal(text, 'CHECK   STATE  REASON  FOUND\nkernel  ok     -       6.12.1\n');
  });
});

describe('formatJson', () => {
  it('is an object a line, with null for what is not known or not there', () => {
    const lines = formatJson(DIAGNOSIS).trimEnd().split('\n');
    const objects = lines.map((line) => JSON.parse(line));
    assert.deepEqual(objects[0], {
      check: 'kernel',
      state: 'ok',
      reason: null,
      found: '6.12.1',
      remedy: null,
    });
    assert.deepEqual(objects[1], {
      check: 'CAP_BPF',
      state: 'missing',
      reason: 'capability',
      found: 'not granted',
      remedy: REASONS.capability.remedy,
    });
    assert.deepEqual(objects[4], {
      check: 'device',
      state: 'ok',
      reason: null,
      found: 'run would attach its program in native mode',
      remedy: null,
      device: 'eth0',
      driver: 'ixgbe',
      native: true,
      fragments: false,
      mtu: 1500,
      max_mtu: 9194,
      queues: 8,
      max_queues: 63,
      program: null,
      plan: 'attached',
      mode: 'native',
      costs: [
        {
          cost: 'ebusy',
          meaning: 'while it is attached, other programs cannot attach: they get EBUSY',
        },
        {
          cost: 'reset',
          meaning:
            'attaching and detaching may make the driver reset its queues, which loses a few packets',
        },
      ],
    });
    const { netns, device, program, plan, native } = objects[5];
    assert.deepEqual([netns, device, plan, native], ['blue', 'e"0', 'observed', null]);
    assert.deepEqual(program, { name: 'cil_xdp_entry', id: 9, mode: 'generic', role: 'foreign' });
    assert.deepEqual([objects[6].device, objects[6].mtu, objects[6].costs], ['eth9', null, []]);
  });
});
